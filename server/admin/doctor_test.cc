// What the doctor finds, how bad it is, and that each thing says what to do.
#include "server/admin/doctor.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::admin {
namespace {

using testing::HasSubstr;
using v1::Diagnosis;

// Says of itself what a test wants.
class SickStore final : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<store::Inspection> Inspect(bool look_for_damage) override {
    EXPECT_TRUE(look_for_damage);
    if (!trouble.ok()) return trouble;
    TG_ASSIGN_OR_RETURN(store::Inspection inspection, ForwardingStore::Inspect(true));
    inspection.damage = damage;
    inspection.schema_version += newer_by;
    return inspection;
  }
  absl::Status trouble;
  std::string damage;
  int64_t newer_by = 0;
};

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() { config_.set_data_dir(testing::TempDir()); }

  Diagnoses Examine() {
    return Doctor({config_,
                   &store_,
                   &pause_,
                   &clock_,
                   {{"openai", "https://api", [this](auto) { return look_; }}}})
        .Examine();
  }
  // The only diagnosis of this check.
  Diagnosis Find(const std::string& check) {
    std::vector<Diagnosis> found;
    for (const Diagnosis& each : Examine()) {
      if (each.check() == check) found.push_back(each);
    }
    EXPECT_EQ(found.size(), 1u) << check;
    return found.empty() ? Diagnosis() : found.front();
  }
  template <typename Record>
  void Block(const std::string& name, const std::string& reason, const std::string& remedy) {
    Record record;
    record.mutable_resource()->mutable_failure()->set_reason(reason);
    record.mutable_resource()->mutable_failure()->set_message("it says so");
    record.mutable_resource()->mutable_failure()->set_remedy(remedy);
    Keep(name, "BLOCKED", record.SerializeAsString());
  }
  void Keep(const std::string& name, const std::string& state, std::string payload) {
    store::Transaction transaction;
    store::Put put;
    put.record.name = name;
    put.record.state = state;
    put.record.payload = std::move(payload);
    transaction.puts.push_back(std::move(put));
    ASSERT_TRUE(store_.Commit(std::move(transaction)).ok());
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  FakeClock store_clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<store::Store> real_store_ = store::OpenTestStore(&store_clock_);
  SickStore store_{real_store_.get()};
  WorkPause pause_{&store_, &store_clock_};
  config::v1::ServerConfig config_;
  ProviderLook look_{.answered = true, .clock_ahead = absl::Seconds(1)};
};

TEST_F(DoctorTest, HealthyServerNeedsNobody) {
  std::map<std::string, int> checks;
  for (const Diagnosis& each : Examine()) {
    EXPECT_EQ(each.severity(), Diagnosis::SEVERITY_OK) << each.ShortDebugString();
    EXPECT_FALSE(each.message().empty());
    EXPECT_TRUE(each.remedy().empty()) << each.remedy();
    ++checks[each.check()];
  }
  for (const char* check :
       {"config", "store.schema", "store.integrity", "store.size", "provider.key", "clock.skew",
        "disk.space", "work.paused", "work.blocked"}) {
    EXPECT_GE(checks[check], 1) << check;
  }
}

TEST_F(DoctorTest, WhatIsNotWellSaysWhatToDoAndComesFirst) {
  config_.set_insecure_public(true);
  store_.damage = "page 7 is broken";
  look_.status = Unavailable("PROVIDER_ERROR", "no route to host");
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  Block<store::v1::JobRecord>("jobs/x", "QUOTA_EXHAUSTED", "pay");
  auto severity = Diagnosis::SEVERITY_ERROR;
  int errors = 0;
  for (const Diagnosis& each : Examine()) {
    EXPECT_LE(each.severity(), severity);
    severity = each.severity();
    errors += severity == Diagnosis::SEVERITY_ERROR ? 1 : 0;
    if (severity != Diagnosis::SEVERITY_OK) {
      EXPECT_FALSE(each.remedy().empty()) << each.message();
    }
  }
  EXPECT_EQ(errors, 4);
}

