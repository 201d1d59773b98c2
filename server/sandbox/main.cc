// openai_sandbox: an OpenAI-compatible server that really trains. See README.md.
#include <string.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <string>

#include "common/clock.h"
#include "common/errors.h"
#include "server/sandbox/disk.h"
#include "server/sandbox/http/server.h"
#include "server/sandbox/sandbox.h"

namespace tunegate::sandbox {
namespace {

constexpr int kExitFailed = 1;

struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string data_dir;
  std::string api_key;
  std::string faults;
  int64_t requests_per_minute = 0;
  int64_t tokens_per_minute = 0;
  int64_t chat_latency_ms = 0;
  int64_t train_ms_per_step = 0;
  int64_t batch_ms_per_line = 0;
};

void Declare(Flags& flags, CLI::App& app) {
  app.add_option("--listen", flags.listen, "HOST:PORT to answer on; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--data_dir", flags.data_dir,
                 "where files, jobs and models stay; without it they go when the server goes");
  app.add_option("--api_key", flags.api_key, "the only key accepted; without it any is");
  app.add_option("--chat_latency_ms", flags.chat_latency_ms,
                 "how long a chat completion takes at least")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--train_ms_per_step", flags.train_ms_per_step,
                 "how long a training step takes at least")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--batch_ms_per_line", flags.batch_ms_per_line,
                 "how long a line of a batch takes at least")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--faults", flags.faults, "JSON file with faults to serve; see README.md");
  app.add_option("--requests_per_minute", flags.requests_per_minute,
                 "limit for chat completions; 0 is none")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--tokens_per_minute", flags.tokens_per_minute,
                 "limit for chat completions; 0 is none")
      ->check(CLI::NonNegativeNumber);
}

// Splits "HOST:PORT"; "[::1]:80" is IPv6. False when it is no such thing.
bool ParseListen(const std::string& listen, HttpServer::Options& options) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return false;
  options.host = listen.substr(0, colon);
  if (options.host.size() > 2 && options.host.front() == '[') {
    options.host = options.host.substr(1, options.host.size() - 2);
  }
  char* end = nullptr;
  const long port = std::strtol(listen.c_str() + colon + 1, &end, 10);
  options.port = static_cast<int>(port);
  return *end == '\0' && colon + 1 < listen.size() && port >= 0 && port < 65536;
}

// A data directory for this process only; removed with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* base = getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/openai_sandbox.XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryDirectory() {
    if (!path_.empty()) RemoveAll(path_);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

int Fail(const absl::Status& status) {
  std::cerr << "openai_sandbox: " << status.message() << "\n";
  return kExitFailed;
}

absl::StatusOr<FaultPlan> ReadFaults(const std::string& path) {
  if (path.empty()) return FaultPlan();
  TG_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  TG_ASSIGN_OR_RETURN(const json::Value document, json::Parse(text));
  return ParseFaultPlan(document);
}

int Serve(const Flags& flags) {
  HttpServer::Options http;
  if (!ParseListen(flags.listen, http)) {
    std::cerr << "openai_sandbox: --listen '" << flags.listen << "' is no HOST:PORT\n";
    return kExitFailed;
  }
  std::optional<TemporaryDirectory> temporary;
  Sandbox::Options options;
  options.data_dir = flags.data_dir;
  if (options.data_dir.empty()) options.data_dir = temporary.emplace().path();
  options.api_key = flags.api_key;
  options.chat_latency = absl::Milliseconds(flags.chat_latency_ms);
  options.train_time_per_step = absl::Milliseconds(flags.train_ms_per_step);
  options.batch_time_per_line = absl::Milliseconds(flags.batch_ms_per_line);
  options.rate_limits = {flags.requests_per_minute, flags.tokens_per_minute};
  const absl::StatusOr<FaultPlan> faults = ReadFaults(flags.faults);
  if (!faults.ok()) {
    std::cerr << "openai_sandbox: --faults " << flags.faults << ": " << faults.status().message()
              << "\n";
    return kExitFailed;
  }
  options.faults = *faults;
  auto sandbox = Sandbox::Open(options, RealClock());
  if (!sandbox.ok()) return Fail(sandbox.status());
  auto server = HttpServer::Listen(
      http, {[&](const Request& request) { return (*sandbox)->IsHeavy(request); },
             [&](Request& request) { return (*sandbox)->Handle(request); }});
  if (!server.ok()) return Fail(server.status());
  std::cout << "listening on " << flags.listen.substr(0, flags.listen.rfind(':')) << ":"
            << (*server)->port() << std::endl;
  const int signal = (*server)->Run();
  std::cerr << "openai_sandbox: stopped by signal " << signal << " (" << strsignal(signal) << ")\n";
  return 0;
}

}  // namespace
}  // namespace tunegate::sandbox

int main(int argc, char** argv) {
  CLI::App app{"An OpenAI-compatible server that really trains small classifiers."};
  tunegate::sandbox::Flags flags;
  tunegate::sandbox::Declare(flags, app);
  CLI11_PARSE(app, argc, argv);
  return tunegate::sandbox::Serve(flags);
}
