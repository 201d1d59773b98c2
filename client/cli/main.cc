// tunegate: the command line of TuneGate. Here stand only the real surroundings: streams, terminal,
// environment, clock, signals. Everything else is in app.cc and below.
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "client/cli/app.h"
#include "client/interrupt.h"
#include "common/clock.h"

namespace {

std::optional<std::string> RealEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

// Ctrl-C and SIGTERM come here and nowhere else: the first asks everything that waits to stop, the
// second ends the program at once. Must be called before any thread is made.
void HandleSignals(tunegate::client::Interrupt& interrupt) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals, &interrupt] {
    int signal = 0;
    sigwait(&signals, &signal);
    interrupt.Trigger();
    sigwait(&signals, &signal);
    _exit(130);
  }).detach();
}

}  // namespace

int main(int argc, char** argv) {
  // Never destroyed: the signal thread outlives main.
  static auto& interrupt = *new tunegate::client::Interrupt;
  // What gRPC has to say beyond a call's status is for its developers; GRPC_VERBOSITY shows it.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  HandleSignals(interrupt);
  std::ios::sync_with_stdio(false);
  tunegate::cli::World world{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .terminal = tunegate::cli::DetectTerminal(STDOUT_FILENO, RealEnvironment),
      .environment = RealEnvironment,
      .clock = tunegate::RealClock(),
      .interrupt = interrupt,
      .watch = {}};
  return tunegate::cli::RunTunegate(std::vector<std::string>(argv + 1, argv + argc), world);
}