TEST_F(DoctorTest, ConfigurationIsLookedThrough) {
  config_.set_insecure_public(true);
  EXPECT_EQ(Find("config.public").severity(), Diagnosis::SEVERITY_WARNING);
  config_.add_providers()->set_webhook_secret_file("/etc/secret");
  EXPECT_THAT(Find("config.webhooks").remedy(), HasSubstr("http_listen"));
  config_.set_store("sqlite");
  config_.set_sqlite_synchronous("normal");
  EXPECT_THAT(Find("config.synchronous").message(), HasSubstr("power cut"));
}

TEST_F(DoctorTest, StoresTroubleIsTold) {
  store_.damage = "page 7 is broken";
  EXPECT_EQ(Find("store.integrity").severity(), Diagnosis::SEVERITY_ERROR);
  EXPECT_EQ(Find("store.integrity").message(), "page 7 is broken");
  store_.newer_by = 1;
  EXPECT_EQ(Find("store.schema").severity(), Diagnosis::SEVERITY_WARNING);
  store_.trouble = Unavailable("STORE_UNAVAILABLE", "the disk is full");
  EXPECT_EQ(Find("store").message(), "the disk is full");
}

TEST_F(DoctorTest, WholeStoreSaysWhatWasLookedThrough) {
  EXPECT_THAT(Find("store.integrity").message(), HasSubstr("every page"));
}

TEST_F(DoctorTest, StoresClockIsComparedWithOurs) {
  store_clock_.Advance(absl::Minutes(2));
  look_.clock_ahead.reset();
  const Diagnosis skew = Find("clock.skew");
  EXPECT_EQ(skew.severity(), Diagnosis::SEVERITY_WARNING);
  EXPECT_THAT(skew.message(), HasSubstr("120 seconds behind the clock of the store"));
}

TEST_F(DoctorTest, ClockIsBadWhereWebhooksWouldBeRefused) {
  EXPECT_EQ(DiagnoseClock("x", absl::Seconds(4)).severity(), Diagnosis::SEVERITY_OK);
  EXPECT_EQ(DiagnoseClock("x", absl::Seconds(-6)).severity(), Diagnosis::SEVERITY_WARNING);
  EXPECT_THAT(DiagnoseClock("x", absl::Seconds(-6)).message(), HasSubstr("6 seconds ahead of"));
  EXPECT_EQ(DiagnoseClock("x", absl::Seconds(300)).severity(), Diagnosis::SEVERITY_ERROR);
  EXPECT_EQ(DiagnoseClock("x", absl::Seconds(-301)).severity(), Diagnosis::SEVERITY_ERROR);
}

TEST_F(DoctorTest, ProvidersRefusalSaysWhichThingToMend) {
  const ProviderAccess provider{"openai", "https://api", nullptr};
  const auto remedy_of = [&](const absl::Status& status) {
    const Diagnosis diagnosis = DiagnoseProvider(provider, {.status = status, .answered = true});
    EXPECT_EQ(diagnosis.severity(), Diagnosis::SEVERITY_ERROR);
    EXPECT_THAT(diagnosis.message(), HasSubstr("(https://api)"));
    return diagnosis.remedy();
  };
  EXPECT_THAT(remedy_of(Unauthenticated("KEY_REJECTED", "wrong key")), HasSubstr("valid key"));
  EXPECT_THAT(remedy_of(PermissionDenied("X", "not yours")), HasSubstr("list models"));
  EXPECT_THAT(remedy_of(Unavailable("X", "refused")), HasSubstr("network"));
  EXPECT_THAT(DiagnoseProvider(provider, {.answered = true, .sandbox = true}).message(),
              HasSubstr("the sandbox"));
}

