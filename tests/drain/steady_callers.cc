// Clients that never rest, for the test of rolling restarts: each lists, creates, gets and lists
// events, one call after the other, through the client library with the retries that it publishes;
// beside them watchers that write down every event that they are told of.
//
//   steady_callers --server IP:PORT[,IP:PORT] --events FILE [--callers N] [--watchers N]
//
// The N-th watcher writes FILE.N, a line an event: its position, its resource, and "end" where that
// has come to its end. Prints "steady" when every caller's first call is answered; from SIGTERM on
// it begins nothing new and prints what there was, as one JSON object. steady_callers.mjs does the
// same with another gRPC.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/channel.h"
#include "client/client.h"
#include "client/interrupt.h"
#include "client/watch.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/mutex.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::drain {
namespace {

struct Flags {
  std::string server, events;
  int callers = 3;
  int watchers = 2;
};

// What the callers came to. Thread-safe.
class Tally {
 public:
  explicit Tally(int callers) : first_calls_(callers) {}

  void Count(std::string_view method, const absl::Status& status) {
    MutexLock lock(mutex_);
    ++calls_[std::string(method)];
    if (!status.ok())
      failures_.push_back(absl::StrCat(std::string(method), ": ", status.ToString()));
    if (first_calls_ > 0 && --first_calls_ == 0) std::cout << "steady" << std::endl;
  }
  void CountCreated() { ++created_; }
  void CountLost() { ++lost_; }
  void FailWatch(const absl::Status& status) {
    MutexLock lock(mutex_);
    failures_.push_back(absl::StrCat("WatchEvents: ", status.ToString()));
  }

  std::string ToJson() {
    MutexLock lock(mutex_);
    json::Value calls = json::Object();
    for (const auto& [method, count] : calls_) calls.Set(method, count);
    std::vector<json::Value> failures(failures_.begin(), failures_.end());
    return json::Write(json::Object({{"calls", std::move(calls)},
                                     {"created", created_.load()},
                                     {"streams_lost", lost_.load()},
                                     {"failures", json::Array(std::move(failures))}}));
  }

 private:
  Mutex mutex_;
  int first_calls_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int64_t> calls_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> failures_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int64_t> created_{0}, lost_{0};
};

v1::CreateTaskRequest NewTask() {
  v1::CreateTaskRequest request;
  v1::Task& task = *request.mutable_task();
  task.set_display_name("made under load");
  task.set_system_prompt("Answer with yes or no.");
  v1::Task::Field& field = *task.add_fields();
  field.set_scored(true);
  field.mutable_category()->add_values("yes");
  field.mutable_category()->add_values("no");
  return request;
}

class Caller {
  // Up here, for its result's type is told by its body.
  template <typename Request>
  auto Call(std::string_view method, const Request& request) {
    auto response = client_.Call(request);
    tally_.Count(method, response.status());
    return response;
  }

 public:
  Caller(client::Client* client, Tally* tally) : client_(*client), tally_(*tally) {}

  void CallUntil(const std::atomic<bool>& over) {
    while (!over) {
      v1::ListTasksRequest list;
      list.set_page_size(5);
      (void)Call("ListTasks", list);
      // The client gives it a request_id, so that however often it is sent there is one task.
      const auto created = Call("CreateTask", NewTask());
      if (created.ok()) {
        tally_.CountCreated();
        v1::GetTaskRequest get;
        get.set_name(created->task().name());
        (void)Call("GetTask", get);
      }
      v1::ListEventsRequest events;
      events.set_page_size(5);
      (void)Call("ListEvents", events);
    }
  }

 private:
  client::Client& client_;
  Tally& tally_;
};

class Scribe final : public client::WatchListener {
 public:
  Scribe(const std::string& path, Tally* tally) : file_(path, std::ios::trunc), tally_(*tally) {}

  bool OnMessage(const v1::WatchEventsResponse& response) override {
    for (const v1::Event& event : response.events()) {
      file_ << event.position() << " " << event.resource() << (event.terminal() ? " end" : "")
            << "\n";
    }
    file_.flush();
    return true;
  }
  void OnLost(const absl::Status&, std::optional<int64_t>) override { tally_.CountLost(); }

 private:
  std::ofstream file_;
  Tally& tally_;
};

void Watch(client::Client& client, client::Interrupt& interrupt, const std::string& path,
           Tally& tally) {
  Scribe scribe(path, &tally);
  v1::WatchEventsRequest request;
  request.set_after_position(0);
  const client::OpenEventStream open = [&client](const v1::WatchEventsRequest& asked) {
    return client.WatchEvents(asked);
  };
  const absl::Status status = client::Watch(open, request, {}, interrupt, scribe);
  if (!interrupt.Triggered()) tally.FailWatch(status);
}

absl::Status Run(const Flags& flags, const sigset_t& signals) {
  TG_ASSIGN_OR_RETURN(auto channel, client::MakeChannel({.server = flags.server}));
  client::Interrupt interrupt;
  client::Client client(std::move(channel), {}, &interrupt);
  Tally tally(flags.callers);
  std::atomic<bool> over{false};
  std::vector<std::thread> callers, watchers;
  for (int i = 0; i < flags.watchers; ++i) {
    watchers.emplace_back(
        [&, path = absl::StrCat(flags.events, ".", i)] { Watch(client, interrupt, path, tally); });
  }
  for (int i = 0; i < flags.callers; ++i) {
    callers.emplace_back([&] { Caller(&client, &tally).CallUntil(over); });
  }
  int signal = 0;
  sigwait(&signals, &signal);
  over = true;
  for (std::thread& caller : callers) caller.join();
  interrupt.Trigger();
  for (std::thread& watcher : watchers) watcher.join();
  std::cout << tally.ToJson() << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace tunegate::drain

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  tunegate::drain::Flags flags;
  bool read = argc % 2 == 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--server")
      flags.server = argv[i + 1];
    else if (name == "--events")
      flags.events = argv[i + 1];
    else if (name == "--callers")
      read = read && absl::SimpleAtoi(argv[i + 1], &flags.callers);
    else if (name == "--watchers")
      read = read && absl::SimpleAtoi(argv[i + 1], &flags.watchers);
    else
      read = false;
  }
  if (!read || flags.server.empty() || flags.events.empty()) {
    std::cerr << "usage: steady_callers --server IP:PORT[,IP:PORT] --events FILE [--callers N] "
                 "[--watchers N]\n";
    return 2;
  }
  const absl::Status status = tunegate::drain::Run(flags, signals);
  if (!status.ok()) std::cerr << status << std::endl;
  return status.ok() ? 0 : 1;
}
