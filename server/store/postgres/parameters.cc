#include "server/store/postgres/parameters.h"

#include <utility>

namespace tunegate::store::postgres {
namespace {

// From PostgreSQL's catalogue pg_type, where these numbers never change: type and array of it.
struct TypeNumbers {
  unsigned int single, array;
};

TypeNumbers NumbersOf(Column::Type type) {
  switch (type) {
    case Column::Type::kText:
      return {25, 1009};
    case Column::Type::kBytes:
      return {17, 1001};
    case Column::Type::kInteger:
      return {20, 1016};
    case Column::Type::kBoolean:
      return {16, 1000};
    case Column::Type::kTime:
      return {1184, 1185};
  }
  return {};
}

constexpr int64_t kMicrosFrom1970To2000 = 946684800ll * 1000000;

void AppendBigEndian(uint64_t value, int bytes, std::string& to) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>(value >> shift));
  }
}

void AppendInt32(int32_t value, std::string& to) {
  AppendBigEndian(static_cast<uint32_t>(value), 4, to);
}

std::string BytesOf(int64_t value) {
  std::string bytes;
  AppendBigEndian(static_cast<uint64_t>(value), 8, bytes);
  return bytes;
}

std::string BytesOf(bool value) { return std::string(1, value ? '\1' : '\0'); }

std::string BytesOf(absl::Time time) {
  return BytesOf(absl::ToUnixMicros(time) - kMicrosFrom1970To2000);
}

}  // namespace

void Column::Add(std::string_view value) {
  ++size_;
  AppendInt32(static_cast<int32_t>(value.size()), elements_);
  elements_.append(value);
}

void Column::Add(int64_t value) { Add(std::string_view(BytesOf(value))); }
void Column::Add(bool value) { Add(std::string_view(BytesOf(value))); }
void Column::Add(absl::Time value) { Add(std::string_view(BytesOf(value))); }

void Column::Add(const std::optional<absl::Time>& value) {
  if (value) {
    Add(*value);
  } else {
    AddNull();
  }
}

void Column::AddNull() {
  ++size_;
  has_null_ = true;
  AppendInt32(-1, elements_);
}

Parameters& Parameters::Add(std::string_view text) {
  values_.push_back({NumbersOf(Column::Type::kText).single, false, std::string(text)});
  return *this;
}

Parameters& Parameters::Add(int64_t value) {
  values_.push_back({NumbersOf(Column::Type::kInteger).single, false, BytesOf(value)});
  return *this;
}

Parameters& Parameters::Add(bool value) {
  values_.push_back({NumbersOf(Column::Type::kBoolean).single, false, BytesOf(value)});
  return *this;
}

Parameters& Parameters::Add(absl::Time time) {
  values_.push_back({NumbersOf(Column::Type::kTime).single, false, BytesOf(time)});
  return *this;
}

Parameters& Parameters::Add(const std::optional<absl::Time>& time) {
  if (time) return Add(*time);
  values_.push_back({NumbersOf(Column::Type::kTime).single, true, ""});
  return *this;
}

Parameters& Parameters::AddBytes(std::string_view bytes) {
  values_.push_back({NumbersOf(Column::Type::kBytes).single, false, std::string(bytes)});
  return *this;
}

Parameters& Parameters::Add(const Column& column) {
  std::string bytes;
  const TypeNumbers numbers = NumbersOf(column.type_);
  AppendInt32(column.size_ == 0 ? 0 : 1, bytes);  // dimensions
  AppendInt32(column.has_null_ ? 1 : 0, bytes);
  AppendInt32(static_cast<int32_t>(numbers.single), bytes);
  if (column.size_ > 0) {
    AppendInt32(column.size_, bytes);
    AppendInt32(1, bytes);  // the first element's subscript
  }
  bytes.append(column.elements_);
  values_.push_back({numbers.array, false, std::move(bytes)});
  return *this;
}

Parameters& Parameters::AddOnlyValue(const Column& column) {
  constexpr size_t kLengthBytes = 4;
  values_.push_back(
      {NumbersOf(column.type_).single, column.has_null_, column.elements_.substr(kLengthBytes)});
  return *this;
}

std::vector<unsigned int> Parameters::types() const {
  std::vector<unsigned int> types;
  for (const Value& value : values_) types.push_back(value.type);
  return types;
}

std::vector<const char*> Parameters::values() const {
  std::vector<const char*> values;
  for (const Value& value : values_) values.push_back(value.null ? nullptr : value.bytes.data());
  return values;
}

std::vector<int> Parameters::lengths() const {
  std::vector<int> lengths;
  for (const Value& value : values_) lengths.push_back(static_cast<int>(value.bytes.size()));
  return lengths;
}

int64_t IntegerOf(std::string_view bytes) {
  // Negative numbers of every width keep their sign.
  uint64_t value = !bytes.empty() && (bytes[0] & 0x80) != 0 ? ~uint64_t{0} : 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<int64_t>(value);
}

absl::Time TimeOf(std::string_view bytes) {
  return absl::FromUnixMicros(IntegerOf(bytes) + kMicrosFrom1970To2000);
}

}  // namespace tunegate::store::postgres
