// BatchRun: one step of an evaluation in batch mode. What is next follows from the record alone:
//
//   a POST in doubt -> find out        a file to send -> upload        a file is there -> create
//   the provider has batches -> look; one has ended -> its answers into the ledger, and new batches
//   for what came back without one     nothing under way -> make batches, or report
//
// A step ends with a commit that says when the next one is due; between looks at the provider,
// which become rarer, nothing is held. Cancelled or hopeless, it calls off what is under way, keeps
// what was answered, and ends.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_RUN_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_RUN_H_

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/evaluations/run/batch_book.h"
#include "server/evaluations/run/batch_collector.h"
#include "server/evaluations/run/batch_step.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/providers/provider.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Not thread-safe; used once. What it is given by pointer outlives it.
class BatchRun {
 public:
  // `record` is RUNNING or CANCELLING, as just read.
  BatchRun(resources::Repository* repository, const providers::ProviderSet* providers,
           const store::v1::EvaluationRecord& record, const store::Lease& lease,
           const BatchOptions* options);

  // One step. Errors of the store, and those of LoadInputs and of the report: the evaluation cannot
  // be done.
  absl::Status Go();

 private:
  absl::Status Step();
  absl::Status Submit(const store::v1::ProviderBatch& batch);
  // Looks at the batches that the provider has, until one has ended.
  absl::Status Follow();
  // Asks for the end of every batch that has not ended.
  absl::Status CallOffAll();
  absl::Status CallOff(providers::Provider& provider, const store::v1::ProviderBatch& batch,
                       const providers::RemoteBatch& seen);
  absl::Status TellProgress(const std::vector<providers::RemoteBatch>& seen);
  // The provider does not know it: it may be late, or it is lost.
  absl::Status AfterLoss(const store::v1::ProviderBatch& batch, const absl::Status& error);
  // A denial: of the batch itself, or, with the status that it `ended` with, of what it gave.
  absl::Status BeginDenial(const store::v1::ProviderBatch& batch, std::string_view ended,
                           const absl::Status& error);
  bool LossIsSure(const store::v1::ProviderBatch& batch) const;

  absl::Status TakeEnded(const store::v1::ProviderBatch& batch, const providers::RemoteBatch& seen);
  absl::Status TakeRejected(const store::v1::ProviderBatch& batch,
                            const providers::RemoteBatch& seen);
  absl::Status Collect(const store::v1::ProviderBatch& batch, const providers::RemoteBatch& seen);
  // Its answers can never be read, and nobody waits for them.
  absl::Status PutAside(const store::v1::ProviderBatch& batch, const providers::RemoteBatch& seen,
                        const absl::Status& why);
  absl::Status Settle(const store::v1::ProviderBatch& batch, const providers::RemoteBatch& seen,
                      const BatchHarvest& harvest, std::vector<store::Row> rows);
  absl::StatusOr<std::vector<store::v1::ProviderBatch>> PlanMore(
      const BatchStep::Change& collected);
  // Makes batches for what is left, or ends.
  absl::Status PlanOrFinish();
  absl::Status Finish();

  absl::Status LoadBook();
  // Whether its own file is gone.
  bool DeleteFiles(const store::v1::ProviderBatch& batch, const providers::RemoteBatch* seen);
  absl::Status End(const RunEnd& end, std::vector<store::Row> rows);
  absl::Duration PollDelay() const;
  int OpenCount() const;

  BatchStep step_;
  const store::Lease lease_;
  std::unique_ptr<const RunInputs> inputs_;  // with the book, when they are needed
  std::optional<BatchBook> book_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_RUN_H_
