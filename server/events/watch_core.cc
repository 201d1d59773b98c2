#include "server/events/watch_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/events/feed_events.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::events {
namespace {

// A snapshot's message ends when its records are this much.
constexpr size_t kSnapshotMessageBytes = 256 * 1024;
// After so many commits that do not match, a bookmark tells how far it got.
constexpr int kCommitsBetweenBookmarks = 10000;

absl::Status LogReplaced(std::string_view detail) {
  return OutOfRange("LOG_REPLACED", absl::StrCat("the position is of another log (",
                                                 absl::string_view(detail.data(), detail.size()),
                                                 "), as after a restore; start anew with a "
                                                 "snapshot"));
}

absl::Status CheckRequest(const WatchRequest& request) {
  if (request.after_position && *request.after_position < 0) {
    return InvalidField("after_position", "must not be negative");
  }
  if (request.after_position && request.snapshot) {
    return InvalidField("after_position", "must be unset when snapshot is set");
  }
  if (!request.stop_when_terminal) return absl::OkStatus();
  if (request.filter.resources.empty() || !request.filter.kinds.empty()) {
    return InvalidField("resources",
                        "must name single resources when stop_when_terminal is set: what is to be "
                        "waited for");
  }
  return absl::OkStatus();
}

}  // namespace

std::string WatchMessage::ToString() const {
  std::string bytes;
  for (const auto& event : events) bytes += *event;
  return bytes + rest;
}

absl::StatusOr<std::unique_ptr<WatchCore>> WatchCore::Open(Feed* feed, store::Store* store,
                                                           WatchRequest request,
                                                           WatchOptions options) {
  TG_RETURN_IF_ERROR(CheckRequest(request));
  std::unique_ptr<WatchCore> watch(new WatchCore(feed, store, std::move(request), options));
  TG_RETURN_IF_ERROR(watch->Begin());
  return watch;
}

absl::Status WatchCore::Begin() {
  // The store's own end, not the feed's: "now" is after all that was committed before this call,
  // and a position may come from a server whose feed is ahead of ours.
  TG_ASSIGN_OR_RETURN(const store::LogInfo log, store_.ReadLogInfo());
  log_id_ = log.log_id;
  if (!request_.log_id.empty() && request_.log_id != log_id_) {
    return LogReplaced(absl::StrCat("log_id ", request_.log_id, ", this one's is ", log_id_));
  }
  cursor_ = request_.after_position.value_or(log.newest_position);
  // Who knows the log has seen that it was empty: what was dropped since would be missed.
  if (request_.after_position == 0 && request_.log_id.empty()) cursor_ = log.oldest_position;
  if (cursor_ > log.newest_position) {
    return LogReplaced(absl::StrCat(cursor_, " is beyond this one's end ", log.newest_position));
  }
  if (cursor_ < log.oldest_position) {
    return OutOfRange("POSITION_TOO_OLD",
                      absl::StrCat("events after position ", cursor_,
                                   " are no longer kept, only those after ", log.oldest_position,
                                   "; start anew with a snapshot"))
        .Metadata("oldest_position", absl::StrCat(log.oldest_position));
  }
  if (request_.snapshot) TG_RETURN_IF_ERROR(BeginSnapshot());
  // After the cursor is settled: what it says must not be older.
  if (request_.stop_when_terminal) TG_RETURN_IF_ERROR(BeginEnding());
  if (!request_.snapshot) sent_position_ = cursor_;
  last_message_ = options_.clock->Monotonic();
  return absl::OkStatus();
}

absl::Status WatchCore::BeginSnapshot() {
  TG_ASSIGN_OR_RETURN(snapshot_, options_.room->Read(&store_, request_.filter));
  cursor_ = snapshot_->position();
  return absl::OkStatus();
}

absl::Status WatchCore::BeginEnding() {
  // Between the two positions each resource was read at some moment. Events from the first on are
  // applied to what was read, so once the second is reached it is all true of one moment.
  Ending ending;
  TG_ASSIGN_OR_RETURN(const store::LogInfo before, store_.ReadLogInfo());
  ending.read_after = before.newest_position;
  for (const std::string& name : request_.filter.resources) {
    TG_ASSIGN_OR_RETURN(const store::Record record, store_.Get(name));
    ending.terminal[name] = record.terminal;
  }
  TG_ASSIGN_OR_RETURN(const store::LogInfo after, store_.ReadLogInfo());
  ending.valid_from = after.newest_position;
  ending_ = std::move(ending);
  return absl::OkStatus();
}

