#include <sqlite3.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/store/sqlite/database.h"

namespace tunegate::store {
namespace {

// Pages between two questions whether to stop: 4 MiB.
constexpr int kPagesAtOnce = 1024;

using Handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

}  // namespace

absl::Status Database::CopyPages(const std::string& path, const std::function<bool()>& stop) {
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2(
      path.c_str(), &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  const Handle copy(opened, &sqlite3_close);
  const auto failed = [&](int failure) {
    return DatabaseStatus(failure, path, "copying to it",
                          opened == nullptr ? sqlite3_errstr(failure) : sqlite3_errmsg(opened));
  };
  if (code != SQLITE_OK) return failed(code);
  // Whatever stops the copying, nobody will look at what is there.
  code = sqlite3_exec(opened, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nullptr,
                      nullptr, nullptr);
  if (code != SQLITE_OK) return failed(code);
  sqlite3_backup* backup = sqlite3_backup_init(opened, "main", handle_, "main");
  if (backup == nullptr) return failed(sqlite3_extended_errcode(opened));
  code = SQLITE_OK;
  bool stopped = false;
  while (code == SQLITE_OK && !stopped) {
    stopped = stop && stop();
    if (!stopped) code = sqlite3_backup_step(backup, kPagesAtOnce);
  }
  const int finished = sqlite3_backup_finish(backup);
  if (stopped) return absl::CancelledError(absl::StrCat("stopped: copying database ", path_));
  if (code != SQLITE_DONE) return failed(code);
  return finished == SQLITE_OK ? absl::OkStatus() : failed(finished);
}

absl::Status Database::CopyTo(const std::string& path, const std::function<bool()>& stop) {
  // Within one transaction for reading, which holds up no writer. Without it, every commit of
  // another connection would make SQLite begin the copy anew, and under load it would never end.
  TG_RETURN_IF_ERROR(Execute("BEGIN"));
  absl::Status status = QueryInteger("SELECT count(*) FROM sqlite_schema").status();
  if (status.ok()) status = CopyPages(path, stop);
  const absl::Status ended = Execute("COMMIT");
  return status.ok() ? ended : status;
}

}  // namespace tunegate::store
