#include "server/events/feed_events.h"

#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::events {
namespace {

store::Record RecordOf(const std::string& name, const std::string& payload) {
  store::Record record;
  record.name = name;
  record.owner = "workflows/w";
  record.terminal = true;
  record.create_time = absl::FromUnixSeconds(100);
  record.payload = payload;
  return record;
}

v1::Event Decode(const FeedEvent& event) {
  v1::Event decoded;
  EXPECT_TRUE(decoded.ParseFromString(std::string(event.bytes())));
  return decoded;
}

TEST(SnapshotEventTest, CarriesThePublicPartOfTheRecordAndNothingElse) {
  tunegate::store::v1::JobRecord job;
  job.mutable_resource()->set_name("jobs/a");
  (*job.mutable_resource()->mutable_labels())["team"] = "search";
  job.mutable_resource()->mutable_update_time()->set_seconds(200);
  job.set_intent_id("private-intent");
  const auto event = SnapshotEventOf(RecordOf("jobs/a", job.SerializeAsString()), 7);
  ASSERT_TRUE(event.ok() && event->has_value()) << event.status();
  EXPECT_EQ((*event)->labels.at("team"), "search");
  EXPECT_EQ((*event)->owner, "workflows/w");
  const v1::Event decoded = Decode(**event);
  EXPECT_EQ(decoded.type(), v1::Event::TYPE_SNAPSHOT);
  EXPECT_EQ(decoded.position(), 7);
  EXPECT_EQ(decoded.resource(), "jobs/a");
  EXPECT_EQ(decoded.owner(), "workflows/w");
  EXPECT_TRUE(decoded.terminal());
  EXPECT_EQ(decoded.time().seconds(), 200);
  EXPECT_EQ(decoded.labels().at("team"), "search");
  EXPECT_EQ(decoded.job().name(), "jobs/a");
  EXPECT_THAT(std::string((*event)->bytes()), testing::Not(testing::HasSubstr("private-intent")));
}

TEST(SnapshotEventTest, HasTheCreateTimeWhenTheResourceHasNoUpdateTime) {
  const auto event = SnapshotEventOf(RecordOf("tasks/x", ""), 1);
  ASSERT_TRUE(event.ok() && event->has_value()) << event.status();
  EXPECT_EQ(Decode(**event).time().seconds(), 100);
}

TEST(SnapshotEventTest, FieldsOfANewerVersionArePassedOn) {
  tunegate::store::v1::JobRecord job;
  job.mutable_resource()->set_name("jobs/a");
  job.mutable_resource()
      ->GetReflection()
      ->MutableUnknownFields(job.mutable_resource())
      ->AddVarint(999, 42);
  const auto event = SnapshotEventOf(RecordOf("jobs/a", job.SerializeAsString()), 1);
  ASSERT_TRUE(event.ok() && event->has_value()) << event.status();
  const v1::Job decoded = Decode(**event).job();
  const auto& unknown = decoded.GetReflection()->GetUnknownFields(decoded);
  ASSERT_EQ(unknown.field_count(), 1);
  EXPECT_EQ(unknown.field(0).varint(), 42u);
}

TEST(SnapshotEventTest, EveryStoredKindOfResourceHasItsField) {
  const auto field_of = [](const std::string& name) {
    const auto event = SnapshotEventOf(RecordOf(name, ""), 1);
    EXPECT_TRUE(event.ok() && event->has_value()) << name;
    return Decode(**event).payload_case();
  };
  EXPECT_EQ(field_of("tasks/x"), v1::Event::kTask);
  EXPECT_EQ(field_of("datasets/x"), v1::Event::kDataset);
  EXPECT_EQ(field_of("jobs/x"), v1::Event::kJob);
  EXPECT_EQ(field_of("evaluations/x"), v1::Event::kEvaluation);
  EXPECT_EQ(field_of("decisions/x"), v1::Event::kDecision);
  EXPECT_EQ(field_of("workflows/x"), v1::Event::kWorkflow);
}

TEST(SnapshotEventTest, KindThatNoEventCarriesGivesNone) {
  for (const char* name : {"settings/work", "labels/x", "messages/x", "s/x"}) {
    const auto event = SnapshotEventOf(RecordOf(name, ""), 1);
    EXPECT_TRUE(event.ok() && !event->has_value()) << name;
  }
}

TEST(SnapshotEventTest, DamagedRecordSaysWhich) {
  tunegate::store::v1::JobRecord job;
  job.mutable_resource()->set_name("jobs/a");
  std::string cut = job.SerializeAsString();
  cut.pop_back();
  for (const std::string& payload :
       {cut, std::string("\xff\xff\xff"), std::string("\x0a\x02\xff\xff", 4)}) {
    const absl::Status status = SnapshotEventOf(RecordOf("jobs/a", payload), 1).status();
    EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT") << status;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("jobs/a"));
  }
}

TEST(EventKindsTest, HaveWhatTheStoreKeeps) {
  EXPECT_THAT(EventKinds(), testing::IsSupersetOf({"tasks", "datasets", "jobs", "evaluations",
                                                   "decisions", "workflows"}));
}

}  // namespace
}  // namespace tunegate::events
