#include "server/datasets/dataset_api.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/digest.h"
#include "common/errors.h"
#include "server/datasets/dataset_builder.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/datasets/remote_copies.h"
#include "server/resources/names.h"
#include "server/resources/rows.h"
#include "server/tasks/task_api.h"

namespace tunegate::datasets {
namespace {

using resources::Stored;
using store::v1::DatasetRecord;

constexpr int kFindingsInAnswer = 100;

absl::Status ReadInto(resources::Repository& repository, const std::string& name,
                      v1::Dataset& dataset) {
  TG_ASSIGN_OR_RETURN(auto stored, repository.Get<DatasetRecord>(name));
  dataset = std::move(stored.resource());
  return absl::OkStatus();
}

// Commits what `stage` puts into a transaction; from the start again when bytes that it put were
// erased with another dataset before the commit.
absl::StatusOr<std::string> StageAndCommit(
    resources::Repository& repository, const resources::Creation& creation, const std::string& name,
    const std::function<absl::Status(store::Transaction&)>& stage) {
  while (true) {
    store::Transaction transaction;
    TG_RETURN_IF_ERROR(stage(transaction));
    auto made = repository.CommitCreation(std::move(transaction), creation, name);
    if (made.ok() || DetailsOf(made.status()).reason != "BLOB_GONE") return made;
  }
}

}  // namespace

absl::Status DatasetImport::Take(const v1::ImportDatasetRequest& request) {
  if (request.has_spec()) {
    if (has_spec_) return InvalidField("spec", "may come once, in the first message");
    spec_ = request.spec();
    has_spec_ = true;
    TG_RETURN_IF_ERROR(resources::CheckCommonFields(spec_.dataset(), "spec.dataset"));
    TG_ASSIGN_OR_RETURN(const v1::Task task,
                        tasks::FindTask(*repository_, spec_.dataset().task(), "spec.dataset.task"));
    return CheckImportSpec(task, spec_);
  }
  if (!has_spec_) return InvalidField("spec", "must come in the first message, chunks after it");
  if (static_cast<int64_t>(bytes_.size() + request.chunk().size()) > kMaxImportBytes) {
    return ResourceExhausted("FILE_TOO_LARGE",
                             absl::StrCat("an import takes at most ", kMaxImportBytes / 1'000'000,
                                          " MB; split the file"));
  }
  bytes_ += request.chunk();
  return absl::OkStatus();
}

absl::StatusOr<v1::ImportDatasetResponse> DatasetImport::Finish() {
  if (!has_spec_) return InvalidField("spec", "must come in the first message");
  resources::Creation creation;
  creation.caller = caller_;
  creation.method = "ImportDataset";
  creation.request_id = spec_.request_id();
  creation.digest = Sha256Hex(absl::StrCat(resources::MessageDigest(spec_), Sha256Hex(bytes_)));
  TG_ASSIGN_OR_RETURN(const auto earlier, repository_->FindCreated(creation));
  if (earlier.has_value()) return Answer(*earlier);
  TG_ASSIGN_OR_RETURN(const v1::Task task,
                      tasks::FindTask(*repository_, spec_.dataset().task(), "spec.dataset.task"));
  TG_ASSIGN_OR_RETURN(const std::string name,
                      resources::MakeName("spec.dataset_id", "datasets", spec_.dataset_id(),
                                          repository_->clock().Now()));
  TG_ASSIGN_OR_RETURN(const BuiltDataset built, BuildFromBytes(task, spec_, bytes_));
  const auto stage = [&](store::Transaction& transaction) {
    Stored<DatasetRecord> stored;
    v1::Dataset& dataset = stored.resource();
    dataset.set_name(name);
    dataset.set_display_name(spec_.dataset().display_name());
    *dataset.mutable_labels() = spec_.dataset().labels();
    dataset.set_task(task.name());
    dataset.set_split(spec_.dataset().split());
    return StageDataset(*repository_, built, stored, transaction);
  };
  TG_ASSIGN_OR_RETURN(const std::string made, StageAndCommit(*repository_, creation, name, stage));
  return Answer(made);
}

absl::StatusOr<v1::ImportDatasetResponse> DatasetImport::Answer(const std::string& name) {
  v1::ImportDatasetResponse response;
  TG_RETURN_IF_ERROR(ReadInto(*repository_, name, *response.mutable_dataset()));
  TG_RETURN_IF_ERROR(resources::ReadRowPageInto(repository_->store(), name, kFindingsStream,
                                                kFindingsInAnswer, "",
                                                [&] { return response.add_findings(); })
                         .status());
  return response;
}

absl::StatusOr<v1::GenerateDatasetsResponse> DatasetApi::GenerateDatasets(
    const rpc::Caller& caller, const v1::GenerateDatasetsRequest& request) {
  const resources::Creation creation = resources::CreationOf(caller, "GenerateDatasets", request);
  TG_ASSIGN_OR_RETURN(auto made, repository_->FindCreated(creation));
  if (!made.has_value()) {
    TG_ASSIGN_OR_RETURN(const v1::Task task, tasks::FindTask(*repository_, request.task(), "task"));
    // The prefix is checked, or made, as the id of a dataset with the longest of the endings.
    constexpr std::string_view kLongestEnding = "-validation";
    TG_ASSIGN_OR_RETURN(
        const std::string name,
        resources::MakeName("id_prefix", "datasets",
                            request.id_prefix().empty()
                                ? ""
                                : absl::StrCat(request.id_prefix(), std::string(kLongestEnding)),
                            repository_->clock().Now()));
    std::string prefix(resources::IdOf(name));
    if (!request.id_prefix().empty()) prefix = request.id_prefix();
    const SplitNames names = NamesOfSplits(prefix);
    const auto stage = [&](store::Transaction& transaction) {
      return StageGenerated(*repository_, task, request.spec(), names, /*owner=*/"", transaction);
    };
    TG_ASSIGN_OR_RETURN(made, StageAndCommit(*repository_, creation, names.train, stage));
  }
  constexpr size_t kTrainEnding = sizeof("-train") - 1;
  const std::string prefix(
      resources::IdOf(*made).substr(0, resources::IdOf(*made).size() - kTrainEnding));
  const SplitNames names = NamesOfSplits(prefix);
  v1::GenerateDatasetsResponse response;
  TG_RETURN_IF_ERROR(ReadInto(*repository_, names.train, *response.mutable_train()));
  TG_RETURN_IF_ERROR(ReadInto(*repository_, names.validation, *response.mutable_validation()));
  TG_RETURN_IF_ERROR(ReadInto(*repository_, names.test, *response.mutable_test()));
  return response;
}

absl::StatusOr<store::BlobFile> DatasetApi::ExportFile(const std::string& name) {
  TG_ASSIGN_OR_RETURN(const auto stored, repository_->Get<DatasetRecord>(name));
  if (stored.record.delete_requested()) {
    return FailedPrecondition(
        "DATASET_DELETED",
        absl::StrCat(name, " has no bytes any more; its digest was ", stored.resource().sha256()));
  }
  return repository_->store().OpenBlob(stored.resource().sha256());
}

absl::StatusOr<v1::UploadDatasetResponse> DatasetApi::UploadDataset(
    const rpc::Caller&, const v1::UploadDatasetRequest& request) {
  TG_ASSIGN_OR_RETURN(const providers::Provider* provider,
                      providers_->Find(request.provider(), "provider"));
  TG_ASSIGN_OR_RETURN(const auto usable, GetUsable(*repository_, request.name(),
                                                   v1::Dataset::SPLIT_UNSPECIFIED, "name"));
  if (usable.resource().split() == v1::Dataset::SPLIT_TEST) {
    return FailedPrecondition(
               "TEST_NEVER_UPLOADED",
               absl::StrCat(request.name(), " is a test set, which never leaves this server"))
        .Field("name", "is a test set");
  }
  const auto ask = [&](Stored<DatasetRecord>& stored, store::Transaction& transaction) {
    return RequestUpload(*repository_, provider->name(), /*waiter=*/"", stored, transaction);
  };
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Update<DatasetRecord>(request.name(), ask));
  v1::UploadDatasetResponse response;
  *response.mutable_dataset() = std::move(stored.resource());
  return response;
}

