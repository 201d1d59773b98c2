// Values to text.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/json.h"

namespace tunegate::json {
namespace {

enum class Form { kCompact, kPretty, kCanonical };

// What follows the backslash for bytes that have a short escape, 'u' for other control characters,
// 0 for bytes that stand for themselves.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> escapes{};
  for (int c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

void AppendString(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    out.push_back('\\');
    out.push_back(escape);
    if (escape == 'u') out.append({'0', '0', kHex[byte >> 4], kHex[byte & 15]});
  }
  out.append(text, copied);
  out.push_back('"');
}

void AppendInteger(std::string& out, int64_t integer) {
  char buffer[24];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), integer).ptr;
  out.append(buffer, end);
}

void AppendDouble(std::string& out, double real) {
  if (!std::isfinite(real)) {
    out.append("null");
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), real).ptr;
  const std::string_view digits(buffer, static_cast<size_t>(end - buffer));
  out.append(digits);
  // Without a point it would read back as an integer.
  if (digits.find_first_of(".e") == digits.npos) out.append(".0");
}

// A finite double without an exact int64 form, as ECMAScript's Number::toString writes it.
void AppendEcmaScriptDouble(std::string& out, double real) {
  char buffer[32];
  const auto end = std::to_chars(std::begin(buffer), std::end(buffer), std::abs(real),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits.append(text.substr(2, e - 2));
  int exponent = 0;  // of the first digit
  const char* exponent_start = buffer + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(exponent_start, end, exponent);
  const int count = static_cast<int>(digits.size());
  if (real < 0) out.push_back('-');
  if (exponent >= count - 1 && exponent < 21) {
    out.append(digits).append(static_cast<size_t>(exponent - count + 1), '0');
  } else if (exponent >= 0 && exponent < 21) {
    out.append(digits, 0, exponent + 1).append(".").append(digits, exponent + 1);
  } else if (exponent < 0 && exponent >= -6) {
    out.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
  } else {
    out.push_back(digits[0]);
    if (count > 1) out.append(".").append(digits, 1);
    out.append(exponent > 0 ? "e+" : "e").append(std::to_string(exponent));
  }
}

void AppendNumber(std::string& out, const Value& value, Form form) {
  if (value.IsInteger()) return AppendInteger(out, value.IntegerOr(0));
  const double real = value.NumberOr(0);
  if (form != Form::kCanonical || !std::isfinite(real)) return AppendDouble(out, real);
  // Zero is never -0 here, and integers keep every digit.
  constexpr int64_t kNoInteger = INT64_MIN;
  const int64_t integer = value.IntegerOr(kNoInteger);
  if (integer != kNoInteger || real == static_cast<double>(kNoInteger)) {
    return AppendInteger(out, integer);
  }
  AppendEcmaScriptDouble(out, real);
}

// RFC 8785 sorts by UTF-16 code units: like UTF-8's bytes, but characters above U+FFFF (first byte
// F0 and above, surrogates in UTF-16) come before U+E000 to U+FFFF (first byte EE or EF).
bool Utf16Less(std::string_view a, std::string_view b) {
  const auto weight = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xF0 ? byte - 2 : byte >= 0xEE ? byte + 0x10 : byte;
  };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return weight(x) < weight(y); });
}

void NewLine(std::string& out, Form form, size_t depth) {
  if (form == Form::kPretty) out.append("\n").append(2 * depth, ' ');
}

void Append(std::string& out, const Value& value, Form form, size_t depth);

void AppendArray(std::string& out, const std::vector<Value>& elements, Form form, size_t depth) {
  out.push_back('[');
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out.push_back(',');
    NewLine(out, form, depth + 1);
    Append(out, elements[i], form, depth + 1);
  }
  if (!elements.empty()) NewLine(out, form, depth);
  out.push_back(']');
}

void AppendObject(std::string& out, const std::vector<Member>& members, Form form, size_t depth) {
  std::vector<const Member*> order;
  if (form == Form::kCanonical) {
    for (const Member& member : members) order.push_back(&member);
    std::sort(order.begin(), order.end(),
              [](const Member* a, const Member* b) { return Utf16Less(a->first, b->first); });
  }
  out.push_back('{');
  for (size_t i = 0; i < members.size(); ++i) {
    const Member& member = order.empty() ? members[i] : *order[i];
    if (i > 0) out.push_back(',');
    NewLine(out, form, depth + 1);
    AppendString(out, member.first);
    out.append(form == Form::kPretty ? ": " : ":");
    Append(out, member.second, form, depth + 1);
  }
  if (!members.empty()) NewLine(out, form, depth);
  out.push_back('}');
}

void Append(std::string& out, const Value& value, Form form, size_t depth) {
  if (value.IsObject()) return AppendObject(out, value.Members(), form, depth);
  if (value.IsArray()) return AppendArray(out, value.Elements(), form, depth);
  if (value.IsString()) return AppendString(out, value.String());
  if (value.IsNumber()) return AppendNumber(out, value, form);
  if (value.IsBool()) {
    out.append(value.BoolOr(false) ? "true" : "false");
  } else {
    out.append("null");
  }
}

std::string WriteAs(const Value& value, Form form) {
  std::string out;
  Append(out, value, form, 0);
  return out;
}

}  // namespace

std::string Write(const Value& value) { return WriteAs(value, Form::kCompact); }
std::string WritePretty(const Value& value) { return WriteAs(value, Form::kPretty); }
std::string WriteCanonical(const Value& value) { return WriteAs(value, Form::kCanonical); }

}  // namespace tunegate::json
