// A webhook wakes the work it speaks of, once, and does nothing else.
#include "server/webhooks/receiver.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/clock.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"
#include "server/webhooks/provider_work.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::webhooks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

// Cannot commit for a while.
class FailingStore final : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    if (fail) return Unavailable("STORE_UNAVAILABLE", "the disk is full");
    return ForwardingStore::Commit(std::move(transaction));
  }
  bool fail = false;
};

class ReceiverTest : public testing::Test {
 protected:
  ReceiverTest() {
    AddJob("jobs/live", "openai", "ftjob-live", "RUNNING", false);
    AddJob("jobs/elsewhere", "azure", "ftjob-azure", "RUNNING", false);
    AddJob("jobs/ended", "openai", "ftjob-ended", "SUCCEEDED", true);
    AddEvaluation("evaluations/batch", "RUNNING", "batch_1");
  }

  void Put(const std::string& name, const std::string& state, bool terminal,
           const std::string& payload) {
    store::Transaction transaction;
    store::Put put;
    put.record.name = name;
    put.record.state = state;
    put.record.terminal = terminal;
    put.record.payload = payload;
    transaction.puts.push_back(std::move(put));
    ASSERT_TRUE(store_.Commit(std::move(transaction)).ok());
  }
  void AddJob(const std::string& name, const std::string& provider, const std::string& id,
              const std::string& state, bool terminal) {
    store::v1::JobRecord record;
    record.mutable_resource()->set_provider(provider);
    record.mutable_resource()->set_provider_job(id);
    Put(name, state, terminal, record.SerializeAsString());
  }
  void AddEvaluation(const std::string& name, const std::string& state, const std::string& batch) {
    store::v1::EvaluationRecord record;
    record.mutable_resource()->mutable_baseline()->set_provider("azure");
    record.mutable_resource()->mutable_candidate()->set_provider("openai");
    record.add_batches()->set_provider_batch("batch_0");
    record.add_batches()->set_provider_batch(batch);
    Put(name, state, /*terminal=*/false, record.SerializeAsString());
  }

  static std::map<std::string, Secret, std::less<>> Secrets() {
    return {{"openai", *Secret::Parse(kSecret)}};
  }
  static std::string Event(const std::string& type, const std::string& id) {
    return absl::StrFormat(R"({"id":"evt_1","object":"event","type":"%s","data":{"id":"%s"}})",
                           type, id);
  }
  // Signs as the provider does, at our time.
  Outcome Send(const std::string& body, const std::string& id = "wh_1",
               const std::string& provider = "openai", Receiver* receiver = nullptr) {
    const std::string timestamp = absl::StrCat(absl::ToUnixSeconds(clock_.Now()));
    Signed content{id, timestamp, "", body};
    const std::string signature = "v1," + Sign(*Secret::Parse(kSecret), content);
    content.signatures = signature;
    return (receiver == nullptr ? receiver_ : *receiver).Take({provider, content}).outcome;
  }
  // What is due, which is thereby claimed.
  std::vector<std::string> Due() {
    std::vector<std::string> names;
    const auto claimed = store_.ClaimWork("test", absl::Seconds(30), 10);
    EXPECT_TRUE(claimed.ok());
    for (const auto& work : *claimed) names.push_back(work.lease.name);
    return names;
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<store::Store> real_store_ = store::OpenTestStore(&clock_);
  FailingStore store_{real_store_.get()};
  Receiver receiver_{&store_, &clock_, Secrets()};
};

TEST_F(ReceiverTest, EventOfAJobMakesItsNextLookDueNow) {
  store::Transaction later;
  later.schedule.push_back({"jobs/live", absl::Minutes(5)});
  ASSERT_TRUE(store_.Commit(std::move(later)).ok());
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", "ftjob-live")), Outcome::kWoken);
  EXPECT_THAT(Due(), ElementsAre("jobs/live"));
}

TEST_F(ReceiverTest, EventOfABatchMakesItsEvaluationDueNow) {
  EXPECT_EQ(Send(Event("batch.completed", "batch_1")), Outcome::kWoken);
  EXPECT_THAT(Due(), ElementsAre("evaluations/batch"));
}

TEST_F(ReceiverTest, NothingIsWrittenToTheResource) {
  const auto before = store_.Get("jobs/live");
  EXPECT_EQ(Send(Event("fine_tuning.job.failed", "ftjob-live")), Outcome::kWoken);
  EXPECT_EQ(store_.Get("jobs/live")->revision, before->revision);
  EXPECT_EQ(store_.ReadLogInfo()->newest_position, 0) << "a wake-up is no event";
}

TEST_F(ReceiverTest, ReplayIsRefusedAlsoAfterARestart) {
  const std::string body = Event("fine_tuning.job.succeeded", "ftjob-live");
  EXPECT_EQ(Send(body), Outcome::kWoken);
  EXPECT_THAT(Due(), ElementsAre("jobs/live"));
  EXPECT_EQ(Send(body), Outcome::kReplayed);
  Receiver another(&store_, &clock_, Secrets());
  EXPECT_EQ(Send(body, "wh_1", "openai", &another), Outcome::kReplayed);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ReceiverTest, SenderThatSendsAgainIsContentAndCountsOnce) {
  const std::string body = Event("fine_tuning.job.succeeded", "ftjob-live");
  EXPECT_EQ(Send(body), Outcome::kWoken);
  EXPECT_THAT(Due(), ElementsAre("jobs/live"));
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(Send(body), Outcome::kRepeated) << "the same id with a new time and signature";
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ReceiverTest, IdsOfDifferentProvidersAreApart) {
  Receiver both(&store_, &clock_,
                {{"openai", *Secret::Parse(kSecret)}, {"azure", *Secret::Parse(kSecret)}});
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", "ftjob-live"), "wh_1", "openai", &both),
            Outcome::kWoken);
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", "ftjob-azure"), "wh_1", "azure", &both),
            Outcome::kWoken);
}

