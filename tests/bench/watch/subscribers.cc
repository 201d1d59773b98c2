// Any number of subscribers in one process, for watch_figures.py: each is a stream of WatchEvents
// that counts what arrives and looks at no more of it than its position, which must follow the last
// one without gap or repetition.
//
//   subscribers HOST:PORT CHANNELS [record]
//
// Obeys its standard input until that ends:
//   open COUNT        opens so many more streams    -> opened TOTAL POSITION
//   expect POSITION   before that is published      -> expecting POSITION
//   await             waits until all have it       -> reached T, when the last of them had it
//   deliveries FILE   what was recorded, as pairs of 64-bit (position, T)   -> written COUNT
// Times are ns of CLOCK_MONOTONIC. A stream that ends or that gets anything else than the next
// event ends the program with status 1 and a line that says so.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::bench {
namespace {

constexpr char kMethod[] = "/tunegate.v1.EventService/WatchEvents";
// So many streams are being opened at the same time: a server that has more calls waiting than it
// can queue refuses some.
constexpr int kOpening = 500;

int64_t Nanoseconds() { return absl::ToInt64Nanoseconds(RealClock().Monotonic()); }

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "subscribers: " << why << std::endl;
  std::_Exit(1);
}

// What is seen of a WatchEventsResponse.
struct Seen {
  int64_t position = 0;
  int events = 0;
};

Seen Look(const grpc::ByteBuffer& buffer) {
  using google::protobuf::internal::WireFormatLite;
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok() && !buffer.DumpToSingleSlice(&slice).ok()) {
    Die("a message cannot be read");
  }
  google::protobuf::io::CodedInputStream input(slice.begin(), static_cast<int>(slice.size()));
  Seen seen;
  while (const uint32_t tag = input.ReadTag()) {
    uint64_t value = 0;
    switch (WireFormatLite::GetTagFieldNumber(tag)) {
      case v1::WatchEventsResponse::kEventsFieldNumber:
        ++seen.events;
        break;
      case v1::WatchEventsResponse::kPositionFieldNumber:
        input.ReadVarint64(&value);
        seen.position = static_cast<int64_t>(value);
        continue;
    }
    if (!WireFormatLite::SkipField(&input, tag)) Die("a message is damaged");
  }
  return seen;
}

// What all subscribers share.
class Progress {
 public:
  explicit Progress(bool record) : record_(record) {}
  bool record() const { return record_; }

  void Opened() {
    MutexLock lock(mutex_);
    ++opened_;
    changed_.NotifyAll();
  }
  void AwaitOpened(int count) {
    MutexLock lock(mutex_);
    if (!changed_.WaitFor(lock, absl::Seconds(60), [&] { return opened_ >= count; })) {
      Die("the streams do not open");
    }
  }

  void Expect(int64_t position) {
    reached_ = 0;
    expected_ = position;
  }
  void Reached(int64_t position) {
    if (position != expected_) return;
    MutexLock lock(mutex_);
    ++reached_;
    last_time_ = Nanoseconds();
    if (reached_ == opened_) changed_.NotifyAll();
  }
  int64_t AwaitReached() {
    MutexLock lock(mutex_);
    if (!changed_.WaitFor(lock, absl::Seconds(120), [&] { return reached_ == opened_; })) {
      Die("after two minutes " + std::to_string(reached_) + " of " + std::to_string(opened_) +
          " have all events");
    }
    return last_time_;
  }

 private:
  const bool record_;
  Mutex mutex_;
  CondVar changed_;
  int opened_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<int64_t> expected_{0};
  std::atomic<int> reached_{0};
  int64_t last_time_ ABSL_GUARDED_BY(mutex_) = 0;
};

// One stream, from its construction to the end of the process.
class Subscriber final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Subscriber(const std::shared_ptr<grpc::Channel>& channel, const grpc::ByteBuffer& request,
             Progress* progress)
      : progress_(*progress), request_(request) {
    grpc::GenericStub(channel).PrepareBidiStreamingCall(&context_, kMethod, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&message_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;  // OnDone says why
    const Seen seen = Look(message_);
    if (position_ < 0) {
      position_ = seen.position;
      progress_.Opened();
    } else {
      if (seen.position != position_ + seen.events) {
        Die("after position " + std::to_string(position_) + " came " +
            std::to_string(seen.position) + " with " + std::to_string(seen.events) + " events");
      }
      position_ = seen.position;
      if (seen.events > 0) Note();
    }
    StartRead(&message_);
  }

  void OnDone(const grpc::Status& status) override {
    Die("a stream ended: " + std::to_string(status.error_code()) + " " + status.error_message());
  }

  int64_t position() const { return position_; }
  const std::vector<std::pair<int64_t, int64_t>>& deliveries() const { return deliveries_; }

 private:
  void Note() {
    if (progress_.record()) deliveries_.emplace_back(position_, Nanoseconds());
    progress_.Reached(position_);
  }

  Progress& progress_;
  grpc::ClientContext context_;
  const grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;
  std::atomic<int64_t> position_{-1};
  std::vector<std::pair<int64_t, int64_t>> deliveries_;
};

class Subscribers {
 public:
  Subscribers(const std::string& address, int channels, bool record) : progress_(record) {
    grpc::ChannelArguments arguments;
    // Otherwise all channels to one address share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    for (int i = 0; i < channels; ++i) {
      channels_.push_back(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    }
    const grpc::Slice slice(v1::WatchEventsRequest().SerializeAsString());
    request_ = grpc::ByteBuffer(&slice, 1);
  }

  std::string Open(int count) {
    for (int i = 0; i < count; ++i) {
      all_.push_back(std::make_unique<Subscriber>(channels_[all_.size() % channels_.size()],
                                                  request_, &progress_));
      progress_.AwaitOpened(static_cast<int>(all_.size()) - kOpening);
    }
    progress_.AwaitOpened(static_cast<int>(all_.size()));
    return "opened " + std::to_string(all_.size()) + " " + std::to_string(all_.front()->position());
  }

  std::string Obey(const std::string& verb, const std::string& argument) {
    if (verb == "open") return Open(std::stoi(argument));
    if (verb == "expect") {
      progress_.Expect(std::stoll(argument));
      return "expecting " + argument;
    }
    if (verb == "await") return "reached " + std::to_string(progress_.AwaitReached());
    if (verb == "deliveries") return Write(argument);
    Die("unknown command '" + verb + "'");
  }

 private:
  // Nothing must be under way.
  std::string Write(const std::string& path) {
    std::ofstream file(path, std::ios::binary);
    size_t count = 0;
    for (const auto& subscriber : all_) {
      for (const auto& [position, time] : subscriber->deliveries()) {
        const int64_t pair[] = {position, time};
        file.write(reinterpret_cast<const char*>(pair), sizeof(pair));
        ++count;
      }
    }
    file.close();
    if (!file) Die("cannot write " + path);
    return "written " + std::to_string(count);
  }

  Progress progress_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  grpc::ByteBuffer request_;
  std::vector<std::unique_ptr<Subscriber>> all_;
};

}  // namespace
}  // namespace tunegate::bench

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: subscribers HOST:PORT CHANNELS [record]\n";
    return 2;
  }
  auto& subscribers = *new tunegate::bench::Subscribers(argv[1], std::stoi(argv[2]), argc == 4);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string verb, argument;
    words >> verb >> argument;
    std::cout << subscribers.Obey(verb, argument) << std::endl;
  }
  std::_Exit(0);  // the streams end with the process
}
