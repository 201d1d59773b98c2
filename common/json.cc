// Values themselves: reading, changing, comparing. Parsing, writing and schemas stand in
// json_parse.cc, json_write.cc and json_schema.cc.
#include "common/json.h"

#include <algorithm>
#include <cmath>

namespace tunegate::json {
namespace {

// 2^63: the first double above every int64.
constexpr double kInt64End = 9223372036854775808.0;

bool FitsInt64(double d) { return d >= -kInt64End && d < kInt64End && std::trunc(d) == d; }

bool NumbersEqual(const Value& a, const Value& b) {
  if (a.IsInteger() == b.IsInteger()) {
    return a.IsInteger() ? a.IntegerOr(0) == b.IntegerOr(0) : a.NumberOr(0) == b.NumberOr(0);
  }
  // Converting the integer would round beyond 2^53, so the double is converted.
  const Value& real = a.IsInteger() ? b : a;
  const Value& integer = a.IsInteger() ? a : b;
  return FitsInt64(real.NumberOr(0)) && real.IntegerOr(0) == integer.IntegerOr(0);
}

bool MembersEqual(const Value& a, const Value& b) {
  const auto& left = a.Members();
  const auto& right = b.Members();
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    // Mostly the order is the same, and then no search is needed.
    const Value* other = right[i].first == left[i].first ? &right[i].second : b.Find(left[i].first);
    if (other == nullptr || !(*other == left[i].second)) return false;
  }
  return true;
}

}  // namespace

Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

bool Value::BoolOr(bool fallback) const {
  const bool* b = std::get_if<bool>(&data_);
  return b != nullptr ? *b : fallback;
}

int64_t Value::IntegerOr(int64_t fallback) const {
  if (const int64_t* i = std::get_if<int64_t>(&data_)) return *i;
  if (const double* d = std::get_if<double>(&data_); d != nullptr && FitsInt64(*d)) {
    return static_cast<int64_t>(*d);
  }
  return fallback;
}

double Value::NumberOr(double fallback) const {
  if (const double* d = std::get_if<double>(&data_)) return *d;
  if (const int64_t* i = std::get_if<int64_t>(&data_)) return static_cast<double>(*i);
  return fallback;
}

std::string Value::StringOr(std::string_view fallback) const {
  return IsString() ? String() : std::string(fallback);
}

const std::string& Value::String() const {
  static const std::string* const empty = new std::string();
  const std::string* s = std::get_if<std::string>(&data_);
  return s != nullptr ? *s : *empty;
}

const std::vector<Value>& Value::Elements() const {
  static const auto* const empty = new std::vector<Value>();
  const auto* elements = std::get_if<std::vector<Value>>(&data_);
  return elements != nullptr ? *elements : *empty;
}

const std::vector<Member>& Value::Members() const {
  static const auto* const empty = new std::vector<Member>();
  const auto* members = std::get_if<std::vector<Member>>(&data_);
  return members != nullptr ? *members : *empty;
}

const Value* Value::Find(std::string_view key) const {
  for (const Member& member : Members()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view key) const {
  static const Value* const null = new Value();
  const Value* found = Find(key);
  return found != nullptr ? *found : *null;
}

Value& Value::Set(std::string_view key, Value value) {
  if (!IsObject()) data_ = std::vector<Member>();
  auto& members = std::get<std::vector<Member>>(data_);
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const Member& member) { return member.first == key; });
  if (at != members.end()) {
    at->second = std::move(value);
  } else {
    members.emplace_back(std::string(key), std::move(value));
  }
  return *this;
}

Value& Value::Append(Value value) {
  if (!IsArray()) data_ = std::vector<Value>();
  std::get<std::vector<Value>>(data_).push_back(std::move(value));
  return *this;
}

void Value::Remove(std::string_view key) {
  if (auto* members = std::get_if<std::vector<Member>>(&data_)) {
    std::erase_if(*members, [&](const Member& member) { return member.first == key; });
  }
}

bool operator==(const Value& a, const Value& b) {
  if (a.IsNumber() && b.IsNumber()) return NumbersEqual(a, b);
  if (a.data_.index() != b.data_.index()) return false;
  if (a.IsBool()) return a.BoolOr(false) == b.BoolOr(false);
  if (a.IsString()) return a.String() == b.String();
  if (a.IsArray()) return a.Elements() == b.Elements();
  if (a.IsObject()) return MembersEqual(a, b);
  return true;
}

std::string_view Value::TypeName() const {
  if (IsBool()) return "a boolean";
  if (IsNumber()) return "a number";
  if (IsString()) return "a string";
  if (IsArray()) return "an array";
  if (IsObject()) return "an object";
  return "null";
}

Value Object(std::initializer_list<Member> members) {
  Value object;
  auto& data = object.data_.emplace<std::vector<Member>>();
  data.reserve(members.size());
  for (const Member& member : members) object.Set(member.first, member.second);
  return object;
}

Value Array(std::vector<Value> elements) {
  Value array;
  array.data_ = std::move(elements);
  return array;
}

}  // namespace tunegate::json
