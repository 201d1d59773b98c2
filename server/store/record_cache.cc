#include "server/store/record_cache.h"

#include <utility>

namespace tunegate::store {
namespace {

// Of an entry and its place in the index beside its texts, about.
constexpr size_t kEntryBytes = 400;

}  // namespace

std::shared_ptr<const Record> RecordCache::Find(std::string_view name) {
  MutexLock lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || found->second->record == nullptr) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->record;
}

RecordCache::Ticket RecordCache::Expect(std::string_view name) {
  MutexLock lock(mutex_);
  if (writing_.contains(name)) return 0;
  // Nobody wrote since: what others read meanwhile is as good.
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second->ticket;
  entries_.push_front({.name = std::string(name), .ticket = ++last_ticket_, .record = nullptr});
  by_name_.emplace(entries_.front().name, entries_.begin());
  bytes_ += BytesOf(entries_.front());
  Shrink();
  return last_ticket_;
}

void RecordCache::Keep(Ticket ticket, std::shared_ptr<const Record> record) {
  MutexLock lock(mutex_);
  const auto found = by_name_.find(record->name);
  if (found == by_name_.end() || found->second->ticket != ticket) return;
  Entry& entry = *found->second;
  bytes_ -= BytesOf(entry);
  entry.record = std::move(record);
  bytes_ += BytesOf(entry);
  Shrink();
}

void RecordCache::GiveUp(Ticket ticket, std::string_view name) {
  MutexLock lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || found->second->ticket != ticket) return;
  if (found->second->record == nullptr) Drop(found->second);
}

void RecordCache::BeginWrite(std::string_view name) {
  MutexLock lock(mutex_);
  writing_.emplace(name);
  if (const auto found = by_name_.find(name); found != by_name_.end()) Drop(found->second);
}

void RecordCache::EndWrites() {
  MutexLock lock(mutex_);
  writing_.clear();
}

size_t RecordCache::BytesOf(const Entry& entry) {
  const size_t bytes = kEntryBytes + entry.name.size();
  if (entry.record == nullptr) return bytes;
  const Record& record = *entry.record;
  return bytes + record.name.size() + record.state.size() + record.task.size() +
         record.owner.size() + record.payload.size();
}

void RecordCache::Drop(Entries::iterator entry) {
  bytes_ -= BytesOf(*entry);
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

void RecordCache::Shrink() {
  while (bytes_ > max_bytes_ && !entries_.empty()) Drop(std::prev(entries_.end()));
}

}  // namespace tunegate::store
