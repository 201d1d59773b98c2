// From what a caller asks for to a job that can run: everything is checked before anything is kept.
#ifndef TUNEGATE_SERVER_JOBS_JOB_SPEC_H_
#define TUNEGATE_SERVER_JOBS_JOB_SPEC_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/json.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::jobs {

// What the server's configuration adds.
struct JobDefaults {
  std::string base_model = "gpt-4o-mini-2024-07-18";
};

// A job ready to be stored and run, with its quote. `field` is the path of `spec` in the request
// ("job"). INVALID_FIELD, NOT_FOUND (a dataset), FAILED_PRECONDITION (TEST_NEVER_UPLOADED,
// DATASET_INVALID, BUDGET_TOO_SMALL when the quote is above budget.max_cost).
absl::StatusOr<resources::Stored<store::v1::JobRecord>> NewJob(
    resources::Repository& repository, const providers::ProviderSet& providers,
    const JobDefaults& defaults, const v1::Job& spec, const std::string& name,
    std::string_view owner, std::string_view field);

// The part of these checks that needs no dataset: for templates of jobs that are made later.
absl::Status CheckSettings(const v1::Job& spec, std::string_view path);

// Adds the job and its first step to `transaction`.
void StageJob(resources::Repository& repository, resources::Stored<store::v1::JobRecord>& job,
              store::Transaction& transaction);

// The provider's `method` object; null when the job leaves everything to the provider.
json::Value MethodOf(const v1::Job& job);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_SPEC_H_
