// JSON: the one room where text becomes values and back (RapidJSON behind it, not in this header).
//
//   TG_ASSIGN_OR_RETURN(json::Value body, json::Parse(text));
//   std::string id = body["id"].StringOr("");          // missing members read as null
//   json::Value request = json::Object({{"model", "m"}, {"n_epochs", 3}});
//   std::string text = json::Write(request);
#ifndef TUNEGATE_COMMON_JSON_H_
#define TUNEGATE_COMMON_JSON_H_

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tunegate::json {

class Value;
// Members in the order they were read or set; duplicates in input: the last wins.
using Member = std::pair<std::string, Value>;

// One JSON value, owned. Copyable, movable. Reading is thread-safe, writing is not.
// Numbers keep whether they were written as integers that fit int64.
class Value {
 public:
  Value() = default;  // null
  // Out of line: inline, each copy of the variant's code costs every includer compile time.
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  // Templates, so that no pointer becomes a boolean and every integer type converts.
  template <std::same_as<bool> T>
  Value(T b) : data_(b) {}  // NOLINT: literals convert
  template <std::integral T>
  requires(!std::same_as<T, bool>) Value(T i) {  // NOLINT
    if (std::in_range<int64_t>(i)) {
      data_ = static_cast<int64_t>(i);
    } else {
      data_ = static_cast<double>(i);
    }
  }
  Value(double d) : data_(d) {}                         // NOLINT
  Value(const char* s) : data_(std::string(s)) {}       // NOLINT
  Value(std::string s) : data_(std::move(s)) {}         // NOLINT
  Value(std::string_view s) : data_(std::string(s)) {}  // NOLINT

  bool IsNull() const { return data_.index() == 0; }
  bool IsBool() const { return std::holds_alternative<bool>(data_); }
  bool IsInteger() const { return std::holds_alternative<int64_t>(data_); }
  bool IsNumber() const { return IsInteger() || std::holds_alternative<double>(data_); }
  bool IsString() const { return std::holds_alternative<std::string>(data_); }
  bool IsArray() const { return std::holds_alternative<std::vector<Value>>(data_); }
  bool IsObject() const { return std::holds_alternative<std::vector<Member>>(data_); }

  // The value, or `fallback` when it is of another type.
  bool BoolOr(bool fallback) const;
  int64_t IntegerOr(int64_t fallback) const;  // also a double without a fraction
  double NumberOr(double fallback) const;
  std::string StringOr(std::string_view fallback) const;
  // The string itself without a copy; empty when it is none.
  const std::string& String() const;

  // Elements and members; empty for other types.
  const std::vector<Value>& Elements() const;
  const std::vector<Member>& Members() const;
  // The member, or a null value when there is none.
  const Value& operator[](std::string_view key) const;
  const Value* Find(std::string_view key) const;  // nullptr when there is none

  // Turns any other type (null, as a rule) into an empty object or array first. Set replaces a
  // member of the same name. Both return *this, so that calls chain.
  Value& Set(std::string_view key, Value value);
  Value& Append(Value value);
  void Remove(std::string_view key);

  // By value: 3 equals 3.0, members in any order.
  friend bool operator==(const Value& a, const Value& b);

  // "null", "a boolean", "a number", "a string", "an array" or "an object": for error messages.
  std::string_view TypeName() const;

 private:
  friend class TreeBuilder;  // Parse's
  friend Value Object(std::initializer_list<Member> members);
  friend Value Array(std::vector<Value> elements);
  std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<Value>,
               std::vector<Member>>
      data_;
};

Value Object(std::initializer_list<Member> members = {});
Value Array(std::vector<Value> elements = {});

// The value of `text`, which must be one JSON value and nothing else. INVALID_ARGUMENT with line
// and column and what is wrong; also for invalid UTF-8 and nesting deeper than 100.
absl::StatusOr<Value> Parse(std::string_view text);

// Compact, members in their order, non-ASCII as it is, doubles in the shortest form that reads back
// the same. NaN and infinities become null.
std::string Write(const Value& value);
// The same over several lines, indented by two spaces.
std::string WritePretty(const Value& value);
// RFC 8785's order and form: members sorted, no white space: equal values, equal bytes. Integers
// beyond 2^53, which the RFC rounds, keep all their digits, so that different values differ.
std::string WriteCanonical(const Value& value);

// A compiled JSON Schema (draft 4, RapidJSON's SchemaDocument; keywords of later drafts are
// ignored). Thread-safe, cheap to copy.
class Schema {
 public:
  // INVALID_ARGUMENT when `schema` is no JSON object or a "$ref" leads nowhere, outside the schema
  // or in a circle.
  static absl::StatusOr<Schema> Compile(std::string_view schema);
  // OK, or INVALID_ARGUMENT with the path in `text` and the rule it breaks. `text` must be JSON.
  absl::Status Validate(std::string_view text) const;
  // The same for what is parsed already.
  absl::Status ValidateValue(const Value& value) const;

 private:
  struct Compiled;
  explicit Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace tunegate::json

#endif  // TUNEGATE_COMMON_JSON_H_
