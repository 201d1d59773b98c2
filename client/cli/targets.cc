// The kinds of values that options take: what is accepted, and what is said otherwise.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "client/cli/format.h"
#include "client/cli/names.h"
#include "client/cli/parser.h"

namespace tunegate::cli {
namespace {

// The whole of `typed` as a number of type T.
template <typename T>
std::optional<T> ParseNumber(std::string_view typed) {
  T value{};
  if (typed.starts_with("+")) typed.remove_prefix(1);
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), value);
  if (error != std::errc() || end != typed.data() + typed.size()) return std::nullopt;
  return value;
}

// "12.5" -> 12,500,000, without going through a double.
std::optional<int64_t> ParseMicros(std::string_view typed) {
  if (typed.starts_with("$")) typed.remove_prefix(1);
  const size_t point = typed.find('.');
  std::string fraction(point == std::string_view::npos ? "" : typed.substr(point + 1));
  if (fraction.size() > 6) return std::nullopt;
  fraction.resize(6, '0');
  const std::string digits = std::string(typed.substr(0, point)) + fraction;
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  return ParseNumber<int64_t>(digits);
}

}  // namespace

Target Text(std::string* into) {
  return {.set = [into](const std::string& typed) -> std::string {
    *into = typed;
    return typed.empty() ? "a text that is not empty" : "";
  }};
}

Target TextList(std::vector<std::string>* into) {
  return {.set = [into](const std::string& typed) -> std::string {
            into->push_back(typed);
            return typed.empty() ? "a text that is not empty" : "";
          },
          .repeated = true};
}

Target Name(std::string* into, std::string_view kind) {
  return {.set = [into, kind = std::string(kind)](const std::string& typed) -> std::string {
    const auto name = FullName(kind, typed, "");
    if (!name.ok()) return kind + "/ID (or ID alone)";
    *into = *name;
    return "";
  }};
}

Target Whole(std::optional<int64_t>* into, int64_t min, int64_t max) {
  return {.set = [=](const std::string& typed) -> std::string {
    *into = ParseNumber<int64_t>(typed);
    if (into->has_value() && **into >= min && **into <= max) return "";
    if (max == INT64_MAX && min == INT64_MIN) return "a whole number";
    if (max == INT64_MAX) return "a whole number of at least " + Count(min);
    return "a whole number from " + Count(min) + " to " + Count(max);
  }};
}

Target Number(std::optional<double>* into, double min, double max) {
  return {.set = [=](const std::string& typed) -> std::string {
    *into = ParseNumber<double>(typed);
    if (into->has_value() && std::isfinite(**into) && **into >= min && **into <= max) return "";
    return "a number from " + Figure(min) + " to " + Figure(max);
  }};
}

Target Choice(std::string* into, std::vector<std::string> choices) {
  return {.set = [into, choices = std::move(choices)](const std::string& typed) -> std::string {
    *into = typed;
    if (std::find(choices.begin(), choices.end(), typed) != choices.end()) return "";
    std::string expected;
    for (size_t i = 0; i < choices.size(); ++i) {
      expected += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
    }
    return expected;
  }};
}

Target Pairs(std::map<std::string, std::string>* into) {
  return {.set = [into](const std::string& typed) -> std::string {
            const size_t equals = typed.find('=');
            if (equals == std::string::npos || equals == 0) return "KEY=VALUE";
            (*into)[typed.substr(0, equals)] = typed.substr(equals + 1);
            return "";
          },
          .repeated = true};
}

Target Dollars(std::optional<int64_t>* into_micros) {
  return {.set = [into_micros](const std::string& typed) -> std::string {
    *into_micros = ParseMicros(typed);
    if (into_micros->has_value() && **into_micros > 0) return "";
    return "an amount of US dollars above 0, such as 2.50";
  }};
}

}  // namespace tunegate::cli