TEST_F(ReceiverTest, WhatIsNotOursOrHasEndedIsTakenAndDoesNothing) {
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", "ftjob-nobody"), "wh_1"), Outcome::kUnknown);
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", "ftjob-ended"), "wh_2"), Outcome::kUnknown);
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", "ftjob-azure"), "wh_3"), Outcome::kUnknown)
      << "of another provider";
  EXPECT_EQ(Send(Event("batch.expired", "batch_9"), "wh_4"), Outcome::kUnknown);
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", ""), "wh_5"), Outcome::kUnknown);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ReceiverTest, EventWithoutAnIdWakesNothingThatHasNoneYet) {
  AddJob("jobs/pending", "openai", "", "PENDING", false);
  AddEvaluation("evaluations/uploading", "RUNNING", "");
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", ""), "wh_1"), Outcome::kUnknown);
  EXPECT_EQ(Send(Event("batch.completed", ""), "wh_2"), Outcome::kUnknown);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ReceiverTest, OtherTypesAreTakenAndIgnored) {
  EXPECT_EQ(Send(Event("response.completed", "resp_1")), Outcome::kIgnored);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ReceiverTest, RightlySignedNonsenseIsMalformed) {
  EXPECT_EQ(Send("no JSON"), Outcome::kMalformed);
  EXPECT_EQ(Send("[1]", "wh_2"), Outcome::kMalformed);
  EXPECT_EQ(Send(R"({"data":{"id":"ftjob-live"}})", "wh_3"), Outcome::kMalformed);
}

TEST_F(ReceiverTest, ForgedAndOldOnesDoNothing) {
  const std::string body = Event("fine_tuning.job.succeeded", "ftjob-live");
  EXPECT_EQ(receiver_.Take({"openai", {"wh_1", "1800000000", "v1,AAAA", body}}).outcome,
            Outcome::kForged);
  Signed old{"wh_1", "1799999000", "", body};
  const std::string signature = "v1," + Sign(*Secret::Parse(kSecret), old);
  old.signatures = signature;
  EXPECT_EQ(receiver_.Take({"openai", old}).outcome, Outcome::kTooOld);
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_EQ(Send(body), Outcome::kWoken) << "a forger cannot use up an id";
}

TEST_F(ReceiverTest, ProviderWithoutASecretTakesNone) {
  EXPECT_EQ(Send(Event("fine_tuning.job.succeeded", "ftjob-azure"), "wh_1", "azure"),
            Outcome::kNoSecret);
}

TEST_F(ReceiverTest, WhatCouldNotBeRecordedMayBeSentAgain) {
  const std::string body = Event("fine_tuning.job.succeeded", "ftjob-live");
  store_.fail = true;
  EXPECT_EQ(Send(body), Outcome::kFailed);
  store_.fail = false;
  EXPECT_EQ(Send(body), Outcome::kWoken);
}

TEST_F(ReceiverTest, WorkIsFoundAmongManyThatHaveEnded) {
  for (int i = 0; i < 300; ++i) {
    AddJob(absl::StrCat("jobs/old-", i), "openai", absl::StrCat("ftjob-old-", i), "SUCCEEDED",
           true);
  }
  const auto found = FindJob(store_, "openai", "ftjob-live");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, "jobs/live");
}

}  // namespace
}  // namespace tunegate::webhooks
