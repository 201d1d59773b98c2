// Client: typed calls of a TuneGate server. Every call has a deadline; those that are safe to
// repeat are repeated when the server cannot be reached; creations get a request_id, which is what
// makes repeating them safe.
//
//   Client client(channel, {.token = token}, interrupt);
//   v1::GetJobRequest request;
//   request.set_name("jobs/nov");
//   TG_ASSIGN_OR_RETURN(v1::GetJobResponse response, client.Call(request));
//
// Errors are FromRpc's (rpc_status.h); CANCELLED when the interrupt was triggered.
#ifndef TUNEGATE_CLIENT_CLIENT_H_
#define TUNEGATE_CLIENT_CLIENT_H_

#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/event_stream.h"
#include "client/interrupt.h"
#include "client/methods.h"

namespace google::protobuf {
class MessageLite;
}  // namespace google::protobuf

namespace grpc {
class Channel;
}  // namespace grpc

namespace tunegate::v1 {
class CreateBackupRequest;
class ExportDatasetRequest;
class ImportDatasetRequest;
class ImportDatasetResponse;
class RenderReportRequest;
}  // namespace tunegate::v1

namespace tunegate::client {

struct ClientOptions {
  // Sent as `authorization: Bearer TOKEN`; empty: none.
  std::string token = "";
  // In place of every call's own deadline, but WatchEvents', which has none.
  std::optional<absl::Duration> deadline = std::nullopt;
  // How long the next piece of a file, report or backup may take: a server that hangs is left long
  // before the deadline of a backup. Not the first piece of a backup: before it the server copies
  // and checks all that it keeps, which takes as long as that is large.
  absl::Duration patience = absl::Minutes(10);
};

// Takes the next piece of a file. An error ends the call with that error.
using ChunkSink = std::function<absl::Status(std::string_view chunk)>;

// Thread-safe.
class Client {
 public:
  // `interrupt` must live longer.
  Client(std::shared_ptr<grpc::Channel> channel, ClientOptions options, Interrupt* interrupt);
  ~Client();

  template <typename Request>
  absl::StatusOr<typename MethodOf<Request>::Response> Call(Request request) {
    if constexpr (requires { request.set_request_id(std::string()); }) {
      if (request.request_id().empty()) request.set_request_id(NewRequestId());
    }
    typename MethodOf<Request>::Response response;
    absl::Status status = CallMethod(MethodOf<Request>::kMethod, request, &response);
    if (!status.ok()) return status;
    return response;
  }

  // `first` carries the spec; then `bytes` is sent to its end, in pieces.
  absl::StatusOr<v1::ImportDatasetResponse> ImportDataset(v1::ImportDatasetRequest first,
                                                          std::istream& bytes);
  absl::Status ExportDataset(const v1::ExportDatasetRequest& request, const ChunkSink& sink);
  absl::Status RenderReport(const v1::RenderReportRequest& request, const ChunkSink& sink);
  // The archive of everything that the server keeps (common/backup/).
  absl::Status CreateBackup(const v1::CreateBackupRequest& request, const ChunkSink& sink);

  // One call, not resumed: see watch.h for the stream that comes back by itself.
  std::unique_ptr<EventStream> WatchEvents(const v1::WatchEventsRequest& request);

 private:
  absl::Status CallMethod(const Method& method, const google::protobuf::MessageLite& request,
                          google::protobuf::MessageLite* response);
  static std::string NewRequestId();

  const std::shared_ptr<grpc::Channel> channel_;
  const ClientOptions options_;
  Interrupt* const interrupt_;
};

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_CLIENT_H_
