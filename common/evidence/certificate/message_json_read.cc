// JSON to messages.
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <limits>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/certificate/message_json.h"

namespace tunegate::certificates {
namespace {

using google::protobuf::Duration;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr std::string_view kBase64 = "_base64";

absl::Status Bad(std::string_view path, std::string_view why) {
  return InvalidArgument(
      "BAD_MESSAGE", absl::StrCat(std::string(path), path.empty() ? "" : ": ", std::string(why)));
}

absl::Status Expected(std::string_view path, std::string_view what, const json::Value& got) {
  return Bad(path,
             absl::StrCat("expected ", std::string(what), ", got ", std::string(got.TypeName())));
}

bool ReadInteger(const json::Value& value, int64_t* number) {
  if (value.IsInteger()) {
    *number = value.IntegerOr(0);
    return true;
  }
  return value.IsString() && absl::SimpleAtoi(value.String(), number);
}

bool ReadNumber(const json::Value& value, double* number) {
  if (value.IsNumber()) {
    *number = value.NumberOr(0);
    return true;
  }
  if (value.String() == "Infinity" || value.String() == "-Infinity") {
    *number = std::numeric_limits<double>::infinity() * (value.String()[0] == '-' ? -1 : 1);
    return true;
  }
  *number = std::numeric_limits<double>::quiet_NaN();
  return value.String() == "NaN";
}

class Reader {
 public:
  Reader(Message& message, std::string_view path)
      : message_(message), reflection_(*message.GetReflection()), path_(path) {}

  absl::Status Read(const json::Value& object) {
    if (!object.IsObject()) return Expected(path_, "an object", object);
    for (const auto& [name, value] : object.Members()) {
      const std::string at = path_.empty() ? name : absl::StrCat(path_, ".", name);
      const FieldDescriptor* field = message_.GetDescriptor()->FindFieldByName(name);
      if (field == nullptr) {
        TG_RETURN_IF_ERROR(ReadBase64(name, value, at));
      } else if (field->is_map()) {
        TG_RETURN_IF_ERROR(ReadMap(*field, value, at));
      } else if (field->is_repeated()) {
        if (!value.IsArray()) return Expected(at, "an array", value);
        for (size_t i = 0; i < value.Elements().size(); ++i) {
          TG_RETURN_IF_ERROR(ReadOne(*field, value.Elements()[i], absl::StrCat(at, "[", i, "]")));
        }
      } else {
        TG_RETURN_IF_ERROR(ReadOne(*field, value, at));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadBase64(std::string_view name, const json::Value& value, std::string_view at) {
    const FieldDescriptor* field = nullptr;
    if (name.ends_with(kBase64)) {
      name.remove_suffix(kBase64.size());
      field = message_.GetDescriptor()->FindFieldByName(std::string(name));
    }
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_BYTES) {
      return Bad(at, "is no member that this version knows");
    }
    std::string bytes;
    if (!value.IsString() || !absl::Base64Unescape(value.String(), &bytes)) {
      return Bad(at, "expected base64");
    }
    reflection_.SetString(&message_, field, std::move(bytes));
    return absl::OkStatus();
  }

  absl::Status ReadMap(const FieldDescriptor& field, const json::Value& value,
                       std::string_view at) {
    if (!value.IsObject()) return Expected(at, "an object", value);
    for (const auto& [key, member] : value.Members()) {
      Message& entry = *reflection_.AddMessage(&message_, &field);
      entry.GetReflection()->SetString(&entry, field.message_type()->map_key(), key);
      Reader reader(entry, "");
      TG_RETURN_IF_ERROR(reader.ReadOne(*field.message_type()->map_value(), member,
                                        absl::StrCat(std::string(at), ".", key)));
    }
    return absl::OkStatus();
  }

  absl::Status ReadOne(const FieldDescriptor& field, const json::Value& value,
                       const std::string& at) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        if (!value.IsBool()) return Expected(at, "true or false", value);
        return Put<bool>(field, value.BoolOr(false), &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
        return ReadWhole(field, value, at);
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        double number = 0;
        if (!ReadNumber(value, &number)) return Expected(at, "a number", value);
        return Put<double>(field, number, &Reflection::SetDouble, &Reflection::AddDouble);
      }
      case FieldDescriptor::CPPTYPE_STRING:
        if (!value.IsString()) return Expected(at, "a string", value);
        return Put<std::string>(field, value.String(), &Reflection::SetString,
                                &Reflection::AddString);
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(field, value, at);
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& message = field.is_repeated() ? *reflection_.AddMessage(&message_, &field)
                                               : *reflection_.MutableMessage(&message_, &field);
        return ReadMessage(value, message, at);
      }
      default:
        return Bad(at, "is no member that this version reads");
    }
  }

  absl::Status ReadWhole(const FieldDescriptor& field, const json::Value& value,
                         const std::string& at) {
    int64_t number = 0;
    if (!ReadInteger(value, &number)) return Expected(at, "a whole number", value);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      return Put<int64_t>(field, number, &Reflection::SetInt64, &Reflection::AddInt64);
    }
    if (number != static_cast<int32_t>(number)) return Bad(at, "is too large a number");
    return Put<int32_t>(field, static_cast<int32_t>(number), &Reflection::SetInt32,
                        &Reflection::AddInt32);
  }

  absl::Status ReadEnum(const FieldDescriptor& field, const json::Value& value,
                        const std::string& at) {
    const EnumValueDescriptor* known = field.enum_type()->FindValueByName(value.String());
    if (known == nullptr && !value.IsInteger()) {
      return Bad(at, absl::StrCat("is no value of ", field.enum_type()->name()));
    }
    const int number = known != nullptr ? known->number() : static_cast<int>(value.IntegerOr(0));
    return Put<int>(field, number, &Reflection::SetEnumValue, &Reflection::AddEnumValue);
  }

  static absl::Status ReadMessage(const json::Value& value, Message& message,
                                  const std::string& at) {
    if (auto* time = dynamic_cast<Timestamp*>(&message)) {
      return TimeUtil::FromString(value.String(), time)
                 ? absl::OkStatus()
                 : Bad(at, "expected a time such as 2026-11-22T10:27:05Z");
    }
    if (auto* duration = dynamic_cast<Duration*>(&message)) {
      return TimeUtil::FromString(value.String(), duration)
                 ? absl::OkStatus()
                 : Bad(at, "expected a duration such as 3.5s");
    }
    return Reader(message, at).Read(value);
  }

  template <typename T, typename Set, typename Add>
  absl::Status Put(const FieldDescriptor& field, T value, Set set, Add add) {
    if (field.is_repeated()) {
      (reflection_.*add)(&message_, &field, std::move(value));
    } else {
      (reflection_.*set)(&message_, &field, std::move(value));
    }
    return absl::OkStatus();
  }

  Message& message_;
  const Reflection& reflection_;
  const std::string path_;
};

}  // namespace

absl::Status FromJson(const json::Value& value, Message* message, std::string_view path) {
  return Reader(*message, path).Read(value);
}

}  // namespace tunegate::certificates
