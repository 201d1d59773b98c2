#include "server/events/watch_snapshot.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "server/events/feed_events.h"

namespace tunegate::events {
namespace {

// How often named records are read again because a commit came between.
constexpr int kTries = 3;
constexpr int kPageSize = 200;

bool IsNamed(const EventFilter& filter, const store::Record& record) {
  if (filter.resources.empty() && filter.kinds.empty()) return true;
  return filter.resources.contains(record.name) ||
         filter.kinds.contains(std::string(store::KindOf(record.name))) ||
         (filter.include_owned && !record.owner.empty() && filter.resources.contains(record.owner));
}

// Appends what `owner` made, of one kind.
absl::Status AppendOwned(store::Store& store, const std::string& owner, const std::string& kind,
                         std::vector<store::Record>& records) {
  store::ListQuery query;
  query.kind = kind;
  query.owner = owner;
  query.oldest_first = true;
  query.limit = kPageSize;
  while (true) {
    TG_ASSIGN_OR_RETURN(std::vector<store::Record> page, store.List(query));
    const bool last = static_cast<int>(page.size()) < kPageSize;
    if (!page.empty()) {
      query.after_create_time = page.back().create_time;
      query.after_name = page.back().name;
    }
    std::move(page.begin(), page.end(), std::back_inserter(records));
    if (last) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<store::Record>> ReadNamed(store::Store& store,
                                                     const EventFilter& filter) {
  std::vector<store::Record> records;
  for (const std::string& name : filter.resources) {
    absl::StatusOr<store::Record> record = store.Get(name);
    if (record.ok()) records.push_back(*std::move(record));
    if (!record.ok() && !absl::IsNotFound(record.status())) return record.status();
    if (!filter.include_owned) continue;
    for (const std::string& kind : EventKinds()) {
      TG_RETURN_IF_ERROR(AppendOwned(store, name, kind, records));
    }
  }
  // A child may have been named as well.
  const auto order = [](const store::Record& a, const store::Record& b) {
    return std::forward_as_tuple(store::KindOf(a.name), a.create_time, a.name) <
           std::forward_as_tuple(store::KindOf(b.name), b.create_time, b.name);
  };
  std::sort(records.begin(), records.end(), order);
  const auto same = [](const store::Record& a, const store::Record& b) { return a.name == b.name; };
  records.erase(std::unique(records.begin(), records.end(), same), records.end());
  return records;
}

}  // namespace

bool NamesAll(const EventFilter& filter) {
  return !filter.resources.empty() && filter.kinds.empty();
}

absl::StatusOr<std::optional<store::Snapshot>> ReadByName(store::Store& store,
                                                          const EventFilter& filter) {
  for (int i = 0; i < kTries; ++i) {
    // Several reads are one moment's when the log stood still from the first to the last.
    TG_ASSIGN_OR_RETURN(const store::LogInfo before, store.ReadLogInfo());
    TG_ASSIGN_OR_RETURN(std::vector<store::Record> records, ReadNamed(store, filter));
    TG_ASSIGN_OR_RETURN(const store::LogInfo after, store.ReadLogInfo());
    if (before.newest_position == after.newest_position) {
      return store::Snapshot{.position = after.newest_position, .records = std::move(records)};
    }
  }
  return std::nullopt;
}

absl::StatusOr<store::Snapshot> ReadByKind(store::Store& store, const EventFilter& filter) {
  std::set<std::string> kinds = filter.kinds;
  for (const std::string& name : filter.resources) kinds.emplace(store::KindOf(name));
  const std::vector<std::string> all = EventKinds();
  if (kinds.empty() || filter.include_owned) kinds.insert(all.begin(), all.end());
  TG_ASSIGN_OR_RETURN(store::Snapshot snapshot,
                      store.ReadSnapshot(std::vector<std::string>(kinds.begin(), kinds.end())));
  std::erase_if(snapshot.records,
                [&](const store::Record& record) { return !IsNamed(filter, record); });
  return snapshot;
}

}  // namespace tunegate::events
