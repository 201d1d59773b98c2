#include "common/evidence/answers/graders/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "absl/container/flat_hash_map.h"
#include "common/utf8.h"

namespace tunegate::graders {
namespace {

bool IsOfWord(UChar32 code_point) {
  return (U_GET_GC_MASK(code_point) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)) != 0;
}

// Calls visit(code point, start, end) for each code point of valid UTF-8.
template <typename Visit>
void ForEachCodePoint(std::string_view text, Visit visit) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    UChar32 code_point;
    U8_NEXT_UNSAFE(bytes, i, code_point);
    if (!visit(code_point, start, i)) return;
  }
}

// Gives equal keys equal numbers, from 0.
template <typename Key>
class Numbering {
 public:
  uint32_t Of(Key key) {
    return numbers_.emplace(std::move(key), static_cast<uint32_t>(numbers_.size())).first->second;
  }
  uint32_t size() const { return static_cast<uint32_t>(numbers_.size()); }

 private:
  absl::flat_hash_map<Key, uint32_t> numbers_;
};

Symbols CodePoints(std::string_view text, size_t limit, Numbering<UChar32>& numbering) {
  Symbols symbols;
  ForEachCodePoint(ToValidUtf8(text), [&](UChar32 code_point, size_t, size_t) {
    if (symbols.size() < limit) symbols.push_back(numbering.Of(code_point));
    return symbols.size() < limit;
  });
  return symbols;
}

}  // namespace

std::vector<std::string> SplitWords(std::string_view text) {
  const std::string folded = FoldForMatching(text);
  std::vector<std::string> words;
  size_t word_start = std::string::npos;
  ForEachCodePoint(folded, [&](UChar32 code_point, size_t start, size_t /*end*/) {
    const bool inside = word_start != std::string::npos;
    if (IsOfWord(code_point)) {
      if (!inside) word_start = start;
    } else if (inside) {
      words.push_back(folded.substr(word_start, start - word_start));
      word_start = std::string::npos;
    }
    return true;
  });
  if (word_start != std::string::npos) words.push_back(folded.substr(word_start));
  return words;
}

SymbolPair NumberWords(std::string_view right, std::string_view answered) {
  Numbering<std::string> numbering;
  SymbolPair pair;
  for (std::string& word : SplitWords(right)) pair.right.push_back(numbering.Of(std::move(word)));
  for (std::string& word : SplitWords(answered)) {
    pair.answered.push_back(numbering.Of(std::move(word)));
  }
  pair.distinct = numbering.size();
  return pair;
}

SymbolPair NumberCodePoints(std::string_view right, std::string_view answered, size_t limit) {
  Numbering<UChar32> numbering;
  SymbolPair pair;
  pair.right = CodePoints(right, limit, numbering);
  pair.answered = CodePoints(answered, limit, numbering);
  pair.distinct = numbering.size();
  return pair;
}

SymbolPair NumberRuns(const SymbolPair& symbols, const SymbolPair& shorter, int n) {
  // A run is one that is a symbol shorter and the symbol behind it: a pair of numbers.
  Numbering<uint64_t> numbering;
  const auto lengthen = [&](const Symbols& runs, const Symbols& all) {
    Symbols longer;
    const auto last = static_cast<size_t>(n - 1);
    for (size_t i = 0; i + last < all.size(); ++i) {
      longer.push_back(numbering.Of(uint64_t{runs[i]} << 32 | all[i + last]));
    }
    return longer;
  };
  SymbolPair longer;
  longer.right = lengthen(shorter.right, symbols.right);
  longer.answered = lengthen(shorter.answered, symbols.answered);
  longer.distinct = numbering.size();
  return longer;
}

size_t CountCommon(const SymbolPair& pair) {
  std::vector<uint32_t> left(pair.distinct);
  for (const uint32_t symbol : pair.right) ++left[symbol];
  size_t common = 0;
  for (const uint32_t symbol : pair.answered) {
    if (left[symbol] == 0) continue;
    --left[symbol];
    ++common;
  }
  return common;
}

}  // namespace tunegate::graders
