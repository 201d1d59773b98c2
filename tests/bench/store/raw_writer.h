// RawWriter: what a store is measured against. It writes the rows that a store writes for the same
// commits, in batches of the same size, by prepared statements and nothing else: no checks of what
// is there, no threads, no waiting callers.
#ifndef TUNEGATE_TESTS_BENCH_STORE_RAW_WRITER_H_
#define TUNEGATE_TESTS_BENCH_STORE_RAW_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

namespace tunegate::bench {

// What each commit puts and logs.
struct Payloads {
  std::string record = std::string(1000, 'r');
  std::string event = std::string(400, 'e');
};

// Ends the program when a statement fails.
class RawWriter {
 public:
  virtual ~RawWriter() = default;
  // One transaction of `size` records and events. `counter`: also raises the counter's row to
  // `position`, the last event's.
  virtual void WriteBatch(int size, int64_t position, bool counter) = 0;
};

// Into the SQLite file that a store has made below `data_dir`, with the same settings.
std::unique_ptr<RawWriter> OpenRawSqlite(const std::string& data_dir, bool full);
// Into the tables that a store has made at `url`; each batch is one pipeline.
std::unique_ptr<RawWriter> OpenRawPostgres(const std::string& url);

}  // namespace tunegate::bench

#endif  // TUNEGATE_TESTS_BENCH_STORE_RAW_WRITER_H_
