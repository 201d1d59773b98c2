#include "server/store/postgres/commit_signals.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "server/store/postgres/batch_sql.h"

namespace tunegate::store::postgres {
namespace {

// How often a silent connection is asked whether it is alive, and the time with it.
constexpr absl::Duration kCheckInterval = absl::Seconds(5);
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
      stop_event_(eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { ListenUntilClosed(); });
}

CommitSignals::~CommitSignals() {
  const uint64_t one = 1;
  while (write(stop_event_, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
  thread_.join();
  close(stop_event_);
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
  TG_RETURN_IF_ERROR(connection->RunScript(absl::StrCat("LISTEN ", std::string(kChannel))));
  heard_ = true;
  return ListenOn(*connection);
}

absl::Status CommitSignals::ListenOn(Connection& connection) {
  absl::Duration next_check = clock_.Monotonic();
  wake_();  // for all that was not heard
  while (!closing_.raised()) {
    const absl::Duration now = clock_.Monotonic();
    if (now >= next_check) {
      TG_RETURN_IF_ERROR(clock_.Read(connection));
      next_check = now + kCheckInterval;
    }
    TG_ASSIGN_OR_RETURN(
        const std::vector<std::string> writers,
        connection.AwaitNotifications(
            stop_event_, std::max(next_check - clock_.Monotonic(), absl::ZeroDuration())));
    const bool others = std::any_of(writers.begin(), writers.end(),
                                    [&](const std::string& writer) { return writer != writer_; });
    if (others) wake_();
  }
  return absl::OkStatus();
}

}  // namespace tunegate::store::postgres
