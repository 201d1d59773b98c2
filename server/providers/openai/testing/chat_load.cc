// chat_load: asks a server for chat completions, so many at a time, and prints what came of it.
//
//   chat_load http://127.0.0.1:8080/v1 5000 64 [MODEL [CONNECTIONS]]
//
// With fewer connections than calls, those that back off leave their connection to others.
// For comparing the adapter's throughput with wrk's by hand; tests/bench measures the product.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/mutex.h"
#include "server/providers/openai/openai_provider.h"

namespace tunegate::providers::openai {
namespace {

class Load {
 public:
  Load(Provider* provider, std::string model, int calls)
      : provider_(provider), model_(std::move(model)), calls_(calls) {}

  void Run(int in_flight) {
    for (int i = 0; i < in_flight; ++i) AskNext();
    MutexLock lock(mutex_);
    ended_.Wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return answered_ == calls_; });
  }

  int failed() const { return failed_; }
  int attempts() const { return attempts_; }
  int fresh_connections() const { return fresh_connections_; }
  absl::Duration mean_response_time() const { return response_time_ / calls_; }

 private:
  void AskNext() {
    {
      MutexLock lock(mutex_);
      if (asked_ == calls_) return;
      ++asked_;
    }
    ChatCall call;
    call.model = model_;
    call.messages = {{"system", "Classify the message. Answer with JSON only."},
                     {"user", "Busco un regalo para mi madre, algo no muy caro"}};
    call.temperature = 0;
    provider_->Complete(std::move(call), [this](const ChatAnswer& answer) { Take(answer); });
  }

  void Take(const ChatAnswer& answer) {
    AskNext();
    MutexLock lock(mutex_);
    if (!answer.status.ok() && ++failed_ == 1) {
      std::fprintf(stderr, "%s\n", answer.status.ToString().c_str());
    }
    attempts_ += answer.attempts;
    fresh_connections_ += answer.fresh_connection ? 1 : 0;
    response_time_ += answer.response_time;
    if (++answered_ == calls_) ended_.NotifyAll();
  }

  Provider* const provider_;
  const std::string model_;
  const int calls_;
  Mutex mutex_;
  CondVar ended_;
  int asked_ = 0, answered_ = 0, failed_ = 0, attempts_ = 0, fresh_connections_ = 0;
  absl::Duration response_time_;
};

int Main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: chat_load BASE_URL CALLS IN_FLIGHT [MODEL [CONNECTIONS]]\n");
    return 2;
  }
  OpenAiConfig config;
  config.base_url = argv[1];
  config.api_key = "sk-load";
  if (argc > 5) config.max_connections = static_cast<size_t>(std::max(1, std::atoi(argv[5])));
  auto provider = NewOpenAiProvider(config, RealClock());
  if (!provider.ok()) {
    std::fprintf(stderr, "%s\n", provider.status().ToString().c_str());
    return 1;
  }
  const int calls = std::atoi(argv[2]);
  Load load(provider->get(), argc > 4 ? argv[4] : "gpt-4o-mini-2024-07-18", calls);
  const absl::Duration start = RealClock().Monotonic();
  load.Run(std::atoi(argv[3]));
  const double seconds = absl::ToDoubleSeconds(RealClock().Monotonic() - start);
  std::printf(
      "%d calls in %.3f s: %.0f/s, mean response time %.2f ms, %d failed, "
      "%d attempts, %d connections\n",
      calls, seconds, calls / seconds, absl::ToDoubleMilliseconds(load.mean_response_time()),
      load.failed(), load.attempts(), load.fresh_connections());
  return load.failed() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tunegate::providers::openai

int main(int argc, char** argv) { return tunegate::providers::openai::Main(argc, argv); }
