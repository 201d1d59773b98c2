// Asks a server that fill_store filled, and says how long the answers take, for scale_figures.py.
//
//   ask_server HOST:PORT CALLS
//
// Prints a line a question, `NAME MILLISECONDS`, the median of CALLS calls one after the other:
//   first_page       ListJobs, 50 jobs
//   deep_page        the page of 50 after nine tenths of all jobs
//   page_of_state    the first ten that are FAILED
//   page_of_task     the first ten of one task
//   page_of_owner    the ten of one workflow
//   resume_near      WatchEvents ten events before the log's end, to the first message
//   resume_old       WatchEvents after the first tenth of the log, to the first message
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "tunegate/v1/event.grpc.pb.h"
#include "tunegate/v1/job.grpc.pb.h"

namespace tunegate::bench {
namespace {

constexpr int kPage = 50;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "ask_server: %s\n", why.c_str());
  std::exit(1);
}

class Asker {
 public:
  Asker(const std::shared_ptr<grpc::Channel>& channel, int calls)
      : jobs_(v1::JobService::NewStub(channel)),
        events_(v1::EventService::NewStub(channel)),
        calls_(calls) {}

  void AskAll() {
    Say("first_page", [&] { ListPage("", "", kPage); });
    const std::string deep = TokenOfDeepPage();
    Say("deep_page", [&] { ListPage("", deep, 0); });
    // Of ten: where little is kept, there are no more.
    Say("page_of_state", [&] { ListPage("state = FAILED", "", 10, 10); });
    Say("page_of_task", [&] { ListPage("task = tasks/7", "", 10, 10); });
    Say("page_of_owner", [&] { ListPage("owner = workflows/3", "", 10, 10); });
    const int64_t newest = NewestPosition();
    Say("resume_near", [&] { Resume(newest - 10); });
    Say("resume_old", [&] { Resume(newest / 10); });
  }

 private:
  void Say(const char* name, const std::function<void()>& ask) const {
    std::vector<double> times;
    for (int i = 0; i < calls_; ++i) {
      const absl::Duration begin = RealClock().Monotonic();
      ask();
      times.push_back(absl::ToDoubleMilliseconds(RealClock().Monotonic() - begin));
    }
    std::sort(times.begin(), times.end());
    std::printf("%s %.3f\n", name, times[times.size() / 2]);
    std::fflush(stdout);
  }

  v1::ListJobsResponse ListPage(const std::string& filter, const std::string& token, int at_least,
                                int size = kPage) const {
    v1::ListJobsRequest request;
    request.set_page_size(size);
    request.set_filter(filter);
    request.set_page_token(token);
    grpc::ClientContext context;
    v1::ListJobsResponse response;
    const grpc::Status status = jobs_->ListJobs(&context, request, &response);
    if (!status.ok()) Die(status.error_message());
    if (response.jobs_size() < at_least) Die("a page has fewer jobs than it must have");
    return response;
  }

  // A token goes on where a page ends, of whatever size.
  std::string TokenOfDeepPage() const {
    std::vector<std::string> tokens;
    for (std::string token;;) {
      token = ListPage("", token, 1, 2 * kPage).next_page_token();
      if (token.empty()) return tokens[tokens.size() * 9 / 10];
      tokens.push_back(token);
    }
  }

  int64_t NewestPosition() const {
    grpc::ClientContext context;
    const auto stream = events_->WatchEvents(&context, v1::WatchEventsRequest());
    v1::WatchEventsResponse response;
    if (!stream->Read(&response)) Die(stream->Finish().error_message());
    context.TryCancel();
    return response.position();
  }

  void Resume(int64_t position) const {
    v1::WatchEventsRequest request;
    request.set_after_position(position);
    grpc::ClientContext context;
    const auto stream = events_->WatchEvents(&context, request);
    v1::WatchEventsResponse response;
    do {
      if (!stream->Read(&response)) Die(stream->Finish().error_message());
    } while (response.events().empty());
    if (response.position() != position + 1) Die("a watch does not go on where it was asked to");
    context.TryCancel();
  }

  const std::unique_ptr<v1::JobService::Stub> jobs_;
  const std::unique_ptr<v1::EventService::Stub> events_;
  const int calls_;
};

}  // namespace
}  // namespace tunegate::bench

int main(int argc, char** argv) {
  if (argc != 3 || std::atoi(argv[2]) < 1) {
    std::fprintf(stderr, "usage: ask_server HOST:PORT CALLS\n");
    return 2;
  }
  tunegate::bench::Asker(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()),
                         std::atoi(argv[2]))
      .AskAll();
  return 0;
}
