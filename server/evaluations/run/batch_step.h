// BatchStep: what the parts of a step in batch mode share: the record as it stands, the providers,
// and the one way to commit. A step does one thing, commits it, and says when the next one is due;
// no thread waits for a provider's day.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_STEP_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_STEP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/evaluations/run/batch_planner.h"
#include "server/evaluations/run/batch_window.h"
#include "server/evaluations/run/list_prices.h"
#include "server/evaluations/run/run_end.h"
#include "server/evaluations/run/run_tally.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::evaluations {

struct BatchOptions {
  // A batch is looked at first after so long, and then the less often the older it is.
  absl::Duration poll_interval = absl::Seconds(5);
  absl::Duration longest_poll = absl::Minutes(1);
  // After a POST with unknown outcome: how long the list is searched before another POST.
  absl::Duration settle_time = absl::Seconds(30);
  absl::Duration create_timeout = absl::Seconds(30);
  // As the runner's.
  absl::Duration lease_duration = absl::Seconds(30);
  // Rows that are committed together while answers are read.
  size_t rows_per_commit = 500;
  BatchLimits limits;
  Prices prices = BatchListPrices();
};

// Nothing more is asked: somebody cancelled, or it cannot be done. What is under way is called off,
// and nothing holds that up: no pause, and nobody who is waited for.
bool WindsDown(const store::v1::EvaluationRecord& record);

// Not thread-safe; used once. What it is given by pointer outlives it.
class BatchStep {
 public:
  // What it returns, if not OK, is what the commit returns instead of being made.
  using Change = std::function<absl::Status(store::v1::EvaluationRecord&)>;

  BatchStep(resources::Repository* repository, const providers::ProviderSet* providers,
            const store::v1::EvaluationRecord& record, const store::Lease& lease,
            const BatchOptions* options)
      : repository_(*repository),
        providers_(*providers),
        record_(record),
        lease_(lease),
        options_(*options) {}

  // As read, or as last committed by this step.
  const store::v1::EvaluationRecord& record() const { return record_; }
  const std::string& name() const { return lease_.name; }
  resources::Repository& repository() const { return repository_; }
  const providers::ProviderSet& providers() const { return providers_; }
  const BatchOptions& options() const { return options_; }
  const Clock& clock() const { return repository_.clock(); }
  absl::Time now() const { return clock().Now(); }
  bool winding_down() const { return WindsDown(record_); }

  // Who is asked for a batch. FAILED_PRECONDITION (kProviderNotConfigured).
  absl::StatusOr<providers::Provider*> ProviderOf(const store::v1::ProviderBatch& batch) const;

  // --- Commits: all under the lease; errors as Store::Commit ------------------------------------
  // Commits `change` and what happened, and ends the step: the work is due again after `delay`.
  absl::Status End(absl::Duration delay, v1::Event::Type type, std::string_view message,
                   const Change& change);
  // Ends it with nothing to tell, but for the end of a provider's trouble.
  absl::Status EndQuietly(absl::Duration delay);
  // Commits and goes on, with the lease held for `hold` from now.
  absl::Status GoOn(absl::Duration hold, v1::Event::Type type, std::string_view message,
                    const Change& change);
  // The same for rows alone.
  absl::Status GoOn(absl::Duration hold, std::vector<store::Row> rows);

  // The change of the batch of this intent (see ChangeOf) by which its settle time begins now.
  Change BeginSettling(const std::string& intent_id) const;

  // --- Ways to end ------------------------------------------------------------------------------
  // A person is needed.
  absl::Status Block(const v1::Failure& failure, const Change& change);
  // It cannot be done: from here on it winds down, and then ends FAILED.
  absl::Status Fail(const v1::Failure& failure, const Change& change);
  // The provider could not be asked: by what its error means, blocks or comes back later, after the
  // longer a time the more steps in a row ended so.
  absl::Status AfterTrouble(const absl::Status& error, std::string_view what,
                            const Change& change = NoChange);
  static absl::Status NoChange(store::v1::EvaluationRecord&) { return absl::OkStatus(); }

 private:
  resources::Repository& repository_;
  const providers::ProviderSet& providers_;
  store::v1::EvaluationRecord record_;
  const store::Lease lease_;
  const BatchOptions& options_;
};

// A change of the batch of this intent. ABORTED (LEASE_LOST) for a record without it: only the
// holder of the lease adds and removes batches, so it is another by now.
BatchStep::Change ChangeOf(const std::string& intent_id,
                           std::function<void(store::v1::ProviderBatch&)> change);

// Calls of an arm that the provider may have answered, and billed, twice.
void CountMaybeRepeated(Arm arm, int64_t calls, store::v1::EvaluationRecord& record);

// "200 calls to the candidate".
std::string Describe(const store::v1::ProviderBatch& batch);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_STEP_H_
