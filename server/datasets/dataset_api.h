// DatasetApi: the methods of DatasetService, without gRPC.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_API_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_API_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/rpc/caller.h"
#include "tunegate/v1/dataset.pb.h"

namespace tunegate::datasets {

// The largest file that an import takes.
inline constexpr int64_t kMaxImportBytes = 200'000'000;

// One import under way: pieces in, a dataset out. Nothing is kept unless Finish is reached. Not
// thread-safe.
class DatasetImport {
 public:
  DatasetImport(resources::Repository* repository, rpc::Caller caller)
      : repository_(repository), caller_(std::move(caller)) {}

  // INVALID_FIELD for pieces out of order, RESOURCE_EXHAUSTED (FILE_TOO_LARGE).
  absl::Status Take(const v1::ImportDatasetRequest& request);
  absl::StatusOr<v1::ImportDatasetResponse> Finish();

 private:
  absl::StatusOr<v1::ImportDatasetResponse> Answer(const std::string& name);

  resources::Repository* repository_;
  const rpc::Caller caller_;
  bool has_spec_ = false;
  v1::ImportDatasetRequest::ImportSpec spec_;
  std::string bytes_;
};

// Thread-safe; blocks on the store. Errors as dataset.proto says. What it is given is not owned.
class DatasetApi {
 public:
  DatasetApi(resources::Repository* repository, const providers::ProviderSet* providers)
      : repository_(repository), providers_(providers) {}

  absl::StatusOr<v1::GenerateDatasetsResponse> GenerateDatasets(
      const rpc::Caller& caller, const v1::GenerateDatasetsRequest& request);
  std::unique_ptr<DatasetImport> StartImport(const rpc::Caller& caller) {
    return std::make_unique<DatasetImport>(repository_, caller);
  }
  // The dataset's bytes as a file.
  absl::StatusOr<store::BlobFile> ExportFile(const std::string& name);
  absl::StatusOr<v1::UploadDatasetResponse> UploadDataset(const rpc::Caller& caller,
                                                          const v1::UploadDatasetRequest& request);
  absl::StatusOr<v1::GetDatasetResponse> GetDataset(const rpc::Caller& caller,
                                                    const v1::GetDatasetRequest& request);
  absl::StatusOr<v1::ListDatasetsResponse> ListDatasets(const rpc::Caller& caller,
                                                        const v1::ListDatasetsRequest& request);
  absl::StatusOr<v1::ListFindingsResponse> ListFindings(const rpc::Caller& caller,
                                                        const v1::ListFindingsRequest& request);
  absl::StatusOr<v1::DeleteDatasetResponse> DeleteDataset(const rpc::Caller& caller,
                                                          const v1::DeleteDatasetRequest& request);

 private:
  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
};

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_API_H_
