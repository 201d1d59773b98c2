// An example of a backend service: it serves whatever model was last decided to be good.
//
//   model_switch --server HOST:PORT[,HOST:PORT] --state FILE
//
// It subscribes to decisions. On GO it would load the candidate; here it says so, one line a
// switch:
//
//   decisions/nov GO: serving ft:gpt-4o-mini-2024-07-18:acme::abc
//
// What it must not do is miss a decision. Two things see to that:
//  * The watch (client/watch.h) comes back by itself after a lost connection, on any replica, with
//    the position that it had reached. It waits for servers that restart, also when it starts.
//  * What a message led to is kept in one file together with the message's position, once it was
//    acted on, and the file is replaced as a whole. So every decision is acted on at least once,
//    and twice only when this program dies between the act and the file: what it does must be
//    harmless to repeat, as it is to load the model that is served already.
//
// It needs nothing but the client library: //client:client, //client:channel, //client:watch.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/channel.h"
#include "client/client.h"
#include "client/interrupt.h"
#include "client/watch.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/proto_time.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::examples {
namespace {

// What is served, and up to where the log was read to know it.
struct State {
  std::string model;         // empty: none yet
  std::string decision;      // that chose it
  int64_t decided_time = 0;  // when, in microseconds since 1970
  int64_t position = 0;      // 0: never subscribed
  std::string log_id;
};

State ReadState(const std::string& path) {
  State state;
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto value = json::Parse(text);
  if (!value.ok()) return state;  // the first start
  state.model = (*value)["model"].StringOr("");
  state.decision = (*value)["decision"].StringOr("");
  state.decided_time = (*value)["decided_time"].IntegerOr(0);
  state.position = (*value)["position"].IntegerOr(0);
  state.log_id = (*value)["log_id"].StringOr("");
  return state;
}

// The old file or the new one, never a half: rename replaces it at once.
bool WriteState(const std::string& path, const State& state) {
  const std::string draft = path + ".new";
  std::ofstream file(draft, std::ios::binary | std::ios::trunc);
  file << json::Write(json::Object({{"model", state.model},
                                    {"decision", state.decision},
                                    {"decided_time", state.decided_time},
                                    {"position", state.position},
                                    {"log_id", state.log_id}}))
       << '\n';
  file.close();
  return file.good() && std::rename(draft.c_str(), path.c_str()) == 0;
}

class ModelSwitch : public client::WatchListener {
 public:
  ModelSwitch(client::Client* client, std::string path)
      : client_(*client), path_(std::move(path)), state_(ReadState(path_)) {}

  // Goes on where the last run stopped; the first one begins with the decisions that there are.
  v1::WatchEventsRequest Request() const {
    v1::WatchEventsRequest request;
    request.add_resources("decisions/-");
    if (state_.position == 0) {
      request.set_snapshot(true);
    } else {
      request.set_after_position(state_.position);
      request.set_log_id(state_.log_id);
    }
    return request;
  }

  bool OnMessage(const v1::WatchEventsResponse& response) override {
    if (!response.log_id().empty()) state_.log_id = response.log_id();
    for (const v1::Event& event : response.events()) {
      if (event.has_decision() && !Consider(event.decision())) return false;
    }
    // While the first state is sent there is no position to go on from: it would be sent again.
    if (response.position() <= state_.position) return true;
    state_.position = response.position();
    return Keep();
  }

  void OnLost(const absl::Status& why, std::optional<int64_t>) override {
    std::cerr << "connection lost (" << why << "); coming back" << std::endl;
  }

  // After a restore the log is another one, whose positions may be lower.
  void OnStartedAnew(const absl::Status& why) override {
    std::cerr << "beginning anew (" << why << ")" << std::endl;
    state_.position = 0;
    state_.log_id.clear();
  }

  // Why it left the watch.
  absl::Status TakeStatus() { return std::exchange(status_, absl::OkStatus()); }

 private:
  // False when this program cannot go on; TakeStatus() says why.
  bool Consider(const v1::Decision& decision) {
    // The first state comes in no order of time, and a person may override an old decision.
    const int64_t decided_time = absl::ToUnixMicros(FromProto(decision.create_time()));
    if (decision.effective_verdict() != v1::Decision::VERDICT_GO ||
        decided_time <= state_.decided_time) {
      return true;
    }
    auto model = ModelOf(decision.candidate());
    if (!model.ok()) return Fail(model.status());
    state_.model = *std::move(model);
    state_.decision = decision.name();
    state_.decided_time = decided_time;
    std::cout << decision.name() << " GO: serving " << state_.model << std::endl;
    return true;
  }

  // A variant names a model, or the job that made it. A typed call: it has a deadline, and is
  // repeated by the channel while the server cannot be reached.
  absl::StatusOr<std::string> ModelOf(const v1::Variant& variant) {
    if (!variant.model().starts_with("jobs/")) return variant.model();
    v1::GetJobRequest request;
    request.set_name(variant.model());
    TG_ASSIGN_OR_RETURN(const v1::GetJobResponse response, client_.Call(request));
    return response.job().fine_tuned_model();
  }

  bool Keep() {
    if (WriteState(path_, state_)) return true;
    return Fail(Internal("STATE_NOT_WRITTEN", path_ + " cannot be written"));
  }

  bool Fail(absl::Status status) {
    status_ = std::move(status);
    return false;
  }

  client::Client& client_;
  const std::string path_;
  State state_;
  absl::Status status_;
};

bool MayPass(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

absl::Status Run(const std::string& server, const std::string& state_file) {
  client::Interrupt interrupt;  // never triggered: SIGTERM may end this program at any moment
  TG_ASSIGN_OR_RETURN(auto channel, client::MakeChannel({.server = server}));
  client::Client client(std::move(channel), {}, &interrupt);
  const client::OpenEventStream open = [&client](const v1::WatchEventsRequest& request) {
    return client.WatchEvents(request);
  };
  ModelSwitch service(&client, state_file);
  for (;;) {
    TG_RETURN_IF_ERROR(
        client::Watch(open, service.Request(), {.keep_trying = true}, interrupt, service));
    const absl::Status status = service.TakeStatus();
    if (!MayPass(status)) return status;
    // A call that a message led to. The position is still before it: it is told again.
    std::cerr << status << "; trying again" << std::endl;
    interrupt.WaitFor(absl::Seconds(1));
  }
}

}  // namespace
}  // namespace tunegate::examples

int main(int argc, char** argv) {
  std::string server, state_file;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--server") server = argv[i + 1];
    if (std::string_view(argv[i]) == "--state") state_file = argv[i + 1];
  }
  if (server.empty() || state_file.empty()) {
    std::cerr << "usage: model_switch --server HOST:PORT[,HOST:PORT] --state FILE\n";
    return 2;
  }
  const absl::Status status = tunegate::examples::Run(server, state_file);
  std::cerr << status << std::endl;
  return 1;
}
