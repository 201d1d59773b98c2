#include "server/resources/repository.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/proto_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_kind.h"
#include "server/store/test_store.h"
#include "server/tasks/task_kind.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {
namespace {

using store::v1::JobRecord;
using store::v1::TaskRecord;
using testing::HasSubstr;

class RepositoryTest : public testing::Test {
 protected:
  RepositoryTest() : store_(store::OpenTestStore(&clock_)), repository_(store_.get(), &clock_) {}

  static Stored<JobRecord> NewJob(const std::string& name,
                                  v1::Job::State state = v1::Job::STATE_PENDING) {
    Stored<JobRecord> job;
    job.resource().set_name(name);
    job.resource().set_state(state);
    return job;
  }
  absl::Status Write(Stored<JobRecord>& job, v1::Event::Type type = v1::Event::TYPE_UPDATED) {
    store::Transaction transaction;
    repository_.Write(transaction, job, type, "said");
    return store_->Commit(std::move(transaction)).status();
  }
  void Put(const std::string& name, v1::Job::State state = v1::Job::STATE_PENDING,
           const std::string& team = "") {
    Stored<JobRecord> job = NewJob(name, state);
    if (!team.empty()) (*job.resource().mutable_labels())["team"] = team;
    ASSERT_TRUE(Write(job, v1::Event::TYPE_CREATED).ok());
    clock_.Advance(absl::Seconds(1));
  }
  v1::Job Get(const std::string& name) {
    const auto job = repository_.Get<JobRecord>(name);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ok() ? job->resource() : v1::Job();
  }
  v1::Event LastEvent() {
    const auto events = store_->ReadEvents({});
    v1::Event event;
    EXPECT_TRUE(event.ParseFromString(events->back().payload));
    return event;
  }
  // The names of all pages, a space between names and a bar between pages.
  std::string Pages(int page_size, const std::string& filter, const std::string& order = "") {
    std::string text, token;
    do {
      const auto page = repository_.List<JobRecord>({page_size, token, filter, order});
      if (!page.ok()) return std::string(page.status().message());
      if (!text.empty()) text += " |";
      for (const JobRecord& record : page->records) {
        text += (text.empty() ? "" : " ") + record.resource().name().substr(5);
      }
      token = page->next_page_token;
    } while (!token.empty());
    return text;
  }
  absl::StatusOr<std::string> Create(const std::string& name, const std::string& request_id,
                                     const std::string& digest,
                                     const std::string& caller = "local") {
    Stored<JobRecord> job = NewJob(name);
    store::Transaction transaction;
    repository_.Write(transaction, job, v1::Event::TYPE_CREATED, "created");
    return repository_.CommitCreation(
        std::move(transaction), Creation{{caller, false}, "CreateJob", request_id, digest}, name);
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<store::Store> store_;
  Repository repository_;
};

TEST_F(RepositoryTest, WritesSetEtagAndTimes) {
  const absl::Time created = clock_.Now();
  Stored<JobRecord> job = NewJob("jobs/a");
  ASSERT_TRUE(Write(job).ok());
  EXPECT_EQ(Get("jobs/a").etag(), "1");
  clock_.Advance(absl::Seconds(5));
  job.resource().set_state(v1::Job::STATE_RUNNING);
  ASSERT_TRUE(Write(job).ok());
  const v1::Job running = Get("jobs/a");
  EXPECT_EQ(running.etag(), "2");
  EXPECT_EQ(FromProto(running.create_time()), created);
  EXPECT_EQ(FromProto(running.update_time()), created + absl::Seconds(5));
  EXPECT_FALSE(running.has_end_time());
}

TEST_F(RepositoryTest, EndTimeIsWhenAnEndWasReachedAndStays) {
  Stored<JobRecord> job = NewJob("jobs/a", v1::Job::STATE_FAILED);
  const absl::Time ended = clock_.Now();
  ASSERT_TRUE(Write(job).ok());
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(Write(job).ok());
  EXPECT_EQ(FromProto(Get("jobs/a").end_time()), ended);
  EXPECT_EQ(store_->Get("jobs/a")->end_time, ended);
}

TEST_F(RepositoryTest, EndTimeGoesWhenTheEndIsLeft) {
  Stored<JobRecord> job = NewJob("jobs/a", v1::Job::STATE_FAILED);
  ASSERT_TRUE(Write(job).ok());
  job.resource().set_state(v1::Job::STATE_RUNNING);  // as a workflow that is resumed
  ASSERT_TRUE(Write(job).ok());
  EXPECT_FALSE(Get("jobs/a").has_end_time());
}

TEST_F(RepositoryTest, ColumnsThatAreSearchedFollowTheResource) {
  Stored<JobRecord> job = NewJob("jobs/a", v1::Job::STATE_SUCCEEDED);
  job.resource().set_owner("workflows/w");
  ASSERT_TRUE(Write(job).ok());
  const auto row = store_->Get("jobs/a");
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(row->state, "SUCCEEDED");
  EXPECT_EQ(row->owner, "workflows/w");
  EXPECT_TRUE(row->terminal);
}

TEST_F(RepositoryTest, KindWithoutStatesIsAlwaysTerminal) {
  Stored<TaskRecord> task;
  task.resource().set_name("tasks/a");
  store::Transaction transaction;
  repository_.Write(transaction, task, v1::Event::TYPE_CREATED, "created");
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  EXPECT_TRUE(store_->Get("tasks/a")->terminal);
  EXPECT_EQ(store_->Get("tasks/a")->state, "");
  EXPECT_EQ(LastEvent().task().name(), "tasks/a");
}

TEST_F(RepositoryTest, EventCarriesTheResourceItsLabelsAndItsEnd) {
  Stored<JobRecord> job = NewJob("jobs/a", v1::Job::STATE_CANCELLED);
  job.resource().set_owner("workflows/w");
  (*job.resource().mutable_labels())["team"] = "search";
  ASSERT_TRUE(Write(job, v1::Event::TYPE_STATE_CHANGED).ok());
  const v1::Event event = LastEvent();
  EXPECT_EQ(event.resource(), "jobs/a");
  EXPECT_EQ(event.type(), v1::Event::TYPE_STATE_CHANGED);
  EXPECT_EQ(event.owner(), "workflows/w");
  EXPECT_EQ(event.message(), "said");
  EXPECT_EQ(event.labels().at("team"), "search");
  EXPECT_TRUE(event.terminal());
  EXPECT_EQ(event.job().state(), v1::Job::STATE_CANCELLED);
  EXPECT_EQ(event.job().etag(), "1");
}

TEST_F(RepositoryTest, EventMessageIsMadeValidUtf8) {
  Stored<JobRecord> job = NewJob("jobs/a");
  store::Transaction transaction;
  repository_.Write(transaction, job, v1::Event::TYPE_UPDATED, "cut \xc3");
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  EXPECT_EQ(LastEvent().message(), "cut \xEF\xBF\xBD");
}

TEST_F(RepositoryTest, MissingAndMalformedNamesAreToldApart) {
  const absl::Status missing = repository_.Get<JobRecord>("jobs/none").status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_EQ(DetailsOf(missing).reason, "RESOURCE_NOT_FOUND");
  EXPECT_THAT(std::string(missing.message()), HasSubstr("tunegate job list"));
  const absl::Status malformed = repository_.Get<JobRecord>("tasks/a", "job.owner").status();
  EXPECT_EQ(DetailsOf(malformed).field_violations[0].first, "job.owner");
}

TEST_F(RepositoryTest, UpdateIsRepeatedWhenSomebodyElseWasFaster) {
  Put("jobs/a");
  int runs = 0;
  const auto updated =
      repository_.Update<JobRecord>("jobs/a", [&](Stored<JobRecord>& job, store::Transaction& t) {
        if (++runs == 1) {
          Stored<JobRecord> other = *repository_.Get<JobRecord>("jobs/a");
          other.record.set_cancel_requested(true);
          EXPECT_TRUE(Write(other).ok());
        }
        job.resource().set_provider_job("ftjob-1");
        repository_.Write(t, job, v1::Event::TYPE_UPDATED, "seen");
        return absl::OkStatus();
      });
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(repository_.Get<JobRecord>("jobs/a")->record.cancel_requested());
  EXPECT_EQ(Get("jobs/a").provider_job(), "ftjob-1");
  EXPECT_EQ(updated->revision, 3);
}

TEST_F(RepositoryTest, UpdateThatRefusesWritesNothing) {
  Put("jobs/a");
  const auto refused = repository_.Update<JobRecord>(
      "jobs/a", [](Stored<JobRecord>&, store::Transaction&) -> absl::Status {
        return WrongState("jobs/a", "PENDING", "RUNNING");
      });
  EXPECT_EQ(DetailsOf(refused.status()).reason, "WRONG_STATE");
  EXPECT_EQ(Get("jobs/a").etag(), "1");
}

TEST_F(RepositoryTest, RecordThatCannotBeParsedIsSaidToBeCorrupt) {
  store::Transaction transaction;
  store::Put put;
  put.record.name = "jobs/bad";
  put.record.payload = "\xff\xff\xff";
  transaction.puts.push_back(put);
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  const absl::Status read = repository_.Get<JobRecord>("jobs/bad").status();
  EXPECT_EQ(DetailsOf(read).reason, "STORE_CORRUPT");
  EXPECT_THAT(std::string(read.message()), HasSubstr("jobs/bad"));
  const absl::Status listed = repository_.List<JobRecord>({}).status();
  EXPECT_EQ(DetailsOf(listed).reason, "STORE_CORRUPT");
}

// --- Creation ----------------------------------------------------------------------------------

TEST_F(RepositoryTest, RepeatedRequestGivesWhatTheFirstMade) {
  ASSERT_EQ(*Create("jobs/a", "r1", "digest"), "jobs/a");
  const Creation again{{"local", false}, "CreateJob", "r1", "digest"};
  EXPECT_EQ(*repository_.FindCreated(again), std::optional<std::string>("jobs/a"));
  EXPECT_EQ(*Create("jobs/b", "r1", "digest"), "jobs/a") << "two at once: the other was first";
  EXPECT_TRUE(absl::IsNotFound(repository_.Get<JobRecord>("jobs/b").status()));
}

TEST_F(RepositoryTest, TwoAtOnceThatChoseTheSameIdGetTheSameResource) {
  ASSERT_TRUE(Create("jobs/a", "r1", "digest").ok());
  const auto second = Create("jobs/a", "r1", "digest");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*second, "jobs/a");
}

TEST_F(RepositoryTest, RequestIdWithAnotherBodyIsRefused) {
  ASSERT_TRUE(Create("jobs/a", "r1", "digest").ok());
  for (const absl::Status& status :
       {Create("jobs/b", "r1", "other").status(),
        repository_.FindCreated({{"local", false}, "CreateJob", "r1", "other"}).status()}) {
    EXPECT_EQ(DetailsOf(status).reason, "REQUEST_ID_REUSED");
    EXPECT_EQ(DetailsOf(status).metadata.at("resource"), "jobs/a");
  }
}

TEST_F(RepositoryTest, RequestIdsAreOfACallerAndAMethod) {
  ASSERT_TRUE(Create("jobs/a", "r1", "digest").ok());
  EXPECT_EQ(*Create("jobs/b", "r1", "digest", "another"), "jobs/b");
  EXPECT_EQ(*repository_.FindCreated({{"local", false}, "AdoptJob", "r1", "digest"}), std::nullopt);
}

TEST_F(RepositoryTest, WithoutARequestIdEachCallMakesItsOwn) {
  EXPECT_EQ(*Create("jobs/a", "", "digest"), "jobs/a");
  EXPECT_EQ(*Create("jobs/b", "", "digest"), "jobs/b");
  EXPECT_EQ(*repository_.FindCreated({{"local", false}, "CreateJob", "", "digest"}), std::nullopt);
}

TEST_F(RepositoryTest, TakenNameIsRefused) {
  ASSERT_TRUE(Create("jobs/a", "", "1").ok());
  const absl::Status taken = Create("jobs/a", "r2", "2").status();
  EXPECT_EQ(DetailsOf(taken).reason, "NAME_TAKEN");
  EXPECT_THAT(std::string(taken.message()), HasSubstr("jobs/a exists already"));
}

TEST_F(RepositoryTest, OverlongRequestIdIsRefused) {
  const auto found = repository_.FindCreated({{}, "CreateJob", std::string(129, 'x'), ""});
  EXPECT_EQ(DetailsOf(found.status()).field_violations[0].first, "request_id");
}

TEST_F(RepositoryTest, DigestTellsBodiesApartAndIsStable) {
  v1::CreateJobRequest a;
  for (const char* key : {"a", "b", "c", "d"}) (*a.mutable_job()->mutable_labels())[key] = "x";
  v1::CreateJobRequest b;
  for (const char* key : {"d", "c", "b", "a"}) (*b.mutable_job()->mutable_labels())[key] = "x";
  EXPECT_EQ(MessageDigest(a), MessageDigest(b));
  b.mutable_job()->set_suffix("s");
  EXPECT_NE(MessageDigest(a), MessageDigest(b));
}

// --- Lists -------------------------------------------------------------------------------------

TEST_F(RepositoryTest, ListIsNewestFirstUnlessAskedOtherwise) {
  for (const char* name : {"jobs/a", "jobs/b", "jobs/c"}) Put(name);
  EXPECT_EQ(Pages(0, ""), "c b a");
  EXPECT_EQ(Pages(0, "", "create_time"), "a b c");
  EXPECT_EQ(Pages(0, "", "create_time  asc"), "a b c");
  EXPECT_EQ(Pages(0, "", "create_time desc"), "c b a");
  EXPECT_THAT(Pages(0, "", "name"), HasSubstr("order_by"));
}

TEST_F(RepositoryTest, PagesGiveEachOnceAndTheLastHasNoToken) {
  for (const char* name : {"jobs/a", "jobs/b", "jobs/c", "jobs/d", "jobs/e"}) Put(name);
  EXPECT_EQ(Pages(2, ""), "e d | c b | a");
  EXPECT_EQ(Pages(5, ""), "e d c b a") << "no empty page behind the last";
  EXPECT_EQ(Pages(1, "", "create_time"), "a | b | c | d | e");
}

TEST_F(RepositoryTest, PagesStayApartForThoseOfTheSameTime) {
  for (const char* name : {"jobs/a", "jobs/b", "jobs/c"}) {
    Stored<JobRecord> job = NewJob(name);
    ASSERT_TRUE(Write(job).ok());
  }
  EXPECT_EQ(Pages(1, "", "create_time"), "a | b | c");
}

TEST_F(RepositoryTest, FilteredPagesAreFullThoughMatchesAreFarApart) {
  for (int i = 0; i < 12; ++i) {
    Put("jobs/j" + std::string(1, 'a' + i), v1::Job::STATE_PENDING, i % 4 == 0 ? "search" : "ads");
  }
  EXPECT_EQ(Pages(2, "labels.team = search", "create_time"), "ja je | ji");
  EXPECT_EQ(Pages(2, "labels.team = none"), "");
  EXPECT_EQ(Pages(2, "state = RUNNING"), "");
}

TEST_F(RepositoryTest, StatesAreFiltered) {
  Put("jobs/a", v1::Job::STATE_RUNNING);
  Put("jobs/b", v1::Job::STATE_FAILED);
  EXPECT_EQ(Pages(0, "state = RUNNING"), "a");
  EXPECT_EQ(Pages(0, "state != RUNNING"), "b");
}

TEST_F(RepositoryTest, WhatIsCreatedMeanwhileDoesNotShiftThePages) {
  for (const char* name : {"jobs/a", "jobs/b", "jobs/c"}) Put(name);
  const auto first = repository_.List<JobRecord>({2, "", "", ""});
  ASSERT_TRUE(first.ok());
  Put("jobs/d");
  const auto second = repository_.List<JobRecord>({2, first->next_page_token, "", ""});
  ASSERT_TRUE(second.ok());
  ASSERT_EQ(second->records.size(), 1u);
  EXPECT_EQ(second->records[0].resource().name(), "jobs/a");
}

TEST_F(RepositoryTest, PageTokenIsBoundToFilterAndOrder) {
  for (const char* name : {"jobs/a", "jobs/b"}) Put(name);
  const std::string token = repository_.List<JobRecord>({1, "", "", ""})->next_page_token;
  ASSERT_FALSE(token.empty());
  const ListArguments others[] = {{1, token, "state = RUNNING", ""}, {1, token, "", "create_time"}};
  for (const ListArguments& other : others) {
    const absl::Status status = repository_.List<JobRecord>(other).status();
    EXPECT_EQ(DetailsOf(status).field_violations[0].first, "page_token");
  }
}

// --- Common fields -----------------------------------------------------------------------------

TEST(CommonFieldsTest, EtagsMustMatchWhenTheyAreGiven) {
  EXPECT_TRUE(CheckEtag("jobs/a", "", "3").ok());
  EXPECT_TRUE(CheckEtag("jobs/a", "3", "3").ok());
  const absl::Status changed = CheckEtag("jobs/a", "2", "3");
  EXPECT_TRUE(absl::IsAborted(changed));
  EXPECT_EQ(DetailsOf(changed).reason, "ETAG_MISMATCH");
}

TEST(CommonFieldsTest, NamesAndLabelsAreChecked) {
  const auto fault = [](const v1::Job& job) {
    const ErrorDetails details = DetailsOf(CheckCommonFields(job, "job"));
    return details.field_violations.empty() ? "" : details.field_violations[0].first;
  };
  v1::Job job;
  std::string name;
  for (int i = 0; i < 200; ++i) name += "ñ";
  job.set_display_name(name);
  (*job.mutable_labels())["team.x-1_y"] = std::string(256, 'v');
  EXPECT_EQ(fault(job), "");
  job.set_display_name(name + "x");
  EXPECT_EQ(fault(job), "job.display_name");
  job.clear_display_name();
  (*job.mutable_labels())["team"] = std::string(257, 'v');
  EXPECT_EQ(fault(job), "job.labels.team");
  job.clear_labels();
  for (const std::string& key : {std::string(), std::string("Team"), std::string("1"),
                                 std::string("a b"), std::string(64, 'k')}) {
    job.clear_labels();
    (*job.mutable_labels())[key] = "v";
    EXPECT_EQ(fault(job), "job.labels") << key;
  }
  job.clear_labels();
  for (int i = 0; i < 65; ++i) (*job.mutable_labels())["k" + std::to_string(i)] = "v";
  EXPECT_EQ(fault(job), "job.labels");
}

}  // namespace
}  // namespace tunegate::resources
