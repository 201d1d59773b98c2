#include "tests/bench/rpc/load.h"

#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"

namespace tunegate::bench {
namespace {

[[noreturn]] void Die(const std::string& method, const std::string& why) {
  std::fprintf(stderr, "rpc_bench: %s: %s\n", method.c_str(), why.c_str());
  std::_Exit(1);
}

double Monotonic() { return absl::ToDoubleSeconds(RealClock().Monotonic()); }

class Load {
 public:
  Load(const std::shared_ptr<grpc::Channel>& channel, std::string method,
       const std::string& request, size_t answer_size, int in_flight)
      : stub_(channel), method_(std::move(method)), answer_size_(answer_size), calls_(in_flight) {
    const grpc::Slice slice(request);
    request_ = grpc::ByteBuffer(&slice, 1);
  }

  double Run(double seconds) {
    const double begin = Monotonic();
    end_ = begin + seconds;
    open_ = static_cast<int>(calls_.size());
    for (Call& call : calls_) Begin(call);
    MutexLock lock(mutex_);
    closed_.Wait(lock, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return open_ == 0; });
    return static_cast<double>(answered_) / (Monotonic() - begin);
  }

 private:
  // One of those under way; the next begins where the last one ended.
  struct Call {
    std::optional<grpc::ClientContext> context;
    grpc::ByteBuffer response;
  };

  void Begin(Call& call) {
    call.context.emplace();
    stub_.UnaryCall(&*call.context, method_, {}, &request_, &call.response,
                    [this, &call](const grpc::Status& status) { Answered(call, status); });
  }

  void Answered(Call& call, const grpc::Status& status) {
    if (!status.ok()) Die(method_, status.error_message());
    if (call.response.Length() != answer_size_) Die(method_, "gave another answer");
    ++answered_;
    if (Monotonic() < end_) return Begin(call);
    MutexLock lock(mutex_);
    if (--open_ == 0) closed_.NotifyAll();
  }

  grpc::GenericStub stub_;
  const std::string method_;
  const size_t answer_size_;
  grpc::ByteBuffer request_;
  std::vector<Call> calls_;
  double end_ = 0;
  std::atomic<int64_t> answered_{0};
  Mutex mutex_;
  CondVar closed_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

double MeasureCalls(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                    const std::string& request, size_t answer_size, int in_flight, double seconds) {
  return Load(channel, method, request, answer_size, in_flight).Run(seconds);
}

}  // namespace tunegate::bench
