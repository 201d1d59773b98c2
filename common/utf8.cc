#include "common/utf8.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tunegate {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD

// The longest sequence: ICU looks at no more at a time.
constexpr size_t kMaxCodePointBytes = 4;

// The number of leading ASCII bytes.
size_t AsciiPrefix(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t i = 0;
  for (uint64_t word; i + sizeof(word) <= text.size(); i += sizeof(word)) {
    std::memcpy(&word, text.data() + i, sizeof(word));
    if ((word & kHighBits) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

// The sequence at the start of `text` (not empty): its length, and whether it is well-formed.
struct Sequence {
  size_t size;
  bool valid;
};
Sequence FirstSequence(std::string_view text) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(std::min(text.size(), kMaxCodePointBytes));
  int32_t i = 0;
  UChar32 code_point;
  U8_NEXT(bytes, i, size, code_point);
  return {static_cast<size_t>(i), code_point >= 0};
}

// ICU's data is linked in; without it no text can be compared, and a wrong answer would go unseen.
void RequireIcu(UErrorCode status) {
  if (U_SUCCESS(status)) return;
  std::fprintf(stderr, "fatal: ICU cannot work: %s; is its data library installed?\n",
               u_errorName(status));
  std::abort();
}

std::string FoldUnicode(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  const icu::Normalizer2* decompose = icu::Normalizer2::getNFDInstance(status);
  RequireIcu(status);
  // fromUTF8 also turns ill-formed sequences into U+FFFD.
  const icu::UnicodeString source = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  const icu::UnicodeString decomposed =
      decompose->normalize(fold->normalize(source, status), status);
  RequireIcu(status);
  icu::UnicodeString kept;
  for (int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
    const UChar32 code_point = decomposed.char32At(i);
    if (u_charType(code_point) != U_NON_SPACING_MARK) kept.append(code_point);
  }
  std::string folded;
  kept.toUTF8String(folded);
  return folded;
}

}  // namespace

size_t ValidUtf8Prefix(std::string_view text) {
  size_t valid = 0;
  while (true) {
    valid += AsciiPrefix(text.substr(valid));
    if (valid == text.size()) return valid;
    const Sequence next = FirstSequence(text.substr(valid));
    if (!next.valid) return valid;
    valid += next.size;
  }
}

bool IsValidUtf8(std::string_view text) { return ValidUtf8Prefix(text) == text.size(); }

std::string ToValidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const size_t valid = ValidUtf8Prefix(text);
    out.append(text, 0, valid);
    text.remove_prefix(valid);
    if (text.empty()) return out;
    out.append(kReplacement);
    text.remove_prefix(FirstSequence(text).size);
  }
}

std::string Abbreviate(std::string_view text, size_t max_bytes) {
  constexpr std::string_view kDots = "...";
  if (text.size() <= max_bytes) return std::string(text);
  if (max_bytes < kDots.size()) return std::string(kDots.substr(0, max_bytes));
  size_t cut = max_bytes - kDots.size();
  while (cut > 0 && U8_IS_TRAIL(static_cast<uint8_t>(text[cut]))) --cut;
  return std::string(text.substr(0, cut)).append(kDots);
}

std::string FoldForMatching(std::string_view text) {
  if (AsciiPrefix(text) < text.size()) return FoldUnicode(text);
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  }
  return folded;
}

std::string FoldCase(std::string_view text) {
  std::string folded;
  icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())))
      .foldCase()
      .toUTF8String(folded);
  return folded;
}

size_t CodePointCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return !U8_IS_TRAIL(static_cast<uint8_t>(c)); }));
}

}  // namespace tunegate
