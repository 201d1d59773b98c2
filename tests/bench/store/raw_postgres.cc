#include <postgresql/libpq-fe.h>

#include <cstdio>
#include <cstdlib>

#include "tests/bench/store/raw_writer.h"

namespace tunegate::bench {
namespace {

// In PostgreSQL's binary form.
std::string BigEndian(int64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

class RawPostgres : public RawWriter {
 public:
  explicit RawPostgres(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) Fail();
    Clear(PQexec(connection_, "SET search_path = tunegate"));
    Prepare("begin", "BEGIN");
    Prepare("commit", "COMMIT");
    Prepare("record",
            "INSERT INTO resources (name, kind, state, task, owner, terminal, revision, "
            "create_time, end_time, payload) VALUES ($1, 'jobs', 'RUNNING', '', '', false, 1, $2, "
            "NULL, $3)");
    Prepare("event",
            "INSERT INTO events (position, event_index, resource, time, payload) "
            "VALUES ($1, 0, $2, $3, $4)");
    Prepare("counter", "UPDATE meta SET newest_position = $1");
  }
  ~RawPostgres() override { PQfinish(connection_); }

  void WriteBatch(int size, int64_t position, bool counter) override {
    PQenterPipelineMode(connection_);
    Send("begin", {});
    for (int64_t at = position - size + 1; at <= position; ++at) {
      const std::string name = "jobs/raw-" + std::to_string(at);
      const std::string now = BigEndian(850000000000000 + at);
      Send("record", {&name, &now, &payloads_.record});
      const std::string place = BigEndian(at);
      Send("event", {&place, &name, &now, &payloads_.event});
    }
    const std::string end = BigEndian(position);
    if (counter) Send("counter", {&end});
    Send("commit", {});
    if (PQpipelineSync(connection_) != 1) Fail();
    Drain();
    if (PQexitPipelineMode(connection_) != 1) Fail();
  }

 private:
  void Prepare(const char* name, const char* sql) {
    Clear(PQprepare(connection_, name, sql, 0, nullptr));
  }

  void Send(const char* name, std::initializer_list<const std::string*> parameters) {
    const char* values[4];
    int lengths[4];
    constexpr int kBinary[4] = {1, 1, 1, 1};
    int count = 0;
    for (const std::string* parameter : parameters) {
      values[count] = parameter->data();
      lengths[count++] = static_cast<int>(parameter->size());
    }
    if (PQsendQueryPrepared(connection_, name, count, values, lengths, kBinary, 1) != 1) Fail();
  }

  void Drain() {
    while (true) {
      PGresult* result = PQgetResult(connection_);
      if (result == nullptr) continue;
      const bool end = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
      Clear(result);
      if (end) return;
    }
  }

  void Clear(PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC) {
      Fail();
    }
    PQclear(result);
  }

  [[noreturn]] void Fail() {
    std::fprintf(stderr, "raw postgres: %s\n", PQerrorMessage(connection_));
    std::exit(1);
  }

  const Payloads payloads_;
  PGconn* const connection_;
};

}  // namespace

std::unique_ptr<RawWriter> OpenRawPostgres(const std::string& url) {
  return std::make_unique<RawPostgres>(url);
}

}  // namespace tunegate::bench
