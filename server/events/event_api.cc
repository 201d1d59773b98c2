#include "server/events/event_api.h"

#include <algorithm>
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
constexpr int64_t kReadAtOnce = 1000;

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
  for (const int type : request.types()) filter.types.insert(type);
  filter.labels = {request.labels().begin(), request.labels().end()};
  return filter;
}

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

absl::StatusOr<v1::ListEventsResponse> EventApi::ListEvents(const rpc::Caller&,
                                                            const v1::ListEventsRequest& request) {
  TG_ASSIGN_OR_RETURN(const EventFilter filter, ReadFilter(request));
  TG_ASSIGN_OR_RETURN(const int page_size, resources::PageSize(request.page_size()));
  v1::ListEventsRequest query = request;
  query.clear_page_token();
  query.clear_page_size();
  const std::string bound = resources::MessageDigest(query);
  TG_ASSIGN_OR_RETURN(const std::string cursor,
                      resources::ReadPageToken(request.page_token(), bound));
  // The cursor is the position of the commit to go on with, and how many of its events are done.
  int64_t after = request.after_position();
  int64_t partly = 0;
  int64_t done = 0;
  if (!cursor.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(cursor, ' ');
    if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &partly) ||
        !absl::SimpleAtoi(parts[1], &done)) {
      return InvalidField("page_token", "is damaged");
    }
    after = partly - 1;
  }
  v1::ListEventsResponse response;
  while (true) {
    TG_ASSIGN_OR_RETURN(const auto log, store_->ReadEvents({after, kReadAtOnce}));
    if (log.empty()) return response;
    for (const auto& commit : CommitsOf(log)) {
      int64_t index = 0;
      for (const FeedEvent& event : commit->events) {
        ++index;
        if (commit->position == partly && index <= done) continue;
        if (!Matches(filter, event)) continue;
        if (response.events_size() == page_size) {
          response.set_next_page_token(
              resources::MakePageToken(absl::StrCat(commit->position, " ", index - 1), bound));
          return response;
        }
        response.add_events()->ParseFromArray(event.bytes().data(),
                                              static_cast<int>(event.bytes().size()));
      }
      after = commit->position;
    }
  }
}

}  // namespace tunegate::events
