// Database, Statement: one connection to an SQLite file, and its prepared statements, as values
// with statuses. The only files that include sqlite3.h are database.cc, database_copy.cc and
// database_status.cc.
//
//   TG_ASSIGN_OR_RETURN(Statement find, db->Prepare("SELECT state FROM resources WHERE name = ?"));
//   find.Bind(name);
//   TG_ASSIGN_OR_RETURN(bool found, find.Step());
//   if (found) use(find.Text(0));
#ifndef TUNEGATE_SERVER_STORE_SQLITE_DATABASE_H_
#define TUNEGATE_SERVER_STORE_SQLITE_DATABASE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tunegate::store {

// What a failing SQLite call means to us; `code` is an extended result code other than OK, ROW and
// DONE, `doing` completes "while ...". Codes as store.h says: UNAVAILABLE (STORE_UNAVAILABLE) for a
// full, failing, read-only or locked file, INTERNAL (STORE_CORRUPT) for a damaged one and INTERNAL
// (STORE_FAILED) for what should not happen. The text names the file and the remedy.
absl::Status DatabaseStatus(int code, std::string_view path, std::string_view doing,
                            std::string_view detail);

class Database;

// A prepared statement in use, borrowed from its Database's cache; rewound when destroyed. Columns
// and parameters are counted from 0; Bind fills the next parameter. Not thread-safe.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& Bind(int64_t value);
  Statement& Bind(int32_t value) { return Bind(static_cast<int64_t>(value)); }
  Statement& Bind(bool value) { return Bind(static_cast<int64_t>(value)); }
  Statement& Bind(std::string_view text);
  Statement& Bind(const std::string& text) { return Bind(std::string_view(text)); }
  Statement& Bind(const char* text) { return Bind(std::string_view(text)); }
  Statement& BindBlob(std::string_view bytes);
  Statement& Bind(absl::Time time);                 // microseconds since 1970
  Statement& Bind(std::optional<absl::Time> time);  // NULL without one

  // True when there is a (further) row. Errors of Bind come out here.
  absl::StatusOr<bool> Step();
  // Steps to the end, for statements that give no rows.
  absl::Status Run();

  int64_t Integer(int column) const;
  std::string Text(int column) const;  // also for blobs
  absl::Time Time(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Database;
  Statement(Database* database, sqlite3_stmt* handle) : database_(database), handle_(handle) {}
  void Note(int code);

  Database* database_;
  sqlite3_stmt* handle_;
  int next_parameter_ = 1;
  int bind_error_ = 0;
};

// How far a commit goes before it is acknowledged (SQLite's `synchronous` in WAL mode).
enum class Synchronous {
  kNormal,  // survives the death of the process, not always that of the machine
  kFull,    // synced to disk
  kExtra,   // as kFull, and the directory's entries, too
};

// One connection. Not thread-safe: one user at a time.
class Database {
 public:
  enum class Mode { kReadWrite, kRead };

  // Opens `path` in WAL mode; kReadWrite makes it when it is not there.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, Mode mode,
                                                        Synchronous synchronous);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `sql` compiled, or taken from the cache. A statement must be gone before the same text is
  // prepared again.
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  // Runs one statement without parameters, cached like the others.
  absl::Status Execute(std::string_view sql);
  // Runs several statements, not cached.
  absl::Status ExecuteScript(const char* sql);
  // The first column of the first row; 0 when there is none.
  absl::StatusOr<int64_t> QueryInteger(std::string_view sql);

  // Ends a statement that another thread runs, with CANCELLED; does nothing when none runs.
  // Thread-safe.
  void Interrupt();

  // Copies all of it, as it stands now, to `path`, which must not be there: others write meanwhile,
  // and the log grows by what they write. The copy is not synced. CANCELLED when `stop`, asked
  // every few megabytes, says true.
  absl::Status CopyTo(const std::string& path, const std::function<bool()>& stop);

  // Copies what the log has into the database, and gives the log's space back where nobody reads
  // from it. Others can commit again soon: it does not wait for long readers.
  absl::Status TruncateLog();

  // Rows that the last statement changed.
  int64_t changes() const;
  // False within BEGIN ... COMMIT. Some errors end a transaction by themselves.
  bool autocommit() const;
  const std::string& path() const { return path_; }

 private:
  friend class Statement;
  Database(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  absl::Status StatusOf(int code, std::string_view doing) const;
  absl::Status CopyPages(const std::string& path, const std::function<bool()>& stop);

  const std::string path_;
  sqlite3* const handle_;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_DATABASE_H_
