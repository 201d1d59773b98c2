#include "server/sandbox/jobs/job.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace tunegate::sandbox {
namespace {

using S = JobStatus;
constexpr S kAll[] = {S::kValidatingFiles, S::kQueued, S::kRunning,  S::kPaused,
                      S::kSucceeded,       S::kFailed, S::kCancelled};

TEST(JobTest, EveryPairOfStatusesIsDecided) {
  const std::map<S, std::set<S>> allowed = {
      {S::kValidatingFiles, {S::kQueued, S::kFailed, S::kCancelled}},
      {S::kQueued, {S::kRunning, S::kPaused, S::kFailed, S::kCancelled}},
      {S::kRunning, {S::kPaused, S::kSucceeded, S::kFailed, S::kCancelled}},
      {S::kPaused, {S::kQueued, S::kCancelled}},
      {S::kSucceeded, {}},
      {S::kFailed, {}},
      {S::kCancelled, {}}};
  for (S from : kAll) {
    for (S to : kAll) {
      EXPECT_EQ(MayBecome(from, to), allowed.at(from).count(to) == 1)
          << JobStatusName(from) << " to " << JobStatusName(to);
    }
    EXPECT_EQ(IsFinished(from), allowed.at(from).empty());
  }
}

Job Sample() {
  Job job;
  job.id = "ftjob-0123456789abcdef";
  job.model = "gpt-4o-mini";
  job.training_file = "file-1";
  job.suffix = "x";
  job.status = S::kSucceeded;
  job.sequence = 4;
  job.created_at = 10;
  job.finished_at = 20;
  job.trained_tokens = 30;
  job.seed = 5;
  job.hyperparameters = {3, std::nullopt, 1.5};
  job.metadata = json::Object({{"k", "v"}});
  job.result_files = {"file-2"};
  job.fault.fail_at_step = 2;
  return job;
}

TEST(JobTest, RecordsReadBackTheSame) {
  const Job job = Sample();
  const Job read = Job::FromRecord(*json::Parse(json::Write(job.ToRecord())));
  EXPECT_EQ(json::Write(read.ToRecord()), json::Write(job.ToRecord()));
  EXPECT_EQ(read.fault.fail_at_step, 2);
}

TEST(JobTest, WireFormHasWhatIsUnknownAsNullOrAuto) {
  const json::Value wire = Sample().ToJson();
  EXPECT_TRUE(wire["validation_file"].IsNull());
  EXPECT_TRUE(wire["fine_tuned_model"].IsNull());
  EXPECT_TRUE(wire["error"].IsObject());
  EXPECT_EQ(wire["hyperparameters"]["batch_size"].String(), "auto");
  EXPECT_EQ(wire["method"]["supervised"]["hyperparameters"]["n_epochs"].IntegerOr(0), 3);
  EXPECT_EQ(wire.Find("fault"), nullptr);
}

TEST(JobTest, ModelNamesTellBaseSuffixAndJob) {
  EXPECT_EQ(Sample().ModelName(), "ft:gpt-4o-mini:sandbox:x:89abcdef");
  EXPECT_EQ(Sample().CheckpointName(12), "ft:gpt-4o-mini:sandbox:x:89abcdef:ckpt-step-12");
}

}  // namespace
}  // namespace tunegate::sandbox
