// Text to values: RapidJSON's reader drives TreeBuilder, which builds our values without a second
// tree between them.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/utf8.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace tunegate::json {

// A RapidJSON handler: finished values wait on one stack, keys on another, until the array or
// object that they belong to ends. Its methods return false to stop the parse; fault() then says
// why.
class TreeBuilder {
 public:
  // check_strings: escapes in the text can make surrogates, which are not UTF-8.
  explicit TreeBuilder(bool check_strings) : check_strings_(check_strings) {
    // What most messages need: growing step by step would take longer than to parse them.
    values_.reserve(32);
    keys_.reserve(16);
  }

  bool Null() { return Push(Value()); }
  bool Bool(bool b) { return Push(Value(b)); }
  bool RawNumber(const char* digits, rapidjson::SizeType size, bool /*copy*/);
  bool String(const char* bytes, rapidjson::SizeType size, bool /*copy*/) {
    return CheckString({bytes, size}) && Push(Value(std::string(bytes, size)));
  }
  bool Key(const char* bytes, rapidjson::SizeType size, bool /*copy*/) {
    keys_.emplace_back(bytes, size);
    return CheckString({bytes, size});
  }
  bool StartObject() { return Descend(); }
  bool EndObject(rapidjson::SizeType size);
  bool StartArray() { return Descend(); }
  bool EndArray(rapidjson::SizeType size);

  // Never called: numbers arrive as RawNumber.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  const char* fault() const { return fault_; }
  Value TakeRoot() { return std::move(values_.back()); }

 private:
  static constexpr int kMaxDepth = 100;

  bool Push(Value value) {
    values_.push_back(std::move(value));
    return true;
  }
  bool Fail(const char* fault) {
    fault_ = fault;
    return false;
  }
  bool Descend() {
    return ++depth_ <= kMaxDepth || Fail("arrays and objects are nested deeper than 100");
  }
  bool CheckString(std::string_view bytes) {
    return !check_strings_ || IsValidUtf8(bytes) ||
           Fail("a \\u escape is half of a surrogate pair; write both halves");
  }

  const bool check_strings_;
  int depth_ = 0;
  const char* fault_ = nullptr;
  std::vector<Value> values_;
  std::vector<std::string> keys_;
};

bool TreeBuilder::RawNumber(const char* digits, rapidjson::SizeType size, bool /*copy*/) {
  const char* end = digits + size;
  int64_t integer = 0;
  if (const auto [after, error] = std::from_chars(digits, end, integer);
      error == std::errc() && after == end) {
    return Push(Value(integer));
  }
  double real = 0;
  const auto [after, error] = std::from_chars(digits, end, real);
  if (error == std::errc::result_out_of_range) {
    // from_chars says the same of too large and too small; only strtod tells them apart.
    real = std::strtod(std::string(digits, size).c_str(), nullptr);
    if (real < -1 || real > 1) return Fail("the number is too large for a double");
  }
  return Push(Value(real));
}

bool TreeBuilder::EndArray(rapidjson::SizeType size) {
  --depth_;
  const auto first = values_.end() - size;
  std::vector<Value> elements(std::make_move_iterator(first),
                              std::make_move_iterator(values_.end()));
  values_.erase(first, values_.end());
  return Push(Array(std::move(elements)));
}

bool TreeBuilder::EndObject(rapidjson::SizeType size) {
  // Up to here, comparing every key with every other is faster than hashing.
  constexpr size_t kFewMembers = 16;
  --depth_;
  const size_t first_key = keys_.size() - size;
  const size_t first_value = values_.size() - size;
  std::vector<Member> members;
  members.reserve(size);
  std::unordered_map<std::string_view, size_t> positions;  // views of keys_, which stay in place
  for (size_t i = 0; i < size; ++i) {
    std::string& key = keys_[first_key + i];
    Value& value = values_[first_value + i];
    if (size <= kFewMembers) {
      const auto same = std::find_if(members.begin(), members.end(),
                                     [&](const Member& member) { return member.first == key; });
      if (same != members.end()) {
        same->second = std::move(value);
        continue;
      }
      members.emplace_back(std::move(key), std::move(value));
    } else if (const auto [at, added] = positions.emplace(key, members.size()); added) {
      members.emplace_back(key, std::move(value));
    } else {
      members[at->second].second = std::move(value);
    }
  }
  keys_.resize(first_key);
  values_.resize(first_value);
  Value object;
  object.data_ = std::move(members);
  return Push(std::move(object));
}

namespace {

// True when `text` may hold a surrogate's escape, "\ud8.." to "\udf..".
bool MayEscapeSurrogates(std::string_view text) {
  for (size_t at = text.find("\\u"); at != text.npos; at = text.find("\\u", at + 2)) {
    if (at + 2 < text.size() && (text[at + 2] | 0x20) == 'd') return true;
  }
  return false;
}

Error ErrorAt(std::string_view text, size_t offset, std::string_view fault) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const size_t column = CodePointCount(before.substr(line_start)) + 1;
  return InvalidArgument("INVALID_JSON",
                         absl::StrCat("line ", line, ", column ", column, ": ", std::string(fault)))
      .Metadata("line", std::to_string(line))
      .Metadata("column", std::to_string(column));
}

// RapidJSON's sentences end with a full stop, ours do not.
std::string_view WithoutFullStop(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return sentence;
}

}  // namespace

absl::StatusOr<Value> Parse(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    return ErrorAt(text, 0, "the text starts with a byte order mark; save it as UTF-8 without one");
  }
  if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    return ErrorAt(text, valid, "the text is not valid UTF-8 here; save it as UTF-8");
  }
  TreeBuilder builder(MayEscapeSurrogates(text));
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  const rapidjson::ParseResult result =
      reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, builder);
  if (result.IsError()) {
    const char* fault =
        builder.fault() != nullptr ? builder.fault() : rapidjson::GetParseError_En(result.Code());
    return ErrorAt(text, result.Offset(), WithoutFullStop(fault));
  }
  // A NUL looks like the end to RapidJSON.
  if (stream.Tell() != text.size()) {
    return ErrorAt(text, stream.Tell(), "a NUL byte stands in the text");
  }
  return builder.TakeRoot();
}

}  // namespace tunegate::json
