#include "server/store/sqlite/database.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::store {
namespace {

// For outside programs that hold the file for a moment (a backup, the sqlite3 shell).
constexpr int kBusyTimeoutMs = 10000;
// While it waits for readers, it holds up whoever commits.
constexpr int kTruncateTimeoutMs = 200;

// SQLite takes a null pointer for NULL, and an empty view may have one.
const char* DataOf(std::string_view bytes) { return bytes.empty() ? "" : bytes.data(); }

const char* Text(Synchronous synchronous) {
  switch (synchronous) {
    case Synchronous::kNormal:
      return "PRAGMA synchronous = NORMAL";
    case Synchronous::kFull:
      return "PRAGMA synchronous = FULL";
    case Synchronous::kExtra:
      return "PRAGMA synchronous = EXTRA";
  }
  return "PRAGMA synchronous = FULL";
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      handle_(std::exchange(other.handle_, nullptr)),
      next_parameter_(other.next_parameter_),
      bind_error_(other.bind_error_) {}

Statement::~Statement() {
  if (handle_ == nullptr) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

void Statement::Note(int code) {
  ++next_parameter_;
  if (bind_error_ == SQLITE_OK) bind_error_ = code;
}

Statement& Statement::Bind(int64_t value) {
  Note(sqlite3_bind_int64(handle_, next_parameter_, value));
  return *this;
}

Statement& Statement::Bind(std::string_view text) {
  Note(sqlite3_bind_text64(handle_, next_parameter_, DataOf(text), text.size(), SQLITE_TRANSIENT,
                           SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindBlob(std::string_view bytes) {
  Note(
      sqlite3_bind_blob64(handle_, next_parameter_, DataOf(bytes), bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::Bind(absl::Time time) { return Bind(absl::ToUnixMicros(time)); }

Statement& Statement::Bind(std::optional<absl::Time> time) {
  if (time) return Bind(*time);
  Note(sqlite3_bind_null(handle_, next_parameter_));
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  if (bind_error_ != SQLITE_OK) return database_->StatusOf(bind_error_, "binding a value");
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_->StatusOf(code, absl::StrCat("running \"", sqlite3_sql(handle_), "\""));
}

absl::Status Statement::Run() {
  bool more = true;
  while (more) {
    TG_ASSIGN_OR_RETURN(more, Step());
  }
  return absl::OkStatus();
}

int64_t Statement::Integer(int column) const { return sqlite3_column_int64(handle_, column); }

std::string Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), size);
}

absl::Time Statement::Time(int column) const { return absl::FromUnixMicros(Integer(column)); }

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode,
                                                         Synchronous synchronous) {
  sqlite3* handle = nullptr;
  const int access =
      mode == Mode::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(path.c_str(), &handle,
                                   access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<Database> database(new Database(path, handle));
  if (code != SQLITE_OK) return database->StatusOf(code, "opening it");
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  if (mode == Mode::kReadWrite) {
    // A new database can give space back piece by piece. The limit gives back the space of a log
    // that once grew. Strict about what a damaged or hostile file says about itself.
    TG_RETURN_IF_ERROR(
        database->ExecuteScript("PRAGMA auto_vacuum = INCREMENTAL;"
                                "PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;"
                                "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF"));
    TG_RETURN_IF_ERROR(database->ExecuteScript(tunegate::store::Text(synchronous)));
    // What savepoints remember of a batch stays in memory: otherwise each larger batch makes,
    // writes and deletes a temporary file.
    TG_RETURN_IF_ERROR(database->ExecuteScript("PRAGMA temp_store = MEMORY"));
    // The same pages are written in commit after commit: copied from the log into the database only
    // every 32 MiB, most of them are copied once. That much is read again after a crash, at most.
    TG_RETURN_IF_ERROR(database->ExecuteScript("PRAGMA wal_autocheckpoint = 8192"));
  }
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return Statement(this, found->second);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return StatusOf(code, "compiling a statement");
  statements_.emplace(std::string(sql), statement);
  return Statement(this, statement);
}

absl::Status Database::Execute(std::string_view sql) {
  TG_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  return statement.Run();
}

absl::Status Database::ExecuteScript(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return StatusOf(code, "setting it up");
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Database::QueryInteger(std::string_view sql) {
  TG_ASSIGN_OR_RETURN(Statement query, Prepare(sql));
  TG_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? query.Integer(0) : 0;
}

void Database::Interrupt() { sqlite3_interrupt(handle_); }

absl::Status Database::TruncateLog() {
  sqlite3_busy_timeout(handle_, kTruncateTimeoutMs);
  // A log that others read from stays as it is: that is a row, and no error.
  const absl::Status status = ExecuteScript("PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  return status;
}

int64_t Database::changes() const { return sqlite3_changes64(handle_); }

bool Database::autocommit() const { return sqlite3_get_autocommit(handle_) != 0; }

absl::Status Database::StatusOf(int code, std::string_view doing) const {
  return DatabaseStatus(code, path_, doing,
                        handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_));
}

}  // namespace tunegate::store
