#include "server/jobs/job_limits.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/utf8.h"

namespace tunegate::jobs {
namespace {

using providers::RemoteCheckpoint;

v1::Job::Checkpoint EntryOf(const RemoteCheckpoint& checkpoint) {
  v1::Job::Checkpoint entry;
  entry.set_step(checkpoint.step);
  entry.set_model(Cut(checkpoint.model, kMessageBytes));
  for (const auto& [name, value] : checkpoint.metrics) {
    SetFigure(name, value, *entry.mutable_metrics());
  }
  return entry;
}

}  // namespace

std::string Cut(std::string_view text, size_t max_bytes) {
  return Abbreviate(ToValidUtf8(text), max_bytes);
}

bool SetFigure(const std::string& name, double value,
               google::protobuf::Map<std::string, double>& figures) {
  const std::string key = Cut(name, kWordBytes);
  if (figures.size() >= kMostFigures && figures.count(key) == 0) return false;
  figures[key] = value;
  return true;
}

size_t SetCheckpoints(const std::vector<RemoteCheckpoint>& checkpoints, v1::Job& job) {
  // Providers list them in either order.
  std::vector<const RemoteCheckpoint*> newest_first;
  for (const RemoteCheckpoint& checkpoint : checkpoints) newest_first.push_back(&checkpoint);
  std::stable_sort(newest_first.begin(), newest_first.end(),
                   [](const auto* a, const auto* b) { return a->step > b->step; });
  std::map<const RemoteCheckpoint*, v1::Job::Checkpoint> kept;
  size_t bytes = 0;
  for (const RemoteCheckpoint* checkpoint : newest_first) {
    v1::Job::Checkpoint entry = EntryOf(*checkpoint);
    bytes += entry.ByteSizeLong();
    if (bytes > kCheckpointBytes) break;
    kept.emplace(checkpoint, std::move(entry));
  }
  job.clear_checkpoints();
  for (auto& [checkpoint, entry] : kept) *job.add_checkpoints() = std::move(entry);
  return checkpoints.size() - kept.size();
}

void AddEventId(const std::string& id, store::v1::JobRecord& record) {
  auto& ids = *record.mutable_last_provider_event_ids();
  *ids.Add() = id;
  if (ids.size() > kMostEventIds) ids.DeleteSubrange(0, ids.size() - kMostEventIds);
}

}  // namespace tunegate::jobs
