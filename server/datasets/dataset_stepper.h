// The durable work of datasets: sending copies to providers, and erasing them.
//
// A file is found again by its digest-bearing name and size, so that an upload whose answer was lost
// is not repeated: after an intent the provider's list is read before anything is sent.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_STEPPER_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_STEPPER_H_

#include "absl/status/status.h"
#include "server/admin/work_pause.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::datasets {

// Thread-safe. What it is given is not owned.
class DatasetStepper final : public runner::Stepper {
 public:
  DatasetStepper(resources::Repository* repository, const providers::ProviderSet* providers)
      : repository_(repository), providers_(providers) {}

  absl::Status Step(const store::Lease& lease, const runner::StopSignal& stop) override;

 private:
  using StoredDataset = resources::Stored<store::v1::DatasetRecord>;

  absl::Status StepUpload(const store::Lease& lease, StoredDataset stored,
                          const std::string& provider_name);
  absl::Status StepDelete(const store::Lease& lease, StoredDataset stored);
  // Records what came of an upload and wakes who waits for it.
  absl::Status FinishUpload(const store::Lease& lease, const std::string& provider_name,
                            const absl::StatusOr<providers::RemoteFile>& file);

  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
};

// "tunegate-SHA256.jsonl": the name of a dataset's file at providers.
std::string RemoteFileName(const v1::Dataset& dataset);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_STEPPER_H_
