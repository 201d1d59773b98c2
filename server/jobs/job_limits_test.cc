// However much a provider says, its job can be recorded.
#include "server/jobs/job_limits.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::jobs {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class JobLimitsTest : public JobTest {
 protected:
  static std::string Long(const std::string& begin, size_t bytes) {
    return begin + std::string(bytes - begin.size(), 'x');
  }
  std::string LastMessage(const std::string& name) { return EventsOf(name).back().message(); }
};

TEST_F(JobLimitsTest, EventsOfOneTimeKeepOnlyTheNewestIds) {
  const std::string name = CreateRunning();
  for (int i = 0; i < 600; ++i) {
    providers::RemoteEvent event;
    event.id = Long(absl::StrCat("ev-", 1000 + i, "-"), 190);
    event.time = absl::FromUnixSeconds(1);  // as of a provider that tells no time
    event.type = "message";
    provider().AddEvent(RemoteId(), event);
  }
  RunFor(kPoll * 2);
  const store::v1::JobRecord record = GetRecord(name);
  ASSERT_EQ(record.last_provider_event_ids_size(), kMostEventIds);
  EXPECT_THAT(record.last_provider_event_ids(kMostEventIds - 1), HasSubstr("ev-1599-"));
  EXPECT_EQ(record.failed_calls(), 0);
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  EXPECT_EQ(Get(name).state(), v1::Job::STATE_SUCCEEDED);
}

TEST_F(JobLimitsTest, LongTextsAreCut) {
  const std::string name = CreateRunning();
  provider().SetJobStatus(RemoteId(), Long("pondering", 100'000));
  RunFor(kPoll);
  EXPECT_THAT(Get(name).provider_status(), SizeIs(kWordBytes));
  provider().FailJob(RemoteId(), Long("bad_file", 100'000), Long("line 3 is no JSON", 100'000));
  RunFor(kPoll);
  const v1::Job job = Get(name);
  EXPECT_EQ(job.state(), v1::Job::STATE_FAILED);
  EXPECT_THAT(job.failure().message(), testing::StartsWith("line 3 is no JSON"));
  EXPECT_THAT(job.failure().message(), testing::EndsWith("..."));
  EXPECT_THAT(job.failure().message(), SizeIs(kMessageBytes));
  EXPECT_THAT(job.failure().provider_code(), SizeIs(kWordBytes));
}

TEST_F(JobLimitsTest, FiguresBeyondTheRoomAreLeftOutAndCounted) {
  const std::string name = CreateRunning();
  providers::RemoteEvent event;
  event.type = "metrics";
  event.figures = {{"step", 1}, {"total_steps", 10}};
  for (int i = 0; i < 2000; ++i) event.figures[Long(absl::StrCat("f", i, "-"), 300)] = i;
  provider().AddEvent(RemoteId(), event);
  RunFor(kPoll);
  EXPECT_EQ(Get(name).progress().done(), 1);
  EXPECT_EQ(Get(name).progress().figures_size(), kMostFigures);
  EXPECT_EQ(MetricsOf(name).at(0).figures_size(), kMostFigures);
  EXPECT_THAT(LastMessage(name), HasSubstr("no room for 1936 of its figures"));
}

TEST_F(JobLimitsTest, OldCheckpointsBeyondTheRoomAreLeftOutAndCounted) {
  const std::string name = CreateRunning();
  constexpr int kCheckpoints = 3000;
  for (int i = 1; i <= kCheckpoints; ++i) {
    provider().AddCheckpoint(RemoteId(), {absl::StrCat("ckpt-", i),
                                          absl::StrCat("ft:fake:1:ckpt-step-", i),
                                          i,
                                          {{"train_loss", 1.0 / i}, {"valid_loss", 1.0 / i}}});
  }
  provider().SucceedJob(RemoteId(), "ft:fake:1");
  RunFor(kPoll);
  const v1::Job job = Get(name);
  ASSERT_EQ(job.state(), v1::Job::STATE_SUCCEEDED);
  EXPECT_GE(job.checkpoints_size(), 100);
  EXPECT_EQ(job.checkpoints(0).step(), kCheckpoints - job.checkpoints_size() + 1);
  EXPECT_EQ(job.checkpoints().rbegin()->step(), kCheckpoints);
  EXPECT_THAT(LastMessage(name),
              HasSubstr(absl::StrCat("no room for ", kCheckpoints - job.checkpoints_size(),
                                     " older checkpoints")));
}

TEST_F(JobLimitsTest, NewestCheckpointsStayThoughTheyAreListedFirst) {
  std::vector<providers::RemoteCheckpoint> newest_first;
  for (int i = 3000; i > 0; --i) newest_first.push_back({"", absl::StrCat("model-", i), i, {}});
  v1::Job job;
  const size_t left_out = SetCheckpoints(newest_first, job);
  EXPECT_EQ(left_out + static_cast<size_t>(job.checkpoints_size()), newest_first.size());
  EXPECT_EQ(job.checkpoints(0).step(), 3000);
  EXPECT_GT(job.checkpoints(0).step(), job.checkpoints(1).step());
}

}  // namespace
}  // namespace tunegate::jobs
