#include "server/evaluations/html/escape.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "common/utf8.h"

namespace tunegate::evaluations::html {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The code point that begins at text[at], which is valid UTF-8, and its length.
struct CodePoint {
  uint32_t value = 0;
  size_t length = 1;
};

CodePoint CodePointAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const uint32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xE0) return {(first & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (first < 0xF0) {
    return {(first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  }
  return {(first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F),
          4};
}

// Control characters, and formatting ones that hide or reorder text. The zero width joiners (200C,
// 200D) stay: scripts and emoji need them. The last two of each plane are no characters at all, and
// two of them no XML.
bool Misleads(uint32_t c) {
  if (c < 0x20) return c != '\n' && c != '\t';
  return (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x200B || c == 0x200E ||
         c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c & 0xFFFE) == 0xFFFE ||
         (c >= 0xE0000 && c <= 0xE007F);
}

// HTML's own, or empty.
std::string_view Entity(uint32_t c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

template <typename Misleading>
std::string Escape(std::string_view text, Misleading append_misleading) {
  const std::string valid = ToValidUtf8(text);
  std::string out;
  out.reserve(valid.size() + valid.size() / 8);
  for (size_t at = 0; at < valid.size();) {
    const CodePoint c = CodePointAt(valid, at);
    const std::string_view entity = Entity(c.value);
    if (!entity.empty()) {
      out.append(entity);
    } else if (Misleads(c.value)) {
      append_misleading(out, c.value);
    } else {
      out.append(valid, at, c.length);
    }
    at += c.length;
  }
  return out;
}

}  // namespace

std::string EscapeText(std::string_view text) {
  return Escape(text, [](std::string& out, uint32_t c) {
    absl::StrAppendFormat(&out, "<span class=\"code-point\">U+%04X</span>", c);
  });
}

std::string EscapeAttribute(std::string_view text) {
  std::string out = Escape(text, [](std::string& out, uint32_t) { out.append(kReplacement); });
  for (char& c : out) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return out;
}

std::string EscapeXml(std::string_view text) {
  const std::string escaped =
      Escape(text, [](std::string& out, uint32_t) { out.append(kReplacement); });
  std::string out;
  out.reserve(escaped.size());
  for (const char c : escaped) {
    if (c == '\n') {
      out.append("&#10;");
    } else if (c == '\t') {
      out.append("&#9;");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace tunegate::evaluations::html
