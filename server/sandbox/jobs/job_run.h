// JobRun: brings one fine-tuning job from where it stands to its end: validates its files, trains,
// reports, keeps checkpoints. It can be left at any step and begun again: training is
// deterministic, so what was reported already is trained again, at full speed, and not reported
// twice.
#ifndef TUNEGATE_SERVER_SANDBOX_JOBS_JOB_RUN_H_
#define TUNEGATE_SERVER_SANDBOX_JOBS_JOB_RUN_H_

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/sandbox/file_store.h"
#include "server/sandbox/jobs/job_store.h"
#include "server/sandbox/models.h"
#include "server/sandbox/training/trainer.h"

namespace tunegate::sandbox {

// Belongs to one thread; what it works on is shared.
class JobRun {
 public:
  struct Context {
    JobStore& jobs;
    FileStore& files;
    ModelStore& models;
    const Clock& clock;
    std::function<absl::Duration()> pace;  // how long a step lasts at least
    const std::atomic<bool>& stopping;     // the server is going down: leave things as they are
  };

  JobRun(const Context& context, std::string job_id) : context_(context), id_(std::move(job_id)) {}

  // Returns when the job has ended, or its status says that it is not ours any more (paused,
  // cancelled), or the server is stopping. A job at fault becomes `failed`; an error here means
  // that the disk refused.
  absl::Status Run();

 private:
  struct Data {
    ChatLines training;
    ChatLines validation;
  };
  struct Row {
    int step;
    Classifier::Score train;
    std::optional<Classifier::Score> valid;
  };

  absl::StatusOr<Data> ReadData(const Job& job) const;
  absl::StatusOr<ChatLines> ReadFile(const std::string& id, const std::string& param,
                                     int min_examples) const;
  absl::Status Validate(const Job& job);
  absl::Status Start(const Job& job);
  absl::Status Train(const Job& job);
  absl::Status TrainTo(const Job& job, Trainer& trainer);
  bool MayGoOn(int step);
  absl::Status ApplyFault(const Job& job, int step);
  absl::Status Report(const Trainer& trainer, const Row& row);
  absl::Status KeepCheckpoint(const Job& job, const Trainer& trainer, const Row& row);
  absl::Status Succeed(const Job& job, int64_t trained_tokens);
  absl::Status Fail(const std::string& code, const std::string& message, const std::string& param);
  absl::Status FailBecause(const absl::Status& cause);

  const Context context_;
  const std::string id_;
  int reported_step_ = 0;      // by an earlier run
  int checkpointed_step_ = 0;  // by an earlier run
  std::vector<Row> rows_;
  absl::Time steps_begin_time_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_JOBS_JOB_RUN_H_