// The feed's log is this watch's. Its id is compared only when it may have changed.
absl::Status WatchCore::CheckLog() {
  const uint64_t number = feed_.log_number();
  if (number == log_number_) return absl::OkStatus();
  const std::string log_id = feed_.log().log_id;
  if (log_id != log_id_) return LogReplaced(absl::StrCat("this one's log_id is ", log_id));
  log_number_ = number;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<WatchMessage>> WatchCore::NextMessage(Mode mode) {
  must_block_ = false;
  if (ended_) return std::optional<WatchMessage>();
  TG_RETURN_IF_ERROR(CheckLog());
  const int64_t newest_position = feed_.newest_position();
  if (snapshot_ != nullptr) {
    // Not for want of memory: labels may leave out all of its many records.
    must_block_ = mode == Mode::kNeverBlocks;
    if (must_block_) return std::optional<WatchMessage>();
    TG_ASSIGN_OR_RETURN(auto message, NextSnapshotMessage());
    if (message) return message;
  }
  // The first thing after a snapshot is the position at which it was taken.
  if (bookmark_owed_ && request_.snapshot) return IdleMessage(newest_position);
  TG_ASSIGN_OR_RETURN(auto message, NextLogMessage(newest_position, mode));
  if (message || must_block_) return message;
  const bool caught_up_is_news = !said_caught_up_ && cursor_ >= newest_position;
  const bool end_is_news = AllTerminal() && sent_position_ != cursor_;
  if (bookmark_owed_ || caught_up_is_news || end_is_news ||
      UntilBookmark() == absl::ZeroDuration()) {
    return IdleMessage(newest_position);
  }
  ended_ = AllTerminal();
  return std::optional<WatchMessage>();
}

absl::StatusOr<std::optional<WatchMessage>> WatchCore::NextSnapshotMessage() {
  EventFilter any_type = request_.filter;
  any_type.types.clear();
  WatchMessage message;
  while (message.events.empty()) {
    TG_ASSIGN_OR_RETURN(const auto records, snapshot_->Take(kSnapshotMessageBytes));
    if (records.empty()) {
      snapshot_.reset();
      return std::optional<WatchMessage>();
    }
    for (const store::Record& record : records) {
      TG_ASSIGN_OR_RETURN(const auto event, SnapshotEventOf(record, cursor_));
      if (event && Matches(any_type, *event)) message.events.push_back(event->field);
    }
  }
  return Finish(std::move(message), std::nullopt, false);
}

// The next commit with something to see; nullopt at the end of the log, of the watch or of what is
// in memory.
absl::StatusOr<std::optional<WatchMessage>> WatchCore::NextLogMessage(int64_t newest_position,
                                                                      Mode mode) {
  for (int looked_at = 0; !AllTerminal(); ++looked_at) {
    if (next_ == read_.size()) {
      TG_RETURN_IF_ERROR(ReadAhead(mode));
      if (read_.empty()) return std::optional<WatchMessage>();
    }
    const std::shared_ptr<const FeedCommit> commit = std::move(read_[next_++]);
    cursor_ = commit->position;
    NoteForEnding(*commit);
    WatchMessage message;
    for (const FeedEvent& event : commit->events) {
      if (Matches(request_.filter, event)) message.events.push_back(event.field);
    }
    const bool caught_up = cursor_ >= newest_position && next_ == read_.size();
    if (!message.events.empty()) {
      bookmark_owed_ = false;
      return Finish(std::move(message), cursor_, caught_up);
    }
    if (looked_at == kCommitsBetweenBookmarks) return IdleMessage(newest_position);
  }
  return std::optional<WatchMessage>();
}

absl::Status WatchCore::ReadAhead(Mode mode) {
  next_ = 0;
  read_.clear();
  if (mode == Mode::kMayBlock) {
    TG_ASSIGN_OR_RETURN(read_, feed_.Read(cursor_, options_.read));
    return absl::OkStatus();
  }
  auto commits = feed_.ReadTail(cursor_, options_.read);
  must_block_ = !commits.has_value();
  if (commits) read_ = *std::move(commits);
  return absl::OkStatus();
}

void WatchCore::NoteForEnding(const FeedCommit& commit) {
  if (!ending_ || commit.position <= ending_->read_after) return;
  for (const FeedEvent& event : commit.events) {
    const auto known = ending_->terminal.find(event.resource);
    // What the provider says about a resource is not a change of its state.
    if (known == ending_->terminal.end() || event.type == v1::Event::TYPE_PROVIDER_EVENT) continue;
    known->second = event.terminal;
  }
}

bool WatchCore::AllTerminal() const {
  if (!ending_ || cursor_ < ending_->valid_from) return false;
  return std::all_of(ending_->terminal.begin(), ending_->terminal.end(),
                     [](const auto& known) { return known.second; });
}

WatchMessage WatchCore::IdleMessage(int64_t newest_position) {
  bookmark_owed_ = false;
  return Finish({}, cursor_, cursor_ >= newest_position);
}

WatchMessage WatchCore::Finish(WatchMessage message, std::optional<int64_t> position,
                               bool caught_up) {
  v1::WatchEventsResponse rest;
  rest.set_position(position.value_or(0));
  rest.set_caught_up(caught_up);
  if (!said_log_id_) rest.set_log_id(log_id_);
  said_log_id_ = true;
  said_caught_up_ = caught_up;
  sent_position_ = position;
  last_message_ = options_.clock->Monotonic();
  rest.AppendToString(&message.rest);
  return message;
}

absl::Duration WatchCore::UntilBookmark() const {
  const absl::Duration idle = options_.clock->Monotonic() - last_message_;
  return std::max(options_.bookmark_interval - idle, absl::ZeroDuration());
}

}  // namespace tunegate::events
