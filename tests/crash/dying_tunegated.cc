// tunegated with ports that die (dying_ports.h): the same server, for the crash matrix.
//
//   dying_tunegated CONFIG LISTEN [DIE] [LOG]      DIE e.g. "before commit 17", "" never
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

#include "common/errors.h"
#include "common/proto_time.h"
#include "server/config.h"
#include "server/server.h"
#include "tests/crash/dying_ports.h"

namespace {

absl::Status Run(const std::string& config_file, const std::string& listen,
                 const tunegate::crash::DyingOptions& options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  TG_ASSIGN_OR_RETURN(auto config, tunegate::ReadConfigFile(config_file));
  config.set_listen(listen);
  tunegate::ApplyDefaults("", config);
  TG_RETURN_IF_ERROR(tunegate::CheckConfig(config));
  TG_ASSIGN_OR_RETURN(const auto ports, tunegate::crash::MakeDyingPorts(options));
  TG_ASSIGN_OR_RETURN(auto server, tunegate::Server::Start(config, ports));
  std::printf("listening on %s\n", server->address().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(tunegate::FromProto(config.drain_time()));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) {
    std::cerr << "usage: dying_tunegated CONFIG LISTEN [DIE] [LOG]\n";
    return 2;
  }
  const absl::Status status =
      Run(argv[1], argv[2], {argc > 3 ? argv[3] : "", argc > 4 ? argv[4] : ""});
  if (!status.ok()) std::cerr << "dying_tunegated: " << status << "\n";
  return status.ok() ? 0 : 1;
}
