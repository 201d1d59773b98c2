// Parameters: what a statement is run with, in PostgreSQL's binary formats and with their types
// said, so that no text is ever parsed or escaped. Whole columns go as arrays, for unnest().
//
//   Parameters find;
//   find.Add(name).Add(int64_t{3});
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_PARAMETERS_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_PARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace tunegate::store::postgres {

// A column of values of one type, to be passed as an array.
class Column {
 public:
  enum class Type { kText, kBytes, kInteger, kBoolean, kTime };

  explicit Column(Type type) : type_(type) {}
  void Add(std::string_view value);  // kText, kBytes
  void Add(int64_t value);           // kInteger
  void Add(bool value);              // kBoolean
  void Add(absl::Time value);        // kTime
  void Add(const std::optional<absl::Time>& value);
  int size() const { return size_; }

 private:
  friend class Parameters;
  void AddNull();

  const Type type_;
  int32_t size_ = 0;
  bool has_null_ = false;
  std::string elements_;  // each with its length before it
};

// Not thread-safe.
class Parameters {
 public:
  Parameters& Add(std::string_view text);
  Parameters& Add(const std::string& text) { return Add(std::string_view(text)); }
  Parameters& Add(const char* text) { return Add(std::string_view(text)); }
  Parameters& Add(int64_t value);
  Parameters& Add(int32_t value) { return Add(static_cast<int64_t>(value)); }
  Parameters& Add(bool value);
  Parameters& Add(absl::Time time);  // microseconds
  Parameters& Add(const std::optional<absl::Time>& time);
  Parameters& AddBytes(std::string_view bytes);
  Parameters& Add(const Column& column);
  // The value of a column that has one, not as an array.
  Parameters& AddOnlyValue(const Column& column);

  int size() const { return static_cast<int>(values_.size()); }
  // For libpq; valid until the next Add.
  std::vector<unsigned int> types() const;
  std::vector<const char*> values() const;
  std::vector<int> lengths() const;

 private:
  struct Value {
    unsigned int type;
    bool null;
    std::string bytes;
  };
  std::vector<Value> values_;
};

// How PostgreSQL writes values, for reading its results: big-endian, times in microseconds since
// the year 2000.
int64_t IntegerOf(std::string_view bytes);
absl::Time TimeOf(std::string_view bytes);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_PARAMETERS_H_
