// Messages to JSON.
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <cmath>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/evidence/certificate/message_json.h"
#include "common/utf8.h"

namespace tunegate::certificates {
namespace {

using google::protobuf::Duration;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr int64_t kExact = int64_t{1} << 53;
constexpr std::string_view kBase64 = "_base64";

json::Value IntegerToJson(int64_t number) {
  if (number >= -kExact && number <= kExact) return number;
  return std::to_string(number);
}

// One value: of a singular field, or of element `index` of a repeated one (-1: singular).
class Writer {
 public:
  Writer(const Message& message, Fields fields)
      : message_(message), reflection_(*message.GetReflection()), fields_(fields) {}

  json::Value Write() {
    json::Value object = json::Object();
    const auto& descriptor = *message_.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      if (field.is_map()) {
        AddMap(field, object);
      } else if (field.is_repeated()) {
        AddList(field, object);
      } else if (reflection_.HasField(message_, &field) ||
                 (fields_ == Fields::kAll && !field.has_presence())) {
        AddSingle(field, object);
      }
    }
    return object;
  }

 private:
  void AddSingle(const FieldDescriptor& field, json::Value& object) {
    if (field.type() != FieldDescriptor::TYPE_BYTES) {
      object.Set(field.name(), One(field, -1));
      return;
    }
    std::string scratch;
    const std::string& bytes = reflection_.GetStringReference(message_, &field, &scratch);
    if (IsValidUtf8(bytes)) {
      object.Set(field.name(), bytes);
    } else {
      object.Set(absl::StrCat(field.name(), std::string(kBase64)), absl::Base64Escape(bytes));
    }
  }

  void AddList(const FieldDescriptor& field, json::Value& object) {
    const int size = reflection_.FieldSize(message_, &field);
    if (size == 0 && fields_ == Fields::kSet) return;
    json::Value list = json::Array();
    for (int i = 0; i < size; ++i) list.Append(One(field, i));
    object.Set(field.name(), std::move(list));
  }

  // Keys are texts in all our maps.
  void AddMap(const FieldDescriptor& field, json::Value& object) {
    const int size = reflection_.FieldSize(message_, &field);
    if (size == 0 && fields_ == Fields::kSet) return;
    json::Value members = json::Object();
    for (int i = 0; i < size; ++i) {
      const Message& entry = reflection_.GetRepeatedMessage(message_, &field, i);
      Writer writer(entry, fields_);
      const std::string key =
          entry.GetReflection()->GetString(entry, field.message_type()->map_key());
      members.Set(key, writer.One(*field.message_type()->map_value(), -1));
    }
    object.Set(field.name(), std::move(members));
  }

  json::Value One(const FieldDescriptor& field, int index) {
    const bool single = index < 0;
    const auto& m = message_;
    const auto& r = reflection_;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return single ? r.GetBool(m, &field) : r.GetRepeatedBool(m, &field, index);
      case FieldDescriptor::CPPTYPE_INT32:
        return single ? r.GetInt32(m, &field) : r.GetRepeatedInt32(m, &field, index);
      case FieldDescriptor::CPPTYPE_INT64:
        return IntegerToJson(single ? r.GetInt64(m, &field) : r.GetRepeatedInt64(m, &field, index));
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return NumberToJson(single ? r.GetDouble(m, &field)
                                   : r.GetRepeatedDouble(m, &field, index));
      case FieldDescriptor::CPPTYPE_STRING:
        return single ? r.GetString(m, &field) : r.GetRepeatedString(m, &field, index);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int number =
            single ? r.GetEnumValue(m, &field) : r.GetRepeatedEnumValue(m, &field, index);
        const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
        return value == nullptr ? json::Value(number) : json::Value(value->name());
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return OfMessage(single ? r.GetMessage(m, &field) : r.GetRepeatedMessage(m, &field, index));
      default:
        return json::Value();  // no message of ours has unsigned or float fields
    }
  }

  json::Value OfMessage(const Message& message) const {
    if (const auto* time = dynamic_cast<const Timestamp*>(&message)) {
      return TimeUtil::ToString(*time);
    }
    if (const auto* duration = dynamic_cast<const Duration*>(&message)) {
      return TimeUtil::ToString(*duration);
    }
    return Writer(message, fields_).Write();
  }

  const Message& message_;
  const Reflection& reflection_;
  const Fields fields_;
};

}  // namespace

json::Value ToJson(const Message& message, Fields fields) {
  return Writer(message, fields).Write();
}

json::Value NumberToJson(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  return number;
}

}  // namespace tunegate::certificates
