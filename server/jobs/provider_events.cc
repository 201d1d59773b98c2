#include "server/jobs/provider_events.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/digest.h"
#include "common/errors.h"
#include "server/jobs/job_kind.h"

namespace tunegate::jobs {
namespace {

using providers::RemoteEvent;

// Far beyond what a job says; a list that never ends does not hold a job up.
constexpr int kMaxPages = 1000;
constexpr size_t kLongestId = 200;
constexpr int kRowsAtOnce = 1000;

std::string TimePrefix(absl::Time time) {
  return absl::StrFormat("%014d-", absl::ToUnixMillis(time));
}

// The id as it stands in a key: any text that a provider may give fits.
std::string KeyId(const std::string& id) {
  const bool fits = id.size() <= kLongestId && id.find('\0') == std::string::npos;
  return fits ? id : Sha256Hex(id);
}

// The ids of a job's recorded events, read from the store as far back as is asked about.
class RecordedIds {
 public:
  RecordedIds(store::Store* store, std::string job) : store_(*store), job_(std::move(job)) {}

  // Makes sure that all events from `time` on are known.
  absl::Status ReachBackTo(absl::Time time) {
    if (reached_.has_value() && *reached_ <= time) return absl::OkStatus();
    std::string after = TimePrefix(time);
    // Rows from the point that was reached before are known.
    const std::string end = reached_.has_value() ? TimePrefix(*reached_) : "";
    while (true) {
      TG_ASSIGN_OR_RETURN(const auto rows,
                          store_.ReadRows(job_, kProviderEventsStream, after, kRowsAtOnce));
      for (const store::Row& row : rows) {
        if (!end.empty() && row.key > end) break;
        ids_.insert(row.key.substr(row.key.find('-') + 1));
      }
      const bool last = static_cast<int>(rows.size()) < kRowsAtOnce;
      if (last || (!end.empty() && rows.back().key > end)) break;
      after = rows.back().key;
    }
    reached_ = time;
    return absl::OkStatus();
  }

  // False when it was there already.
  bool Add(const std::string& id) { return ids_.insert(KeyId(id)).second; }

 private:
  store::Store& store_;
  const std::string job_;
  std::optional<absl::Time> reached_;
  std::set<std::string> ids_;
};

}  // namespace

std::string ShortIdOf(const RemoteEvent& event) { return KeyId(event.id); }

std::string EventKey(const RemoteEvent& event) {
  return absl::StrCat(TimePrefix(event.time), KeyId(event.id));
}

absl::StatusOr<std::vector<RemoteEvent>> ReadNewEvents(providers::Provider& provider,
                                                       store::Store& store, const v1::Job& job,
                                                       Reach reach) {
  RecordedIds recorded(&store, job.name());
  std::vector<RemoteEvent> events;
  std::string after;
  for (int page_count = 0; page_count < kMaxPages; ++page_count) {
    TG_ASSIGN_OR_RETURN(auto page, provider.ListJobEvents(job.provider_job(), after));
    if (page.items.empty()) break;
    const auto oldest = std::min_element(
        page.items.begin(), page.items.end(),
        [](const RemoteEvent& a, const RemoteEvent& b) { return a.time < b.time; });
    TG_RETURN_IF_ERROR(recorded.ReachBackTo(oldest->time));
    bool news = false;
    for (RemoteEvent& event : page.items) {
      if (!recorded.Add(event.id)) continue;
      news = true;
      events.push_back(std::move(event));
    }
    after = std::move(page.next_after);
    if (after.empty() || (reach == Reach::kNews && !news)) break;
  }
  std::sort(events.begin(), events.end(), [](const RemoteEvent& a, const RemoteEvent& b) {
    return std::tie(a.time, a.id) < std::tie(b.time, b.id);
  });
  return events;
}

}  // namespace tunegate::jobs
