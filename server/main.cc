// tunegated: reads flags and configuration, runs the server until SIGTERM or SIGINT.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/config.h"
#include "server/server.h"

namespace {

// For what follows the drain: closing the store.
constexpr absl::Duration kLastWords = absl::Seconds(1);

struct Flags {
  std::string config, listen, http_listen, data_dir, store, openai_base_url, log_format;
  bool insecure_public = false;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config, "ServerConfig in protobuf's text format");
  app.add_option("--listen", flags.listen, "HOST:PORT for gRPC; port 0 takes a free one");
  app.add_option("--http_listen", flags.http_listen,
                 "HOST:PORT for metrics, health and webhooks; off without it");
  app.add_option("--data_dir", flags.data_dir, "where everything is kept");
  app.add_option("--store", flags.store, "sqlite, or postgres://USER@HOST/DATABASE");
  app.add_option("--openai_base_url", flags.openai_base_url,
                 "base URL of the default provider, up to the version");
  app.add_flag("--insecure_public", flags.insecure_public,
               "listen beyond this machine without TLS and authentication");
  app.add_option("--log_format", flags.log_format, "text, or json: one object a line");
}

absl::StatusOr<tunegate::config::v1::ServerConfig> MakeConfig(const Flags& flags) {
  tunegate::config::v1::ServerConfig config;
  if (!flags.config.empty()) {
    TG_ASSIGN_OR_RETURN(config, tunegate::ReadConfigFile(flags.config));
  }
  if (!flags.listen.empty()) config.set_listen(flags.listen);
  if (!flags.http_listen.empty()) config.set_http_listen(flags.http_listen);
  if (!flags.data_dir.empty()) config.set_data_dir(flags.data_dir);
  if (!flags.store.empty()) config.set_store(flags.store);
  if (!flags.log_format.empty()) config.set_log_format(flags.log_format);
  if (flags.insecure_public) config.set_insecure_public(true);
  tunegate::ApplyDefaults(flags.openai_base_url, config);
  TG_RETURN_IF_ERROR(tunegate::CheckConfig(config));
  return config;
}

// glibc raises this threshold with every large block that is freed; then memory that one thread
// took for a large report stays in that thread's heap for good. Fixed, large blocks go back to the
// system.
void KeepNoLargeBlocks() {
  constexpr int kLargeBytes = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  mallopt(M_TRIM_THRESHOLD, kLargeBytes);
}

// Blocked in every thread before any is started, and waited for here: no handler runs anywhere.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// A call or a step that hangs in the store cannot be taken back. Ends the process when the drain
// has taken `limit`, or at once when the operator signals again: then it is as if the power went,
// and others go on when our leases have run out.
void CutOffAfter(absl::Duration limit, const sigset_t& signals) {
  std::thread([limit, signals] {
    const tunegate::Clock& clock = tunegate::RealClock();
    const absl::Duration end = clock.Monotonic() + limit;
    int signal = -1;
    do {
      const timespec left =
          absl::ToTimespec(std::max(end - clock.Monotonic(), absl::ZeroDuration()));
      signal = sigtimedwait(&signals, nullptr, &left);
    } while (signal < 0 && errno == EINTR);
    tunegate::log::Warning("cut off before the drain was over",
                           {{"why", signal > 0 ? "told to stop again" : "drain_time is over"}});
    _exit(1);
  }).detach();
}

int Fail(const absl::Status& status) {
  std::cerr << "tunegated: " << tunegate::log::Redact(std::string(status.message())) << "\n";
  return 1;
}

int Run(const Flags& flags) {
  KeepNoLargeBlocks();
  const sigset_t signals = BlockSignals();
  const auto config = MakeConfig(flags);
  if (!config.ok()) return Fail(config.status());
  tunegate::log::Options log_options;
  if (config->log_format() == "json") log_options.format = tunegate::log::Format::kJson;
  tunegate::log::Configure(log_options);
  auto server = tunegate::Server::Start(*config);
  if (!server.ok()) return Fail(server.status());
  if (!(*server)->http_address().empty()) {
    std::printf("metrics and webhooks on %s\n", (*server)->http_address().c_str());
  }
  std::printf("listening on %s\n", (*server)->address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  tunegate::log::Info("draining", {{"signal", signal}});
  const absl::Duration drain_time = tunegate::FromProto(config->drain_time());
  CutOffAfter(drain_time + kLastWords, signals);
  (*server)->Shutdown(drain_time);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("tunegated: lets a fine-tuned model pass only when the evidence says so");
  Flags flags;
  AddFlags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return Run(flags);
}
