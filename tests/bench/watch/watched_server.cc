// A server with events to watch, for watch_figures.py: a whole tunegated on SQLite, or bare gRPC
// streams (bare_streams.h).
//
//   watched_server watch|bare DIRECTORY
//
// Prints "listening on HOST:PORT" and then obeys its standard input until that ends:
//   publish COUNT INTERVAL_US
// makes COUNT events, one each INTERVAL_US, and answers
//   published BEGIN T1 T2 ...
// when the first was begun, and when each had happened: of `watch` when its Commit had returned, of
// `bare` when it was begun to be written; in ns of CLOCK_MONOTONIC, which all processes share.
#include <malloc.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/errors.h"
#include "server/config.h"
#include "server/server.h"
#include "server/store/forwarding_store.h"
#include "server/store/store.h"
#include "tests/bench/watch/bare_streams.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::bench {
namespace {

constexpr char kResource[] = "jobs/watched";

int64_t Nanoseconds() { return absl::ToInt64Nanoseconds(RealClock().Monotonic()); }

// About 400 bytes.
v1::Event EventToPublish() {
  v1::Event event;
  event.set_resource(kResource);
  event.set_type(v1::Event::TYPE_PROGRESS);
  event.set_message(std::string(360, 'm'));
  return event;
}

// What is watched. Publish returns when it happened.
class Published {
 public:
  virtual ~Published() = default;
  virtual std::string address() const = 0;
  virtual int64_t Publish() = 0;
};

class Bare : public Published {
 public:
  std::string address() const override { return streams_.address(); }
  int64_t Publish() override {
    v1::WatchEventsResponse message;
    *message.add_events() = event_;
    message.mutable_events(0)->set_position(++position_);
    message.mutable_events(0)->mutable_time()->set_seconds(absl::ToUnixSeconds(RealClock().Now()));
    message.mutable_events(0)->mutable_time()->set_nanos(123456000);
    message.set_position(position_);
    const int64_t begin = Nanoseconds();
    streams_.Write(message);
    return begin;
  }

 private:
  const v1::Event event_ = EventToPublish();
  BareStreams streams_;
  int64_t position_ = 0;
};

class OwnedStore : public store::ForwardingStore {
 public:
  explicit OwnedStore(std::unique_ptr<store::Store> target)
      : ForwardingStore(target.get()), target_(std::move(target)) {}

 private:
  const std::unique_ptr<store::Store> target_;
};

class Watched : public Published {
 public:
  absl::Status Start(const std::string& directory) {
    config::v1::ServerConfig config;
    config.set_listen("127.0.0.1:0");
    config.set_data_dir(directory);
    ApplyDefaults("http://127.0.0.1:9/v1", config);  // nobody is asked
    TG_RETURN_IF_ERROR(CheckConfig(config));
    PortWrappers wrappers;
    wrappers.store = [this](std::unique_ptr<store::Store> opened) {
      auto store = std::make_unique<OwnedStore>(std::move(opened));
      store_ = store.get();
      return store;
    };
    TG_ASSIGN_OR_RETURN(server_, Server::Start(config, wrappers));
    return absl::OkStatus();
  }
  std::string address() const override { return server_->address(); }
  int64_t Publish() override {
    store::Transaction transaction;
    transaction.events.push_back({.resource = kResource, .payload = payload_});
    const auto done = store_->Commit(std::move(transaction));
    const int64_t end = Nanoseconds();
    if (done.ok()) return end;
    std::cerr << "watched_server: " << done.status() << "\n";
    std::exit(1);
  }

 private:
  const std::string payload_ = EventToPublish().SerializeAsString();
  store::Store* store_ = nullptr;
  std::unique_ptr<Server> server_;
};

void Publish(Published& published, int count, std::chrono::microseconds interval) {
  const auto start = std::chrono::steady_clock::now();
  std::string answer = absl::StrCat("published ", Nanoseconds());
  for (int i = 0; i < count; ++i) {
    std::this_thread::sleep_until(start + i * interval);
    absl::StrAppend(&answer, " ", published.Publish());
  }
  std::cout << answer << std::endl;
}

int Obey(Published& published) {
  std::cout << "listening on " << published.address() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string verb;
    int count = 0;
    int64_t interval_us = 0;
    if (!(words >> verb >> count >> interval_us) || verb != "publish") {
      std::cerr << "watched_server: expected 'publish COUNT INTERVAL_US', got '" << line << "'\n";
      return 2;
    }
    Publish(published, count, std::chrono::microseconds(interval_us));
  }
  return 0;
}

int Run(const std::string& kind, const std::string& directory) {
  if (kind == "bare") {
    Bare bare;
    return Obey(bare);
  }
  Watched watched;
  if (const absl::Status status = watched.Start(directory); !status.ok()) {
    std::cerr << "watched_server: " << status << "\n";
    return 1;
  }
  return Obey(watched);
}

}  // namespace
}  // namespace tunegate::bench

int main(int argc, char** argv) {
  const std::string kind = argc == 3 ? argv[1] : "";
  if (kind != "watch" && kind != "bare") {
    std::cerr << "usage: watched_server watch|bare DIRECTORY\n";
    return 2;
  }
  // As tunegated does (server/main.cc), on both sides.
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_TRIM_THRESHOLD, 128 * 1024);
  std::signal(SIGPIPE, SIG_IGN);
  return tunegate::bench::Run(kind, argv[2]);
}
