#include "client/cli/printable.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "common/utf8.h"

namespace tunegate::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The code point at `at`, which moves behind it. `text` is valid UTF-8.
UChar32 NextCodePoint(std::string_view text, size_t& at) {
  UChar32 c = 0;
  int32_t i = static_cast<int32_t>(at);
  U8_NEXT_OR_FFFD(reinterpret_cast<const uint8_t*>(text.data()), i,
                  static_cast<int32_t>(text.size()), c);
  at = static_cast<size_t>(i);
  return c;
}

// Controls, direction overrides and other characters that act instead of showing. The two joiners
// belong to the spelling of Persian, Hindi and others.
bool IsUnprintable(UChar32 c) {
  if (c == 0x200C || c == 0x200D) return false;
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
      return true;
    default:
      return false;
  }
}

std::string Clean(std::string_view text, bool keep_lines) {
  const std::string valid = ToValidUtf8(text);
  std::string out;
  out.reserve(valid.size());
  for (size_t at = 0; at < valid.size();) {
    const size_t start = at;
    const UChar32 c = NextCodePoint(valid, at);
    if (c == '\n' || c == '\t') {
      out.push_back(keep_lines ? static_cast<char>(c) : ' ');
    } else if (c == '\r' || u_isUWhiteSpace(c)) {
      out.push_back(' ');
    } else if (IsUnprintable(c)) {
      out.append(kReplacement);
    } else {
      out.append(valid, start, at - start);
    }
  }
  return out;
}

int WidthOf(UChar32 c) {
  const int8_t type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  const int32_t width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

}  // namespace

std::string Printable(std::string_view text) { return Clean(text, false); }

std::string PrintableLines(std::string_view text) { return Clean(text, true); }

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) width += WidthOf(NextCodePoint(text, at));
  return width;
}

std::string_view FirstColumns(std::string_view text, int width) {
  size_t at = 0;
  for (int used = 0; at < text.size();) {
    size_t next = at;
    used += WidthOf(NextCodePoint(text, next));
    if (used > width) break;
    at = next;
  }
  return text.substr(0, at);
}

std::string CutToWidth(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width <= 3) return std::string("...").substr(0, width > 0 ? width : 0);
  return std::string(FirstColumns(text, width - 3)) + "...";
}

std::vector<std::string> Wrap(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return {std::string(text)};
  std::vector<std::string> lines;
  std::string line;
  const auto end_line = [&] {
    lines.push_back(line);
    line.clear();
  };
  while (!text.empty()) {
    const size_t space = text.find(' ');
    std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word.empty()) continue;
    if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > width) end_line();
    while (DisplayWidth(word) > width) {
      if (!line.empty()) end_line();
      line = FirstColumns(word, std::max(width, 2));
      // JSON without spaces is better read when it is broken behind a comma.
      const size_t comma = line.rfind(',');
      if (comma != std::string::npos && comma > line.size() / 2) line.resize(comma + 1);
      word.remove_prefix(line.size());
      end_line();
    }
    if (!line.empty()) line.push_back(' ');
    line.append(word);
  }
  if (!line.empty() || lines.empty()) end_line();
  return lines;
}

}  // namespace tunegate::cli
