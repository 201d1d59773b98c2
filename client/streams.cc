// The client's streaming calls. They use the generated stubs; unary calls need none (client.cc).
#include <grpcpp/channel.h>

#include "client/call_scope.h"
#include "client/client.h"
#include "client/patient_reader.h"
#include "client/rpc_status.h"
#include "common/errors.h"
#include "tunegate/v1/admin.grpc.pb.h"
#include "tunegate/v1/dataset.grpc.pb.h"
#include "tunegate/v1/evaluation.grpc.pb.h"
#include "tunegate/v1/event.grpc.pb.h"

namespace tunegate::client {
namespace {

// A piece of a file; the server takes at most 1 MiB.
constexpr size_t kChunkBytes = 256 << 10;
// Files and reports: long enough for a slow line, and an end for one that hangs.
constexpr absl::Duration kFileDeadline = absl::Minutes(10);
// Everything that a server keeps.
constexpr absl::Duration kBackupDeadline = absl::Hours(24);

class OpenCall : public EventStream {
 public:
  OpenCall(const std::shared_ptr<grpc::Channel>& channel, const v1::WatchEventsRequest& request,
           Interrupt& interrupt, const std::string& token)
      : call_(interrupt, token, absl::InfiniteDuration()),
        stub_(v1::EventService::NewStub(channel)),
        reader_(call_, [&](grpc::ClientContext* context, grpc::CompletionQueue* queue) {
          return stub_->PrepareAsyncWatchEvents(context, request, queue);
        }) {}

  bool Read(v1::WatchEventsResponse* response, absl::Duration patience) override {
    return reader_.Read(response, patience);
  }
  absl::Status Finish() override { return reader_.Finish(); }

 private:
  CallScope call_;
  const std::unique_ptr<v1::EventService::Stub> stub_;
  PatientReader<v1::WatchEventsResponse> reader_;
};

// How long is waited for the first piece, and for each that follows.
struct Patience {
  absl::Duration first, others;
};

// Passes the chunks of `reader` on until its end or the sink's first error.
template <typename Response>
absl::Status Drain(PatientReader<Response>& reader, Patience patience, const ChunkSink& sink) {
  Response response;
  for (absl::Duration wait = patience.first; reader.Read(&response, wait); wait = patience.others) {
    TG_RETURN_IF_ERROR(sink(response.chunk()));
  }
  return reader.Finish();
}

// Sends `bytes` in pieces. False when the server does not want any more: its status says why.
bool SendChunks(grpc::ClientWriter<v1::ImportDatasetRequest>& writer, std::istream& bytes) {
  std::string buffer(kChunkBytes, '\0');
  while (bytes.read(buffer.data(), buffer.size()) || bytes.gcount() > 0) {
    v1::ImportDatasetRequest piece;
    piece.set_chunk(buffer.data(), bytes.gcount());
    if (!writer.Write(piece)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<v1::ImportDatasetResponse> Client::ImportDataset(v1::ImportDatasetRequest first,
                                                                std::istream& bytes) {
  if (first.spec().request_id().empty()) first.mutable_spec()->set_request_id(NewRequestId());
  CallScope call(*interrupt_, options_.token, options_.deadline.value_or(kFileDeadline));
  const auto stub = v1::DatasetService::NewStub(channel_);
  v1::ImportDatasetResponse response;
  const auto writer = stub->ImportDataset(&call.context(), &response);
  if (writer->Write(first) && SendChunks(*writer, bytes)) {
    // A file that breaks off must not become a dataset: the server keeps only finished streams.
    if (bytes.bad()) call.context().TryCancel();
    writer->WritesDone();
  }
  const absl::Status status = FromRpc(writer->Finish());
  if (bytes.bad()) return Internal("INPUT_BROKEN", "the input could not be read to its end");
  if (!status.ok()) return status;
  return response;
}

absl::Status Client::ExportDataset(const v1::ExportDatasetRequest& request, const ChunkSink& sink) {
  CallScope call(*interrupt_, options_.token, options_.deadline.value_or(kFileDeadline));
  const auto stub = v1::DatasetService::NewStub(channel_);
  PatientReader<v1::ExportDatasetResponse> reader(call, [&](auto* context, auto* queue) {
    return stub->PrepareAsyncExportDataset(context, request, queue);
  });
  return Drain(reader, {options_.patience, options_.patience}, sink);
}

absl::Status Client::RenderReport(const v1::RenderReportRequest& request, const ChunkSink& sink) {
  CallScope call(*interrupt_, options_.token, options_.deadline.value_or(kFileDeadline));
  const auto stub = v1::EvaluationService::NewStub(channel_);
  PatientReader<v1::RenderReportResponse> reader(call, [&](auto* context, auto* queue) {
    return stub->PrepareAsyncRenderReport(context, request, queue);
  });
  return Drain(reader, {options_.patience, options_.patience}, sink);
}

absl::Status Client::CreateBackup(const v1::CreateBackupRequest& request, const ChunkSink& sink) {
  CallScope call(*interrupt_, options_.token, options_.deadline.value_or(kBackupDeadline));
  const auto stub = v1::AdminService::NewStub(channel_);
  PatientReader<v1::CreateBackupResponse> reader(call, [&](auto* context, auto* queue) {
    return stub->PrepareAsyncCreateBackup(context, request, queue);
  });
  // A server that is gone is noticed by the connection's keepalive.
  return Drain(reader, {absl::InfiniteDuration(), options_.patience}, sink);
}

std::unique_ptr<EventStream> Client::WatchEvents(const v1::WatchEventsRequest& request) {
  return std::make_unique<OpenCall>(channel_, request, *interrupt_, options_.token);
}

}  // namespace tunegate::client
