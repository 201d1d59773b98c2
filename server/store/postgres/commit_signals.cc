#include "server/store/postgres/commit_signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/log.h"

namespace tunegate::store::postgres {
namespace {

// How often a silent connection is asked whether it is alive, and the time with it.
constexpr absl::Duration kCheckInterval = absl::Seconds(5);
// Commits within this time make one signal: nobody looks at the log more often for it.
constexpr absl::Duration kSignalInterval = absl::Milliseconds(5);
// A signal is a commit of its own; nothing is lost with one that does not survive a crash.
constexpr char kListen[] = "SET synchronous_commit = off; LISTEN tunegate_commits";
constexpr char kNotify[] = "SELECT pg_notify('tunegate_commits', $1)";
constexpr absl::Duration kFirstDelay = absl::Milliseconds(50);
constexpr absl::Duration kLongestDelay = absl::Seconds(2);

}  // namespace

CommitSignals::CommitSignals(const PostgresUrl* url, const SessionOptions& session,
                             std::string writer, DatabaseClock* clock, StopFlag* closing,
                             std::function<void()> wake)
    : url_(*url),
      session_(session),
      writer_(std::move(writer)),
      clock_(*clock),
      closing_(*closing),
      wake_(std::move(wake)),
      wake_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::thread([this] { ListenUntilClosed(); });
}

CommitSignals::~CommitSignals() {
  Wake();
  thread_.join();
  close(wake_event_);
}

void CommitSignals::Announce() {
  if (!announced_.exchange(true)) Wake();
}

void CommitSignals::Wake() {
  const uint64_t one = 1;
  while (write(wake_event_, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
}

void CommitSignals::ListenUntilClosed() {
  absl::Duration delay;
  bool trouble = false;
  while (!closing_.raised()) {
    heard_ = false;
    const absl::Status status = Listen();
    if (closing_.raised()) return;
    if (heard_) delay = absl::ZeroDuration();
    if (!trouble || heard_) {  // once an outage
      log::Warning("signals of other servers are not heard; looking every second instead",
                   {{"error", std::string(status.message())}});
    }
    trouble = true;
    delay = std::clamp(2 * delay, kFirstDelay, kLongestDelay);
    (void)closing_.AwaitFor(delay);
  }
}

absl::Status CommitSignals::Listen() {
  TG_ASSIGN_OR_RETURN(const auto connection, Connection::Open(url_, session_));
  TG_RETURN_IF_ERROR(connection->RunScript(kListen));
  heard_ = true;
  wake_();  // for all that was not heard
  return ListenOn(*connection);
}

absl::Status CommitSignals::ListenOn(Connection& connection) {
  absl::Duration next_check = clock_.Monotonic();
  absl::Duration next_signal = next_check;
  while (!closing_.raised()) {
    const absl::Duration now = clock_.Monotonic();
    if (now >= next_check) {
      TG_RETURN_IF_ERROR(clock_.Read(connection));
      next_check = now + kCheckInterval;
    }
    if (announced_ && now >= next_signal) {
      TG_RETURN_IF_ERROR(SendSignal(connection));
      next_signal = now + kSignalInterval;
    }
    const absl::Duration until = announced_ ? std::min(next_check, next_signal) : next_check;
    TG_ASSIGN_OR_RETURN(
        const std::vector<std::string> writers,
        connection.AwaitNotifications(wake_event_, std::max(until - now, absl::ZeroDuration())));
    uint64_t wakes = 0;
    (void)!read(wake_event_, &wakes, sizeof(wakes));
    const bool others = std::any_of(writers.begin(), writers.end(),
                                    [&](const std::string& writer) { return writer != writer_; });
    if (others) wake_();
  }
  return absl::OkStatus();
}

absl::Status CommitSignals::SendSignal(Connection& connection) {
  announced_ = false;  // what is committed from here on makes another one
  const absl::Status status = connection.Run(kNotify, Parameters().Add(writer_)).status();
  if (!status.ok()) announced_ = true;
  return status;
}

}  // namespace tunegate::store::postgres
