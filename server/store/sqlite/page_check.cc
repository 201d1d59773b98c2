#include "server/store/sqlite/page_check.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/interrupter.h"
#include "server/store/sqlite/schema.h"

namespace tunegate::store {

PageCheck::~PageCheck() {
  stopping_.store(true);
  if (thread_.joinable()) thread_.join();
}

void PageCheck::Start(const std::string& path) {
  {
    MutexLock lock(mutex_);
    known_ = "its pages not yet: that is under way";
  }
  thread_ = std::thread([this, path] { End(Run(path)); });
}

std::string PageCheck::known() const {
  MutexLock lock(mutex_);
  return known_;
}

std::string PageCheck::damage() const {
  MutexLock lock(mutex_);
  return damage_;
}

absl::Status PageCheck::Run(const std::string& path) const {
  TG_ASSIGN_OR_RETURN(const auto database,
                      Database::Open(path, Database::Mode::kRead, Synchronous::kFull));
  const StopCheck stop = [this] { return stopping_.load(); };
  const Interrupter interrupter(database.get(), stop);
  return CheckPages(*database, path);
}

void PageCheck::End(const absl::Status& status) {
  if (stopping_.load()) return;  // nobody asks any more
  const std::string text(status.message());
  MutexLock lock(mutex_);
  known_ = "every page, after the start";
  if (status.ok()) {
    log::Info("every page of the database was checked, and no damage was found");
  } else if (DetailsOf(status).reason == "STORE_CORRUPT") {
    damage_ = text;
    log::Error("the database is damaged", {{"error", text}});
  } else {
    known_ = absl::StrCat("its pages not: ", text);
    log::Error("the pages of the database could not be checked", {{"error", text}});
  }
}

}  // namespace tunegate::store
