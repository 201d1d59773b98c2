// Messages as JSON: every field of what evidence and certificates hold goes there and back.
#include "common/evidence/certificate/message_json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/time_util.h>

#include <limits>
#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/report.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::certificates {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using store::v1::CallRecord;
using testing::HasSubstr;

// Gives every field a value of its own; of a oneof the last member stays.
class Filler {
 public:
  void Fill(Message& message, int depth = 0) {
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor* field = message.GetDescriptor()->field(i);
      for (int n = 0; n < (field->is_repeated() ? 2 : 1); ++n) {
        FillOne(message, reflection, field, depth);
      }
    }
  }

 private:
  template <typename T, typename Set, typename Add>
  void Put(Message& message, const FieldDescriptor* field, T value, Set set, Add add) {
    const auto& reflection = *message.GetReflection();
    if (field->is_repeated()) {
      (reflection.*add)(&message, field, value);
    } else {
      (reflection.*set)(&message, field, value);
    }
  }

  void FillOne(Message& message, const google::protobuf::Reflection& reflection,
               const FieldDescriptor* field, int depth) {
    using R = google::protobuf::Reflection;
    ++count_;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return Put(message, field, true, &R::SetBool, &R::AddBool);
      case FieldDescriptor::CPPTYPE_INT32:
        return Put(message, field, count_, &R::SetInt32, &R::AddInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return Put(message, field, (int64_t{1} << 60) + count_, &R::SetInt64, &R::AddInt64);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Put(message, field, 1.0 / (3 + count_), &R::SetDouble, &R::AddDouble);
      case FieldDescriptor::CPPTYPE_STRING:
        return Put(message, field, "té\n" + std::to_string(count_), &R::SetString, &R::AddString);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Put(message, field, field->enum_type()->value(1)->number(), &R::SetEnumValue,
                   &R::AddEnumValue);
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        if (depth > 6) return;
        Message& inner = field->is_repeated() ? *reflection.AddMessage(&message, field)
                                              : *reflection.MutableMessage(&message, field);
        if (inner.GetDescriptor()->full_name() == "google.protobuf.Timestamp") {
          inner.CopyFrom(google::protobuf::util::TimeUtil::NanosecondsToTimestamp(count_));
          return;
        }
        if (inner.GetDescriptor()->full_name() == "google.protobuf.Duration") {
          inner.CopyFrom(google::protobuf::util::TimeUtil::MillisecondsToDuration(count_));
          return;
        }
        return Fill(inner, depth + 1);
      }
      default:
        ADD_FAILURE() << field->full_name() << " has a type that ToJson does not write";
    }
  }

  int count_ = 0;
};

template <typename T>
class EveryField : public testing::Test {};
using Messages = testing::Types<CallRecord, store::v1::EvaluationRecord, v1::Task, v1::Policy,
                                v1::Decision, v1::Report>;
TYPED_TEST_SUITE(EveryField, Messages);

TYPED_TEST(EveryField, GoesThereAndBack) {
  TypeParam message;
  Filler().Fill(message);
  // Through text, as in a file.
  const auto parsed = json::Parse(json::WriteCanonical(ToJson(message)));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  TypeParam again;
  const absl::Status read = FromJson(*parsed, &again);
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_TRUE(MessageDifferencer::Equals(message, again)) << again.DebugString();
}

TEST(MessageJsonTest, OnlyWhatIsSetIsWrittenUnlessAllIsAsked) {
  v1::Estimate estimate;
  estimate.set_value(0.5);
  EXPECT_EQ(json::WriteCanonical(ToJson(estimate)), R"({"value":0.5})");
  EXPECT_EQ(json::WriteCanonical(ToJson(estimate, Fields::kAll)),
            R"({"confidence":0,"lower":0,"method":"","sample_count":0,"upper":0,"value":0.5})");
  // What can be "unset" stays so.
  v1::Decision::CriterionResult result;
  EXPECT_EQ(ToJson(result, Fields::kAll).Find("baseline"), nullptr);
  result.set_baseline(0);
  EXPECT_NE(ToJson(result).Find("baseline"), nullptr);
}

TEST(MessageJsonTest, BytesThatAreTextStayReadable) {
  CallRecord call;
  call.set_text("sí");
  EXPECT_EQ(json::WriteCanonical(ToJson(call)), R"({"text":"sí"})");
  call.set_text("\xff\xfe");
  EXPECT_EQ(json::WriteCanonical(ToJson(call)), R"({"text_base64":"//4="})");
  CallRecord again;
  ASSERT_TRUE(FromJson(ToJson(call), &again).ok());
  EXPECT_EQ(again.text(), "\xff\xfe");
}

TEST(MessageJsonTest, NumbersBeyondJsonsAreTexts) {
  v1::Evaluation evaluation;
  evaluation.set_seed((int64_t{1} << 53) + 1);
  EXPECT_EQ(json::WriteCanonical(ToJson(evaluation)), R"({"seed":"9007199254740993"})");
  v1::Estimate estimate;
  estimate.set_upper(std::numeric_limits<double>::infinity());
  estimate.set_lower(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(json::WriteCanonical(ToJson(estimate)), R"({"lower":"-Infinity","upper":"Infinity"})");
  v1::Estimate again;
  ASSERT_TRUE(FromJson(ToJson(estimate), &again).ok());
  EXPECT_EQ(again.upper(), estimate.upper());
  EXPECT_EQ(again.lower(), estimate.lower());
}

TEST(MessageJsonTest, WhatIsNotTheMessagesIsRefusedByItsPath) {
  const auto fault = [](const char* text) {
    v1::Task task;
    const absl::Status status = FromJson(*json::Parse(text), &task, "task");
    EXPECT_EQ(DetailsOf(status).reason, "BAD_MESSAGE");
    return std::string(status.message());
  };
  EXPECT_THAT(fault(R"([])"), HasSubstr("task: expected an object, got an array"));
  EXPECT_THAT(fault(R"({"fields":[{"id":"a"},{"ID":"b"}]})"), HasSubstr("task.fields[1].ID: "));
  EXPECT_THAT(fault(R"({"fields":{}})"), HasSubstr("task.fields: expected an array"));
  EXPECT_THAT(fault(R"({"fields":[{"scored":1}]})"),
              HasSubstr("task.fields[0].scored: expected true or false, got a number"));
  EXPECT_THAT(fault(R"({"default_policy":{"min_examples":4294967296}})"),
              HasSubstr("task.default_policy.min_examples: is too large"));
  EXPECT_THAT(fault(R"({"default_policy":{"interval":"INTERVAL_OF_MINE"}})"),
              HasSubstr("task.default_policy.interval: is no value of Interval"));
  EXPECT_THAT(fault(R"({"create_time":"yesterday"})"), HasSubstr("task.create_time: expected"));
  EXPECT_THAT(fault(R"({"name_base64":"eA=="})"), HasSubstr("task.name_base64: is no member"));
}

}  // namespace
}  // namespace tunegate::certificates
