// RecordCache: records as they stand, in memory, for a store that alone writes its database.
// Finding one takes no waiting, so that a gRPC callback thread may ask.
//
// Whoever reads a record from the database asks for a ticket first; whoever writes one says so
// before and after. What was read is kept only when nobody has written it since the ticket: so no
// reader that was overtaken brings an old record back, and from the moment of the commit nobody
// finds the old one any more.
#ifndef TUNEGATE_SERVER_STORE_RECORD_CACHE_H_
#define TUNEGATE_SERVER_STORE_RECORD_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/mutex.h"
#include "server/store/store.h"

namespace tunegate::store {

// Thread-safe; one thread at a time writes.
class RecordCache {
 public:
  // Of what was not asked for the longest time, what goes beyond `max_bytes` is dropped.
  explicit RecordCache(size_t max_bytes) : max_bytes_(max_bytes) {}
  RecordCache(const RecordCache&) = delete;
  RecordCache& operator=(const RecordCache&) = delete;

  // nullptr: it is not here, which says nothing of the database.
  std::shared_ptr<const Record> Find(std::string_view name);

  // What Keep needs: one for what is read after this. 0: is being written, not to be kept.
  using Ticket = uint64_t;
  Ticket Expect(std::string_view name);
  // Keeps what was read, unless it was written since `ticket`.
  void Keep(Ticket ticket, std::shared_ptr<const Record> record);
  // Nothing was read: expects it no longer.
  void GiveUp(Ticket ticket, std::string_view name);

  // Before `name` is changed in the database: it is not found any more.
  void BeginWrite(std::string_view name);
  // After the changes were committed, or given up: they may be read and kept again.
  void EndWrites();

 private:
  struct Entry {
    std::string name;
    Ticket ticket = 0;
    std::shared_ptr<const Record> record;  // nullptr: expected, not read yet
  };
  using Entries = std::list<Entry>;

  static size_t BytesOf(const Entry& entry);
  void Drop(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Shrink() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_bytes_;
  Mutex mutex_;
  Ticket last_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Entries entries_ ABSL_GUARDED_BY(mutex_);  // the last one that was asked for first
  // By the name that the entry holds.
  std::unordered_map<std::string_view, Entries::iterator> by_name_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string, std::less<>> writing_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_RECORD_CACHE_H_
