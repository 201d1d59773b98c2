#include "server/events/event_api.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/errors.h"
#include "common/utf8.h"
#include "server/events/feed_events.h"
#include "server/resources/names.h"
#include "server/resources/page.h"
#include "server/resources/repository.h"

namespace tunegate::events {
namespace {

constexpr int kMaxResources = 100;
// As resources have them: no others can match.
constexpr int kMaxLabels = 64;
constexpr int kMaxKeyBytes = 63;
constexpr int kMaxValueCharacters = 256;
constexpr int64_t kReadAtOnce = 1000;

template <typename Labels>
absl::Status CheckLabels(const Labels& labels) {
  if (labels.size() > kMaxLabels) {
    return InvalidField("labels", absl::StrCat("must be at most ", kMaxLabels));
  }
  for (const auto& [key, value] : labels) {
    if (key.size() > kMaxKeyBytes) {
      return InvalidField(
          "labels", absl::StrCat("key '", Abbreviate(key, 40), "' must have at most ", kMaxKeyBytes,
                                 " characters"));
    }
    if (CodePointCount(value) > kMaxValueCharacters) {
      return InvalidField("labels", absl::StrCat("the value of '", key, "' must have at most ",
                                                 kMaxValueCharacters, " characters"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<int>> ReadTypes(const google::protobuf::RepeatedField<int>& asked) {
  std::set<int> types;
  for (const int type : asked) {
    if (!v1::Event::Type_IsValid(type)) {
      return InvalidField("types", absl::StrCat(type, " is no type of events"));
    }
    types.insert(type);
  }
  return types;
}

// Names, "KIND/-" for all of a kind; the rest of what both requests share.
template <typename Request>
absl::StatusOr<EventFilter> ReadFilter(const Request& request) {
  if (request.resources_size() > kMaxResources) {
    return InvalidField("resources", absl::StrCat("must be at most ", kMaxResources,
                                                  "; watch a kind (`jobs/-`) or everything"));
  }
  EventFilter filter;
  for (const std::string& resource : request.resources()) {
    const std::string kind = resource.substr(0, resource.find('/'));
    const auto kinds = EventKinds();
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
      return InvalidField("resources", absl::StrCat("'", Abbreviate(ToValidUtf8(resource), 80),
                                                    "' is no name of a resource, such as "
                                                    "workflows/nov, nor of a kind, such as "
                                                    "decisions/-"));
    }
    if (resource == kind + "/-") {
      filter.kinds.insert(kind);
    } else {
      TG_RETURN_IF_ERROR(resources::CheckName("resources", resource, kind));
      filter.resources.insert(resource);
    }
  }
  filter.include_owned = request.include_owned();
  TG_ASSIGN_OR_RETURN(filter.types, ReadTypes(request.types()));
  TG_RETURN_IF_ERROR(CheckLabels(request.labels()));
  filter.labels = {request.labels().begin(), request.labels().end()};
  return filter;
}

// A page of ListEvents as it fills, and where in the log it stands: behind the first `done_` events
// of the commit that follows position `after_`.
class EventPage {
 public:
  static absl::StatusOr<EventPage> Begin(const v1::ListEventsRequest& request) {
    EventPage page;
    TG_ASSIGN_OR_RETURN(page.filter_, ReadFilter(request));
    TG_ASSIGN_OR_RETURN(page.size_, resources::PageSize(request.page_size()));
    v1::ListEventsRequest query = request;
    query.clear_page_token();
    query.clear_page_size();
    page.bound_ = resources::MessageDigest(query);
    page.after_ = request.after_position();
    page.from_the_oldest_ = page.after_ == 0 && request.page_token().empty();
    TG_RETURN_IF_ERROR(page.ReadToken(request.page_token()));
    return page;
  }

  int64_t after() const { return after_; }
  // The oldest that is kept was asked for, whichever that is, and nothing was given yet.
  bool MayBeginLater() const { return from_the_oldest_ && response_.events().empty(); }
  void BeginAfter(int64_t position) { after_ = position; }

  // False when it is full; then it stands within this commit.
  bool Add(const FeedCommit& commit) {
    const int64_t skipped = commit.position == after_ + 1 ? done_ : 0;
    done_ = 0;
    for (const FeedEvent& event : commit.events) {
      ++done_;
      if (done_ <= skipped || !Matches(filter_, event)) continue;
      if (response_.events_size() == size_) {
        after_ = commit.position - 1;
        --done_;
        return false;
      }
      response_.add_events()->ParseFromArray(event.bytes().data(),
                                             static_cast<int>(event.bytes().size()));
    }
    after_ = commit.position;
    done_ = 0;
    return true;
  }

  v1::ListEventsResponse AsTheLast() { return std::move(response_); }
  v1::ListEventsResponse AsOneOfMore() {
    response_.set_next_page_token(
        resources::MakePageToken(absl::StrCat(after_ + 1, " ", done_), bound_));
    return std::move(response_);
  }

 private:
  // A token's content is the position of the commit to go on with, and how many of its events are
  // done.
  absl::Status ReadToken(const std::string& token) {
    TG_ASSIGN_OR_RETURN(const std::string cursor, resources::ReadPageToken(token, bound_));
    if (cursor.empty()) return absl::OkStatus();
    const std::vector<std::string> parts = absl::StrSplit(cursor, ' ');
    int64_t position = 0;
    if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &position) ||
        !absl::SimpleAtoi(parts[1], &done_)) {
      return InvalidField("page_token", "is damaged");
    }
    after_ = position - 1;
    return absl::OkStatus();
  }

  EventFilter filter_;
  int size_ = 0;
  std::string bound_;
  bool from_the_oldest_ = false;
  int64_t after_ = 0;
  int64_t done_ = 0;
  v1::ListEventsResponse response_;
};

}  // namespace

absl::StatusOr<WatchRequest> ReadWatchRequest(const v1::WatchEventsRequest& request) {
  WatchRequest watch;
  TG_ASSIGN_OR_RETURN(watch.filter, ReadFilter(request));
  if (request.has_after_position()) {
    if (request.after_position() < 0) {
      return InvalidField("after_position", "must not be negative");
    }
    if (request.snapshot()) {
      return InvalidField("after_position", "must be unset with snapshot, which begins at now");
    }
    watch.after_position = request.after_position();
  }
  watch.snapshot = request.snapshot();
  watch.stop_when_terminal = request.stop_when_terminal();
  watch.log_id = request.log_id();
  return watch;
}

absl::StatusOr<v1::ListEventsResponse> EventApi::ListEvents(const rpc::Caller& caller,
                                                            const v1::ListEventsRequest& request) {
  TG_ASSIGN_OR_RETURN(EventPage page, EventPage::Begin(request));
  for (int64_t looked_at = 0; looked_at < most_looked_at_;) {
    if (caller.gone && caller.gone()) return absl::CancelledError("the caller has gone");
    const auto log = store_->ReadEvents({page.after(), kReadAtOnce});
    if (absl::IsOutOfRange(log.status()) && page.MayBeginLater()) {
      TG_ASSIGN_OR_RETURN(const store::LogInfo ends, store_->ReadLogInfo());
      if (ends.oldest_position <= page.after()) return log.status();
      page.BeginAfter(ends.oldest_position);
      continue;
    }
    TG_RETURN_IF_ERROR(log.status());
    if (log->empty()) return page.AsTheLast();
    for (const auto& commit : CommitsOf(*log)) {
      if (!page.Add(*commit)) return page.AsOneOfMore();
    }
    looked_at += static_cast<int64_t>(log->size());
  }
  return page.AsOneOfMore();
}

}  // namespace tunegate::events
