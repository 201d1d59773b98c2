#include "client/watch.h"

#include <algorithm>
#include <memory>

#include "client/backoff.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::client {
namespace {

using v1::Event;
using v1::WatchEventsRequest;
using v1::WatchEventsResponse;

// Errors that another attempt may not meet. A server that drains answers UNAVAILABLE, as does a
// connection that it says goodbye to (GOAWAY); one that is killed may leave CANCELLED (its reset),
// INTERNAL (a proxy's), or UNKNOWN ("Stream removed") where its connection went before its status.
bool MayPass(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
      return true;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return status.message().find("RST_STREAM") != absl::string_view::npos ||
             status.message().find("Stream removed") != absl::string_view::npos;
    default:
      return DetailsOf(status).retry_delay.has_value();
  }
}

class Watcher {
 public:
  Watcher(const OpenEventStream& open, const WatchEventsRequest& request,
          const WatchOptions& options, Interrupt& interrupt, WatchListener& listener)
      : open_(open),
        request_(request),
        options_(options),
        interrupt_(interrupt),
        listener_(listener),
        backoff_(options.initial_backoff, options.max_backoff, options.seed) {}

  absl::Status Run() {
    for (;;) {
      absl::Status status = ReadOneStream();
      if (left_) return absl::OkStatus();
      if (interrupt_.Triggered()) return Interrupted();
      if (status.ok() && request_.stop_when_terminal()) return status;
      if (status.code() == absl::StatusCode::kOutOfRange && !asked_anew_) {
        if (!PauseBeforeAnew()) return Interrupted();
        StartAnew(status);
        continue;
      }
      // A server that ends a stream that has no end is going away.
      if (status.ok()) status = Unavailable("STREAM_ENDED", "the server ended the stream");
      const bool keeps_trying = connected_once_ || options_.keep_trying;
      if (!keeps_trying || !MayPass(status)) return status;
      if (!WaitAfter(status)) return Interrupted();
    }
  }

 private:
  absl::Status Interrupted() const {
    return Error(absl::StatusCode::kCancelled, "INTERRUPTED", "interrupted");
  }

  absl::Status ReadOneStream() {
    const std::unique_ptr<EventStream> stream = open_(NextRequest());
    WatchEventsResponse response;
    while (stream->Read(&response, options_.silence_limit)) {
      if (!Accept(response)) {
        left_ = true;
        return absl::OkStatus();
      }
    }
    return stream->Finish();
  }

  // The caller's request, or what goes on where the last stream broke off. Until a snapshot is
  // complete there is nothing to go on from, and it is taken again.
  WatchEventsRequest NextRequest() const {
    WatchEventsRequest request = request_;
    if (position_) {
      request.set_snapshot(false);
      request.set_after_position(*position_);
      request.set_log_id(log_id_);
    }
    return request;
  }

  // A log that is dropped faster than this reads it, or servers that do not share one, must not
  // make it ask for one snapshot after the other. False when interrupted while waiting.
  bool PauseBeforeAnew() {
    const int before = anews_++;
    return before == 0 || !interrupt_.WaitFor(backoff_.After(before - 1));
  }

  void StartAnew(const absl::Status& why) {
    asked_anew_ = true;
    position_.reset();
    log_id_.clear();
    request_.clear_after_position();
    request_.clear_log_id();
    request_.set_snapshot(true);
    complete_ = false;
    listener_.OnStartedAnew(why);
  }

  // False when the listener leaves.
  bool Accept(WatchEventsResponse& response) {
    connected_once_ = true;
    backoffs_ = 0;
    if (!response.log_id().empty()) log_id_ = response.log_id();
    DropSeen(response);
    Advance(response);
    if (lost_) replayed_ += response.events_size();
    if (!listener_.OnMessage(response)) return false;
    if (lost_ && response.caught_up()) {
      lost_ = false;
      listener_.OnBack(replayed_, complete_);
    }
    return true;
  }

  // A commit comes as one message, so what is not beyond the position has been seen.
  void DropSeen(WatchEventsResponse& response) const {
    if (!position_) return;
    auto* events = response.mutable_events();
    events->erase(std::remove_if(events->begin(), events->end(),
                                 [this](const Event& event) {
                                   return event.type() != Event::TYPE_SNAPSHOT &&
                                          event.position() <= *position_;
                                 }),
                  events->end());
  }

  void Advance(const WatchEventsResponse& response) {
    const bool in_snapshot =
        std::any_of(response.events().begin(), response.events().end(),
                    [](const Event& event) { return event.type() == Event::TYPE_SNAPSHOT; });
    if (in_snapshot) return;
    if (request_.snapshot() && !position_ && response.position() == 0 && !response.caught_up()) {
      return;  // a greeting before the snapshot
    }
    asked_anew_ = false;
    if (response.caught_up() && response.events_size() > 0) anews_ = 0;
    int64_t reached = std::max(position_.value_or(0), response.position());
    for (const Event& event : response.events()) reached = std::max(reached, event.position());
    position_ = reached;
  }

  // False when interrupted while waiting.
  bool WaitAfter(const absl::Status& why) {
    if (!lost_) {
      lost_ = true;
      complete_ = !asked_anew_;
      replayed_ = 0;
      listener_.OnLost(why, position_);
    }
    absl::Duration wait = backoff_.After(backoffs_++);
    if (const auto asked = DetailsOf(why).retry_delay) wait = std::max(wait, *asked);
    return !interrupt_.WaitFor(wait);
  }

  const OpenEventStream& open_;
  WatchEventsRequest request_;
  const WatchOptions& options_;
  Interrupt& interrupt_;
  WatchListener& listener_;
  Backoff backoff_;

  std::optional<int64_t> position_;  // all up to here has been given to the listener
  std::string log_id_;
  bool connected_once_ = false;
  bool left_ = false;
  bool lost_ = false;        // OnLost was said, OnBack not yet
  bool asked_anew_ = false;  // the snapshot asked for after OUT_OF_RANGE is not complete yet
  bool complete_ = true;     // nothing was skipped since OnLost
  int64_t replayed_ = 0;
  int backoffs_ = 0;  // in a row
  int anews_ = 0;     // in a row: since the log was followed to its end
};

}  // namespace

absl::Status Watch(const OpenEventStream& open, const WatchEventsRequest& request,
                   const WatchOptions& options, Interrupt& interrupt, WatchListener& listener) {
  return Watcher(open, request, options, interrupt, listener).Run();
}

}  // namespace tunegate::client
