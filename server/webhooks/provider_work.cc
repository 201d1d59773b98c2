#include "server/webhooks/provider_work.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::webhooks {
namespace {

using store::v1::EvaluationRecord;
using store::v1::JobRecord;
using store::v1::ProviderBatch;

// Also BLOCKED: what needs a person here goes on at the provider.
constexpr const char* kJobStates[] = {"RUNNING",    "QUEUED",  "VALIDATING", "PAUSED",
                                      "CANCELLING", "BLOCKED", "PENDING",    "UPLOADING"};
constexpr const char* kEvaluationStates[] = {"RUNNING", "CANCELLING", "BLOCKED"};

// The newest first, which is what a provider is likely to speak of.
template <typename Record, size_t kStates, typename Matches>
absl::StatusOr<std::optional<std::string>> FindRecord(store::Store& store, const char* kind,
                                                      const char* const (&states)[kStates],
                                                      Matches matches) {
  for (const char* state : states) {
    store::ListQuery query;
    query.kind = kind;
    query.state = state;
    query.limit = kMostOfAState;
    TG_ASSIGN_OR_RETURN(const std::vector<store::Record> rows, store.List(query));
    for (const store::Record& row : rows) {
      Record record;
      if (!record.ParseFromString(row.payload)) {
        return Internal("STORE_CORRUPT",
                        absl::StrCat("the stored record of ", row.name, " cannot be parsed"));
      }
      if (matches(record)) return std::optional<std::string>(row.name);
    }
  }
  return std::optional<std::string>();
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FindJob(store::Store& store, std::string_view provider,
                                                   std::string_view provider_job) {
  if (provider_job.empty()) return std::nullopt;  // what the provider has not made yet has no id
  return FindRecord<JobRecord>(store, "jobs", kJobStates, [&](const JobRecord& record) {
    return record.resource().provider_job() == provider_job &&
           record.resource().provider() == provider;
  });
}

absl::StatusOr<std::optional<std::string>> FindEvaluation(store::Store& store,
                                                          std::string_view provider,
                                                          std::string_view provider_batch) {
  if (provider_batch.empty()) return std::nullopt;
  const auto is_asked = [&](const EvaluationRecord& record) {
    return record.resource().baseline().provider() == provider ||
           record.resource().candidate().provider() == provider;
  };
  return FindRecord<EvaluationRecord>(
      store, "evaluations", kEvaluationStates, [&](const EvaluationRecord& record) {
        const auto& batches = record.batches();
        return is_asked(record) &&
               std::any_of(batches.begin(), batches.end(), [&](const ProviderBatch& batch) {
                 return batch.provider_batch() == provider_batch;
               });
      });
}

}  // namespace tunegate::webhooks
