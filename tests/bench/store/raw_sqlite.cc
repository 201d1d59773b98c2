#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>

#include "tests/bench/store/raw_writer.h"

namespace tunegate::bench {
namespace {

class RawSqlite : public RawWriter {
 public:
  RawSqlite(const std::string& path, bool full) {
    Check(sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr));
    for (const char* pragma :
         {"PRAGMA journal_mode = WAL", "PRAGMA journal_size_limit = 67108864",
          "PRAGMA cell_size_check = ON", "PRAGMA trusted_schema = OFF",
          full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"}) {
      Check(sqlite3_exec(database_, pragma, nullptr, nullptr, nullptr));
    }
    begin_ = Prepare("BEGIN IMMEDIATE");
    commit_ = Prepare("COMMIT");
    record_ = Prepare(
        "INSERT INTO resources (name, kind, state, task, owner, terminal, revision, create_time, "
        "end_time, payload) VALUES (?, 'jobs', 'RUNNING', '', '', 0, 1, ?, NULL, ?)");
    event_ = Prepare(
        "INSERT INTO events (position, event_index, resource, time, payload) VALUES (?, 0, ?, ?, "
        "?)");
    counter_ = Prepare("UPDATE meta SET newest_position = ?");
  }
  ~RawSqlite() override {
    for (sqlite3_stmt* statement : {begin_, commit_, record_, event_, counter_}) {
      sqlite3_finalize(statement);
    }
    sqlite3_close(database_);
  }

  void WriteBatch(int size, int64_t position, bool counter) override {
    Run(begin_);
    for (int64_t at = position - size + 1; at <= position; ++at) {
      const std::string name = "jobs/raw-" + std::to_string(at);
      const int64_t now = 1800000000000000 + at;
      BindText(record_, 1, name);
      Check(sqlite3_bind_int64(record_, 2, now));
      BindBlob(record_, 3, payloads_.record);
      Run(record_);
      Check(sqlite3_bind_int64(event_, 1, at));
      BindText(event_, 2, name);
      Check(sqlite3_bind_int64(event_, 3, now));
      BindBlob(event_, 4, payloads_.event);
      Run(event_);
    }
    if (counter) {
      Check(sqlite3_bind_int64(counter_, 1, position));
      Run(counter_);
    }
    Run(commit_);
  }

 private:
  void Check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    std::fprintf(stderr, "raw sqlite: %s\n", sqlite3_errmsg(database_));
    std::exit(1);
  }
  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    Check(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }
  void BindText(sqlite3_stmt* statement, int at, const std::string& text) {
    Check(sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()),
                            SQLITE_STATIC));
  }
  void BindBlob(sqlite3_stmt* statement, int at, const std::string& bytes) {
    Check(sqlite3_bind_blob(statement, at, bytes.data(), static_cast<int>(bytes.size()),
                            SQLITE_STATIC));
  }
  void Run(sqlite3_stmt* statement) {
    Check(sqlite3_step(statement));
    Check(sqlite3_reset(statement));
  }

  const Payloads payloads_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt *begin_, *commit_, *record_, *event_, *counter_;
};

}  // namespace

std::unique_ptr<RawWriter> OpenRawSqlite(const std::string& data_dir, bool full) {
  return std::make_unique<RawSqlite>(data_dir + "/tunegate.db", full);
}

}  // namespace tunegate::bench
