#include "server/datasets/dataset_service.h"

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/errors.h"
#include "server/datasets/dataset_api.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/streams.h"
#include "tunegate/v1/dataset.grpc.pb.h"

namespace tunegate::datasets {
namespace {

constexpr size_t kChunkBytes = 64 * 1024;

class ImportSink final : public rpc::Sink<v1::ImportDatasetRequest, v1::ImportDatasetResponse> {
 public:
  explicit ImportSink(std::unique_ptr<DatasetImport> import) : import_(std::move(import)) {}
  absl::Status Take(const v1::ImportDatasetRequest& request) override {
    const std::string& id = request.spec().dataset_id();
    if (!id.empty()) resource_ = "datasets/" + id;
    return import_->Take(request);
  }
  std::string resource() const override { return resource_; }
  absl::StatusOr<v1::ImportDatasetResponse> Finish() override { return import_->Finish(); }

 private:
  std::unique_ptr<DatasetImport> import_;
  std::string resource_;
};

// The file's bytes, piece by piece.
rpc::Source<v1::ExportDatasetResponse> FileSource(const std::string& path) {
  auto file = std::make_shared<std::ifstream>(path, std::ios::binary);
  return [file]() -> absl::StatusOr<std::optional<v1::ExportDatasetResponse>> {
    std::string chunk(kChunkBytes, '\0');
    file->read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    chunk.resize(static_cast<size_t>(file->gcount()));
    if (file->bad() || (!file->is_open())) {
      return Unavailable("STORE_UNAVAILABLE", "the dataset's bytes cannot be read from disk");
    }
    if (chunk.empty()) return std::nullopt;
    v1::ExportDatasetResponse response;
    response.set_chunk(std::move(chunk));
    return response;
  };
}

class DatasetServiceImpl final : public v1::DatasetService::CallbackService {
 public:
  DatasetServiceImpl(DatasetApi* api, rpc::Dispatcher* dispatcher)
      : api_(api), dispatcher_(dispatcher) {}

  TG_UNARY_RPC(GenerateDatasets)
  TG_UNARY_RPC(UploadDataset)
  TG_UNARY_RPC(GetDataset)
  TG_UNARY_RPC(ListDatasets)
  TG_UNARY_RPC(ListFindings)
  TG_UNARY_RPC(DeleteDataset)

  grpc::ServerReadReactor<v1::ImportDatasetRequest>* ImportDataset(
      grpc::CallbackServerContext* context, v1::ImportDatasetResponse* response) override {
    using Stream = rpc::SinkStream<v1::ImportDatasetRequest, v1::ImportDatasetResponse>;
    return new Stream(context, dispatcher_, response, [this](const rpc::Caller& caller) {
      return std::make_unique<ImportSink>(api_->StartImport(caller));
    });
  }

  grpc::ServerWriteReactor<v1::ExportDatasetResponse>* ExportDataset(
      grpc::CallbackServerContext* context, const v1::ExportDatasetRequest* request) override {
    using Stream = rpc::SourceStream<v1::ExportDatasetResponse>;
    return new Stream(context, dispatcher_, *request,
                      [this, name = request->name()](const rpc::Caller&)
                          -> absl::StatusOr<rpc::Source<v1::ExportDatasetResponse>> {
                        TG_ASSIGN_OR_RETURN(const store::BlobFile file, api_->ExportFile(name));
                        return FileSource(file.path());
                      });
  }

 private:
  DatasetApi* api_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewDatasetService(DatasetApi* api, rpc::Dispatcher* dispatcher) {
  return std::make_unique<DatasetServiceImpl>(api, dispatcher);
}

}  // namespace tunegate::datasets