TEST_F(DoctorTest, DiskIsWatchedBeforeItIsFull) {
  constexpr int64_t kGiB = int64_t{1} << 30;
  const auto severity = [&](int64_t total, int64_t free) {
    return DiagnoseDisk("/data", {total, free}).severity();
  };
  EXPECT_EQ(severity(100 * kGiB, 50 * kGiB), Diagnosis::SEVERITY_OK);
  EXPECT_EQ(severity(1000 * kGiB, 19 * kGiB), Diagnosis::SEVERITY_WARNING);
  EXPECT_EQ(severity(20 * kGiB, kGiB - 1), Diagnosis::SEVERITY_WARNING);
  EXPECT_EQ(severity(20 * kGiB, kGiB / 20), Diagnosis::SEVERITY_ERROR);
  EXPECT_THAT(DiagnoseDisk("/data", {100 * kGiB, 512 << 20}).message(),
              HasSubstr("512.0 MiB of 100.0 GiB are free at /data"));
  config_.set_data_dir("/nowhere");
  EXPECT_EQ(Find("disk.space").severity(), Diagnosis::SEVERITY_ERROR);
}

TEST_F(DoctorTest, BlockedWorkIsListedWithItsReasonAndRemedy) {
  Block<store::v1::JobRecord>("jobs/x", "QUOTA_EXHAUSTED", "tunegate job resume jobs/x");
  const Diagnosis job = Find("work.blocked");
  EXPECT_EQ(job.severity(), Diagnosis::SEVERITY_ERROR);
  EXPECT_EQ(job.message(), "jobs/x: QUOTA_EXHAUSTED: it says so");
  EXPECT_EQ(job.remedy(), "tunegate job resume jobs/x");
}

TEST_F(DoctorTest, DatasetThatCannotBeErasedIsListedWithItsReasonAndRemedy) {
  store::v1::DatasetRecord record;
  record.set_delete_requested(true);
  v1::Dataset::ProviderFile* file = record.mutable_resource()->add_provider_files();
  Keep("datasets/on-its-way", "DELETING", record.SerializeAsString());
  EXPECT_EQ(Find("work.blocked").severity(), Diagnosis::SEVERITY_OK);
  file->mutable_failure()->set_reason("KEY_REJECTED");
  file->mutable_failure()->set_message("it says so");
  file->mutable_failure()->set_remedy("give the server a valid key");
  Keep("datasets/x", "DELETING", record.SerializeAsString());
  const Diagnosis dataset = Find("work.blocked");
  EXPECT_EQ(dataset.severity(), Diagnosis::SEVERITY_ERROR);
  EXPECT_EQ(dataset.message(), "datasets/x: KEY_REJECTED: it says so");
  EXPECT_EQ(dataset.remedy(), "give the server a valid key");
}

TEST_F(DoctorTest, WorkThatWaitsForTheSwitchIsToldOnce) {
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  Block<store::v1::EvaluationRecord>("evaluations/x", std::string(kWorkPaused), "resume");
  EXPECT_EQ(Find("work.blocked").severity(), Diagnosis::SEVERITY_OK);
  EXPECT_EQ(Find("work.paused").remedy(), "tunegate admin resume");
  EXPECT_EQ(Find("work.paused").severity(), Diagnosis::SEVERITY_ERROR);
}

TEST_F(DoctorTest, WorkThatWaitsForItsProviderNeedsNoPerson) {
  Block<store::v1::EvaluationRecord>("evaluations/x", "PROVIDER_UNREACHABLE", "it goes on");
  EXPECT_EQ(Find("work.blocked").severity(), Diagnosis::SEVERITY_WARNING);
  EXPECT_EQ(Find("work.blocked").remedy(), "it goes on");
}

TEST_F(DoctorTest, ManyBlockedOnesAreCutShort) {
  for (int i = 0; i < 30; ++i) {
    Block<store::v1::WorkflowRecord>(absl::StrCat("workflows/", i), "BUDGET_REACHED", "more money");
  }
  int blocked = 0;
  std::string last;
  for (const Diagnosis& each : Examine()) {
    if (each.check() != "work.blocked") continue;
    ++blocked;
    last = each.remedy();
  }
  EXPECT_EQ(blocked, 21);
  EXPECT_EQ(last, "tunegate workflow list --filter state=BLOCKED");
}

}  // namespace
}  // namespace tunegate::admin
