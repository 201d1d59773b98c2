// Asks two servers that fill_store filled, and says how long their answers take, for
// scale_figures.py.
//
//   ask_server HOST:PORT HOST:PORT CALLS
//
// Asks them by turns, call by call: all calls of a question to one server take some 20 ms, and
// asking it alone would measure what else the machine does just then. Prints a line a question,
// `NAME MILLISECONDS MILLISECONDS`, each server's median of CALLS calls:
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

// A server and where its deep page and its log's end are.
class Asker {
 public:
  explicit Asker(const std::string& address)
      : Asker(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}

  void AskFirstPage() const { ListPage("", "", kPage); }
  void AskDeepPage() const { ListPage("", deep_page_, 0); }
  // Of ten: where little is kept, there are no more.
  void AskPageOf(const std::string& filter) const { ListPage(filter, "", 10, 10); }
  void ResumeNear() const { Resume(newest_position_ - 10); }
  void ResumeOld() const { Resume(newest_position_ / 10); }

 private:
  explicit Asker(const std::shared_ptr<grpc::Channel>& channel)
      : jobs_(v1::JobService::NewStub(channel)),
        events_(v1::EventService::NewStub(channel)),
        deep_page_(TokenOfDeepPage()),
        newest_position_(NewestPosition()) {}

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
  const std::string deep_page_;
  const int64_t newest_position_;
};

double MillisecondsOf(const std::function<void()>& ask) {
  const absl::Duration begin = RealClock().Monotonic();
  ask();
  return absl::ToDoubleMilliseconds(RealClock().Monotonic() - begin);
}

double MedianOf(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Asks both `calls` times, by turns, and prints their medians.
void Compare(const Asker& one, const Asker& other, int calls, const char* name,
             const std::function<void(const Asker&)>& ask) {
  std::vector<double> of_one;
  std::vector<double> of_other;
  for (int i = 0; i < calls; ++i) {
    of_one.push_back(MillisecondsOf([&] { ask(one); }));
    of_other.push_back(MillisecondsOf([&] { ask(other); }));
  }
  std::printf("%s %.3f %.3f\n", name, MedianOf(of_one), MedianOf(of_other));
  std::fflush(stdout);
}

void CompareAll(const Asker& one, const Asker& other, int calls) {
  const auto compare = [&](const char* name, const std::function<void(const Asker&)>& ask) {
    Compare(one, other, calls, name, ask);
  };
  compare("first_page", [](const Asker& asker) { asker.AskFirstPage(); });
  compare("deep_page", [](const Asker& asker) { asker.AskDeepPage(); });
  compare("page_of_state", [](const Asker& asker) { asker.AskPageOf("state = FAILED"); });
  compare("page_of_task", [](const Asker& asker) { asker.AskPageOf("task = tasks/7"); });
  compare("page_of_owner", [](const Asker& asker) { asker.AskPageOf("owner = workflows/3"); });
  compare("resume_near", [](const Asker& asker) { asker.ResumeNear(); });
  compare("resume_old", [](const Asker& asker) { asker.ResumeOld(); });
}

}  // namespace
}  // namespace tunegate::bench

int main(int argc, char** argv) {
  if (argc != 4 || std::atoi(argv[3]) < 1) {
    std::fprintf(stderr, "usage: ask_server HOST:PORT HOST:PORT CALLS\n");
    return 2;
  }
  const tunegate::bench::Asker one(argv[1]);
  const tunegate::bench::Asker other(argv[2]);
  tunegate::bench::CompareAll(one, other, std::atoi(argv[3]));
  return 0;
}