absl::StatusOr<v1::GetDatasetResponse> DatasetApi::GetDataset(
    const rpc::Caller&, const v1::GetDatasetRequest& request) {
  v1::GetDatasetResponse response;
  TG_RETURN_IF_ERROR(ReadInto(*repository_, request.name(), *response.mutable_dataset()));
  return response;
}

absl::StatusOr<v1::ListDatasetsResponse> DatasetApi::ListDatasets(
    const rpc::Caller&, const v1::ListDatasetsRequest& request) {
  TG_ASSIGN_OR_RETURN(auto page,
                      repository_->List<DatasetRecord>(resources::ListArgumentsOf(request)));
  v1::ListDatasetsResponse response;
  for (DatasetRecord& record : page.records) {
    *response.add_datasets() = std::move(*record.mutable_resource());
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::ListFindingsResponse> DatasetApi::ListFindings(
    const rpc::Caller&, const v1::ListFindingsRequest& request) {
  TG_ASSIGN_OR_RETURN(const auto stored,
                      repository_->Get<DatasetRecord>(request.parent(), "parent"));
  v1::ListFindingsResponse response;
  // They quote examples; also before they are erased, and where an older server left them.
  if (stored.record.delete_requested()) return response;
  TG_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      resources::ReadRowPageInto(repository_->store(), request.parent(), kFindingsStream,
                                 request.page_size(), request.page_token(),
                                 [&] { return response.add_findings(); }));
  return response;
}

absl::StatusOr<v1::DeleteDatasetResponse> DatasetApi::DeleteDataset(
    const rpc::Caller&, const v1::DeleteDatasetRequest& request) {
  const auto ask = [&](Stored<DatasetRecord>& stored,
                       store::Transaction& transaction) -> absl::Status {
    TG_RETURN_IF_ERROR(
        resources::CheckEtag(request.name(), request.etag(), stored.resource().etag()));
    if (stored.resource().state() == v1::Dataset::STATE_DELETED) return absl::OkStatus();
    transaction.schedule.push_back({request.name(), absl::ZeroDuration()});
    if (stored.record.delete_requested()) {
      const std::vector<std::string> dropped =
          DropUnverified(stored.record, repository_->clock().Now());
      if (!dropped.empty()) {
        repository_->Write(transaction, stored, v1::Event::TYPE_UPDATED,
                           absl::StrCat("delete asked for again; not verified: that no copy is at ",
                                        absl::StrJoin(dropped, ", ")));
      }
      return absl::OkStatus();
    }
    stored.record.set_delete_requested(true);
    stored.resource().set_state(v1::Dataset::STATE_DELETING);
    repository_->Write(transaction, stored, v1::Event::TYPE_STATE_CHANGED, "delete asked for");
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Update<DatasetRecord>(request.name(), ask));
  v1::DeleteDatasetResponse response;
  *response.mutable_dataset() = std::move(stored.resource());
  return response;
}

}  // namespace tunegate::datasets
