// PageCheck: SQLite's check of every page of a database that is too large to be read before it is
// served: once, in a thread and over a connection of its own.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_PAGE_CHECK_H_
#define TUNEGATE_SERVER_STORE_SQLITE_PAGE_CHECK_H_

#include <atomic>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace tunegate::store {

// Thread-safe, but for Start. Until it is started it counts as done: somebody else has made it.
class PageCheck {
 public:
  PageCheck() = default;
  // Ends it soon.
  ~PageCheck();
  PageCheck(const PageCheck&) = delete;
  PageCheck& operator=(const PageCheck&) = delete;

  // Checks the database at `path`, and logs what it finds. At most once.
  void Start(const std::string& path);

  // What is known of the pages, for Inspection::checked.
  std::string known() const;
  // What is wrong with them; empty: nothing was found so far.
  std::string damage() const;

 private:
  absl::Status Run(const std::string& path) const;
  void End(const absl::Status& status);

  std::atomic<bool> stopping_{false};
  mutable Mutex mutex_;
  std::string known_ ABSL_GUARDED_BY(mutex_) = "every page, at the start";
  std::string damage_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_PAGE_CHECK_H_
