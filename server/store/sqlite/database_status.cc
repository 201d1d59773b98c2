#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/store/sqlite/database.h"

namespace tunegate::store {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

absl::Status DatabaseStatus(int code, std::string_view path, std::string_view doing,
                            std::string_view detail) {
  const std::string where = absl::StrCat("database ", View(path), " while ", View(doing));
  const std::string cause = absl::StrCat(" (", View(detail), ", SQLite code ", code, ")");
  const auto unavailable = [&](std::string_view what, std::string_view remedy) -> absl::Status {
    return Unavailable("STORE_UNAVAILABLE",
                       absl::StrCat(View(what), ": ", where, cause, "; ", View(remedy)))
        .Metadata("path", path);
  };
  switch (code & 0xff) {
    case SQLITE_FULL:
      return unavailable(
          "the disk is full",
          "nothing of this call was kept; make room on that file system and repeat it");
    case SQLITE_IOERR:
      return unavailable(
          "the disk failed to read or write",
          "nothing of this call is acknowledged; check the disk and the file system");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return unavailable("the file is read-only",
                         "let the server's user write to it and to its directory");
    case SQLITE_CANTOPEN:
      return unavailable("the file cannot be opened",
                         "check that its directory exists and that the server's user may use it");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return unavailable("the file is locked", "end the other program that writes to it");
    case SQLITE_INTERRUPT:
      return absl::CancelledError(absl::StrCat("stopped: ", where));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Internal(
                 "STORE_CORRUPT",
                 absl::StrCat("the file is damaged: ", where, cause,
                              "; stop the server, keep a copy of the data directory and restore "
                              "a backup"))
          .Metadata("path", path);
    default:
      return Internal("STORE_FAILED", absl::StrCat("unexpected failure: ", where, cause))
          .Metadata("path", path);
  }
}

}  // namespace tunegate::store
