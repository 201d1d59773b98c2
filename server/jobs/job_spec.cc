#include "server/jobs/job_spec.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/utf8.h"
#include "google/protobuf/util/json_util.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/jobs/job_kind.h"
#include "server/pricing/budget.h"
#include "server/pricing/price_table.h"

namespace tunegate::jobs {
namespace {

using resources::Repository;
using resources::Stored;
using store::v1::JobRecord;

absl::Status CheckSupervised(const v1::Job::Supervised& supervised, const std::string& field) {
  if (supervised.has_n_epochs() && (supervised.n_epochs() < 1 || supervised.n_epochs() > 50)) {
    return InvalidField(field + ".n_epochs", "must be 1 to 50, or unset for the provider's choice");
  }
  if (supervised.has_batch_size() &&
      (supervised.batch_size() < 1 || supervised.batch_size() > 256)) {
    return InvalidField(field + ".batch_size",
                        "must be 1 to 256, or unset for the provider's choice");
  }
  const double rate = supervised.learning_rate_multiplier();
  if (supervised.has_learning_rate_multiplier() && !(rate > 0 && rate <= 10)) {
    return InvalidField(field + ".learning_rate_multiplier",
                        "must be above 0 and at most 10, or unset for the provider's choice");
  }
  return absl::OkStatus();
}

// The dataset, if it may be sent to a provider at all.
absl::StatusOr<v1::Dataset> GetUploadable(Repository& repository, const std::string& name,
                                          v1::Dataset::Split split, const std::string& field) {
  TG_ASSIGN_OR_RETURN(const auto stored, repository.Get<store::v1::DatasetRecord>(name, field));
  if (stored.resource().split() == v1::Dataset::SPLIT_TEST) {
    return FailedPrecondition("TEST_NEVER_UPLOADED",
                              absl::StrCat(name,
                                           " is a test set, which never leaves this server; "
                                           "train on a training dataset"))
        .Field(field, "is a test set");
  }
  TG_ASSIGN_OR_RETURN(const auto usable, datasets::GetUsable(repository, name, split, field));
  return usable.resource();
}

void FillQuote(const v1::Dataset& train, v1::Job& job) {
  const int64_t epochs = job.supervised().has_n_epochs() ? job.supervised().n_epochs() : 3;
  const auto quote =
      pricing::CurrentPriceTable().TrainingCost(job.base_model(), train.token_estimate() * epochs);
  if (quote.has_value()) *job.mutable_quote() = *quote;
}

}  // namespace

absl::Status CheckSettings(const v1::Job& spec, std::string_view path) {
  const std::string field(path);
  TG_RETURN_IF_ERROR(resources::CheckCommonFields(spec, field));
  if (CodePointCount(spec.suffix()) > 64) {
    return InvalidField(field + ".suffix", "must have at most 64 characters");
  }
  if (spec.has_supervised()) {
    TG_RETURN_IF_ERROR(CheckSupervised(spec.supervised(), field + ".supervised"));
  }
  TG_RETURN_IF_ERROR(pricing::CheckBudget(spec.budget(), field + ".budget"));
  if (spec.has_provider_method() && spec.provider_method().fields().count("type") == 0) {
    return InvalidField(field + ".provider_method",
                        "must have a member `type`, as the provider's `method` object");
  }
  return absl::OkStatus();
}

absl::StatusOr<Stored<JobRecord>> NewJob(Repository& repository,
                                         const providers::ProviderSet& providers,
                                         const JobDefaults& defaults, const v1::Job& spec,
                                         const std::string& name, std::string_view owner,
                                         std::string_view field) {
  const std::string path(field);
  TG_RETURN_IF_ERROR(CheckSettings(spec, path));
  if (spec.training_dataset().empty()) {
    return InvalidField(path + ".training_dataset",
                        "is required: the name of a training dataset, e.g. datasets/my-train");
  }
  TG_ASSIGN_OR_RETURN(const providers::Provider* provider,
                      providers.Find(spec.provider(), path + ".provider"));
  TG_ASSIGN_OR_RETURN(const v1::Dataset train,
                      GetUploadable(repository, spec.training_dataset(), v1::Dataset::SPLIT_TRAIN,
                                    path + ".training_dataset"));
  if (!spec.validation_dataset().empty()) {
    TG_RETURN_IF_ERROR(GetUploadable(repository, spec.validation_dataset(),
                                     v1::Dataset::SPLIT_VALIDATION, path + ".validation_dataset")
                           .status());
  }
  Stored<JobRecord> stored;
  v1::Job& job = stored.resource();
  job.set_name(name);
  job.set_owner(std::string(owner));
  job.set_state(v1::Job::STATE_PENDING);
  job.set_display_name(spec.display_name());
  *job.mutable_labels() = spec.labels();
  job.set_training_dataset(spec.training_dataset());
  job.set_validation_dataset(spec.validation_dataset());
  job.set_provider(provider->name());
  job.set_base_model(spec.base_model().empty() ? defaults.base_model : spec.base_model());
  job.set_suffix(spec.suffix());
  if (spec.has_seed()) job.set_seed(spec.seed());
  if (spec.has_supervised()) *job.mutable_supervised() = spec.supervised();
  if (spec.has_provider_method()) *job.mutable_provider_method() = spec.provider_method();
  if (spec.has_budget()) *job.mutable_budget() = spec.budget();
  // The sandbox answers to names that have prices elsewhere; it costs nothing.
  if (!providers.IsSandbox(job.provider())) FillQuote(train, job);
  if (job.budget().has_max_cost() && job.has_quote() &&
      job.quote().micros() > job.budget().max_cost().micros()) {
    return FailedPrecondition(
               "BUDGET_TOO_SMALL",
               absl::StrCat("training should cost ", pricing::ToText(job.quote()),
                            ", the budget is ", pricing::ToText(job.budget().max_cost()),
                            "; raise it, or train on less"))
        .Field(path + ".budget.max_cost", "is below the quote");
  }
  stored.record.set_intent_id(RandomHex(16));
  return stored;
}

void StageJob(Repository& repository, Stored<JobRecord>& job, store::Transaction& transaction) {
  repository.Write(transaction, job, v1::Event::TYPE_CREATED,
                   absl::StrCat("fine-tune ", job.resource().base_model(), " on ",
                                job.resource().training_dataset()));
  transaction.schedule.push_back({job.resource().name(), absl::ZeroDuration()});
}

json::Value MethodOf(const v1::Job& job) {
  if (job.has_provider_method()) {
    std::string text;
    const auto written = google::protobuf::util::MessageToJsonString(job.provider_method(), &text);
    if (!written.ok()) return {};
    return json::Parse(text).value_or(json::Value());
  }
  if (!job.has_supervised()) return {};
  const v1::Job::Supervised& supervised = job.supervised();
  json::Value settings = json::Object();
  if (supervised.has_n_epochs()) settings.Set("n_epochs", supervised.n_epochs());
  if (supervised.has_batch_size()) settings.Set("batch_size", supervised.batch_size());
  if (supervised.has_learning_rate_multiplier()) {
    settings.Set("learning_rate_multiplier", supervised.learning_rate_multiplier());
  }
  return json::Object({{"type", "supervised"},
                       {"supervised", json::Object({{"hyperparameters", std::move(settings)}})}});
}

}  // namespace tunegate::jobs
