// PatientReader: the messages of a call that a server streams, each waited for only so long: a
// server that hangs, or vanished without a word, ends no stream. For streams.cc only.
#ifndef TUNEGATE_CLIENT_PATIENT_READER_H_
#define TUNEGATE_CLIENT_PATIENT_READER_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/call_scope.h"
#include "client/rpc_status.h"

namespace tunegate::client {

// Not thread-safe. The destructor ends the call.
template <typename Response>
class PatientReader {
 public:
  // Begins the call that `prepare(context, queue)` gives. `call` must live longer.
  template <typename Prepare>
  PatientReader(CallScope& call, const Prepare& prepare)
      : context_(call.context()), reader_(prepare(&context_, &queue_)) {
    reader_->StartCall(nullptr);
  }

  ~PatientReader() {
    if (!finished_) {
      context_.TryCancel();
      (void)Finish();
    }
    queue_.Shutdown();
    Await(TimePoint::max());
  }

  PatientReader(const PatientReader&) = delete;
  PatientReader& operator=(const PatientReader&) = delete;

  // False when there is no further message, or none within `patience`, which ends the call.
  bool Read(Response* response, absl::Duration patience) {
    const TimePoint deadline = FromNow(patience);
    if (!std::exchange(started_, true) && !Await(deadline)) return false;
    reader_->Read(response, nullptr);
    return Await(deadline);
  }

  // Why Read was false: the server's status, or UNAVAILABLE when it kept silent. Once.
  absl::Status Finish() {
    finished_ = true;
    if (!std::exchange(started_, true)) Await(TimePoint::max());
    grpc::Status status;
    reader_->Finish(&status, nullptr);
    Await(TimePoint::max());
    if (silent_) status = grpc::Status(grpc::StatusCode::UNAVAILABLE, "the connection is silent");
    return FromRpc(status);
  }

 private:
  // How the one operation under way came out. Cancels it at the deadline.
  bool Await(TimePoint deadline) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::TIMEOUT) {
      silent_ = true;
      context_.TryCancel();
      queue_.Next(&tag, &ok);
    }
    return ok;
  }

  grpc::ClientContext& context_;
  grpc::CompletionQueue queue_;
  const std::unique_ptr<grpc::ClientAsyncReader<Response>> reader_;
  bool started_ = false;  // the start's outcome is known
  bool finished_ = false;
  bool silent_ = false;
};

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_PATIENT_READER_H_
