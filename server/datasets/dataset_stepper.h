// The durable work of datasets: sending copies to providers, and erasing them.
//
// A file is found again by its digest-bearing name and size, so that an upload whose answer was
// lost is not repeated: after an intent the provider's list is read, over a settle time, before
// anything is sent again. Once the file is known, the list is read again for twins of it, which are
// deleted.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_STEPPER_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_STEPPER_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::datasets {

struct DatasetStepperOptions {
  // After an upload without an answer: how long the list is searched before another one.
  absl::Duration settle_time = absl::Seconds(30);
};

// How often a list is searched in which something may be missing yet.
inline constexpr absl::Duration kLookPoll = absl::Seconds(1);

// Thread-safe. What it is given is not owned.
class DatasetStepper final : public runner::Stepper {
 public:
  DatasetStepper(resources::Repository* repository, const providers::ProviderSet* providers,
                 DatasetStepperOptions options = {})
      : repository_(repository), providers_(providers), options_(options) {}

  absl::Status Step(const store::Lease& lease, const runner::StopSignal& stop) override;

 private:
  using StoredDataset = resources::Stored<store::v1::DatasetRecord>;
  using Change = std::function<void(StoredDataset&, store::Transaction&)>;
  // How it is known what came of an upload: by its answer, by the provider's list, or not yet.
  enum class Outcome { kAnswered, kFound, kInDoubt };

  // dataset_stepper.cc
  absl::Status StepUpload(const store::Lease& lease, StoredDataset stored,
                          const std::string& provider_name);
  // Says what keeps us from asking for an upload, which a person may mend, and tries again.
  absl::Status UploadLater(const store::Lease& lease, const std::string& provider_name,
                           const absl::Status& hindrance);
  // Nothing was found of an upload in doubt: looks again, once the doubt has a settle time.
  absl::Status LookAgain(const store::Lease& lease, const std::string& provider_name);
  // Records what came of an upload, or of a look for it, and wakes who waits for it.
  absl::Status FinishUpload(const store::Lease& lease, const std::string& provider_name,
                            const absl::StatusOr<providers::RemoteFile>& file, Outcome outcome);
  // Deletes the twins of a file whose upload was in doubt, now and when the list has settled.
  absl::Status StepTwins(const store::Lease& lease, const StoredDataset& stored,
                         const std::string& provider_name);
  absl::Status Finish(const store::Lease& lease);
  // Commits `change` under the lease.
  absl::Status Commit(const store::Lease& lease, const Change& change);

  // dataset_deletion.cc
  absl::Status StepDelete(const store::Lease& lease, const StoredDataset& stored);
  // Erases the bytes here, unless they serve another dataset.
  absl::Status EraseBytes(const StoredDataset& stored);
  // Deletes the copies at a provider; true when none is left to come.
  absl::StatusOr<bool> EraseCopies(const StoredDataset& stored, const std::string& provider_name);

  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
  const DatasetStepperOptions options_;
};

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_STEPPER_H_
