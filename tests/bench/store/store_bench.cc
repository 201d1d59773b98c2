// Commits a second of the stores beside raw prepared statements, in one run; see
// tests/bench/store/run.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/digest.h"
#include "server/metrics/catalogue.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/postgres/testing/postgres_server.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/bench/store/raw_writer.h"

namespace tunegate::bench {
namespace {

constexpr double kTarget = 0.6;

struct Flags {
  int rounds = 5;
  double seconds = 1.5;
  bool full = true;
  std::string directory = "/tmp";
  std::vector<int> writers = {1, 4, 16};
  std::vector<std::string> engines = {"sqlite", "postgres"};
};

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "store_bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

// How an engine makes a place with nothing in it, and opens it in both ways.
struct EngineUnderTest {
  std::string name;
  std::function<std::string()> new_place;
  std::function<absl::StatusOr<std::unique_ptr<store::Store>>(const std::string& place)> open;
  std::function<std::unique_ptr<RawWriter>(const std::string& place)> open_raw;
};

// What was measured of one side in one round.
struct Measured {
  int64_t commits = 0;
  int64_t batches = 0;
  double seconds = 0;
  double rate() const { return static_cast<double>(commits) / seconds; }
};

double Monotonic() { return absl::ToDoubleSeconds(RealClock().Monotonic()); }

store::Transaction CommitOf(const Payloads& payloads, const std::string& name) {
  store::Transaction transaction;
  store::Record record;
  record.name = name;
  record.state = "RUNNING";
  record.payload = payloads.record;
  transaction.puts.push_back({.record = std::move(record), .expected_revision = 0});
  transaction.events.push_back({.resource = name, .payload = payloads.event});
  return transaction;
}

// `writers` threads commit one record and one event after the other for `seconds`.
Measured MeasureStore(const EngineUnderTest& engine, int writers, double seconds) {
  auto opened = engine.open(engine.new_place());
  if (!opened.ok()) Die(opened.status());
  store::Store& store = **opened;
  const Payloads payloads;
  // The first commit connects and prepares.
  if (auto first = store.Commit(CommitOf(payloads, "jobs/first")); !first.ok()) Die(first.status());
  std::atomic<int64_t> commits = 0;
  const int64_t batches = metrics::TheCatalogue().store_batches.value();
  const double begin = Monotonic();
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; Monotonic() < begin + seconds; ++i) {
        const auto done = store.Commit(CommitOf(payloads, absl::StrCat("jobs/", w, "-", i)));
        if (!done.ok()) Die(done.status());
        ++commits;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return {.commits = commits,
          .batches = metrics::TheCatalogue().store_batches.value() - batches,
          .seconds = Monotonic() - begin};
}

// As many commits in as many batches.
Measured MeasureRaw(const EngineUnderTest& engine, const Measured& like, bool counter) {
  const std::string place = engine.new_place();
  if (auto made = engine.open(place); !made.ok()) Die(made.status());
  const std::unique_ptr<RawWriter> raw = engine.open_raw(place);
  raw->WriteBatch(1, 1, counter);
  const double begin = Monotonic();
  int64_t written = 0;
  for (int64_t batch = 1; batch <= like.batches; ++batch) {
    const int64_t until = batch * like.commits / like.batches;
    const int size = static_cast<int>(until - written);
    if (size > 0) raw->WriteBatch(size, 1 + until, counter);
    written = until;
  }
  return {.commits = written, .batches = like.batches, .seconds = Monotonic() - begin};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// One line of the table; the ratio.
double Compare(const EngineUnderTest& engine, int writers, const Flags& flags) {
  std::vector<double> ours, raws, ratios, costs, sizes;
  for (int round = 0; round < flags.rounds; ++round) {
    const Measured store = MeasureStore(engine, writers, flags.seconds);
    // Who goes first changes, so that no side always meets the warmer machine.
    const bool bare_first = round % 2 == 1;
    const Measured first = MeasureRaw(engine, store, !bare_first);
    const Measured second = MeasureRaw(engine, store, bare_first);
    const Measured& raw = bare_first ? second : first;
    const Measured& bare = bare_first ? first : second;
    ours.push_back(store.rate());
    raws.push_back(raw.rate());
    ratios.push_back(store.rate() / raw.rate());
    costs.push_back(1 - raw.rate() / bare.rate());
    sizes.push_back(static_cast<double>(store.commits) / static_cast<double>(store.batches));
  }
  const double ratio = Median(ratios);
  std::printf("%-9s %7d %7.1f %11.0f %11.0f %7.2f %15.1f%%\n", engine.name.c_str(), writers,
              Median(sizes), Median(ours), Median(raws), ratio, 100 * Median(costs));
  std::fflush(stdout);
  return ratio;
}

EngineUnderTest Sqlite(const Flags& flags) {
  return {.name = "sqlite",
          .new_place = [&] { return absl::StrCat(flags.directory, "/", RandomHex(8)); },
          .open =
              [&](const std::string& place) {
                store::SqliteOptions options;
                options.data_dir = place;
                options.synchronous =
                    flags.full ? store::Synchronous::kFull : store::Synchronous::kNormal;
                return store::OpenSqliteStore(options);
              },
          .open_raw = [&](const std::string& place) { return OpenRawSqlite(place, flags.full); }};
}

EngineUnderTest Postgres(const Flags& flags) {
  static store::postgres::PostgresServer server({"--durable"});
  return {.name = "postgres",
          .new_place =
              [&] {
                const char* commit = flags.full ? "on" : "off";
                return absl::StrCat(server.NewDatabase(), "&options=-csynchronous_commit%3D",
                                    commit);
              },
          .open =
              [&](const std::string& place) {
                store::PostgresOptions options;
                options.url = place;
                options.data_dir = flags.directory;
                return store::OpenPostgresStore(options);
              },
          .open_raw = OpenRawPostgres};
}

int Run(const Flags& flags) {
  std::printf("one record of 1000 bytes and one event of 400 a commit; %s; median of %d rounds\n",
              flags.full ? "synchronous full / on" : "synchronous normal / off", flags.rounds);
  std::printf("%-9s %7s %7s %11s %11s %7s %16s\n", "engine", "writers", "a batch", "commits/s",
              "raw", "ratio", "counter costs");
  double worst = INFINITY;
  for (const std::string& name : flags.engines) {
    const EngineUnderTest engine = name == "postgres" ? Postgres(flags) : Sqlite(flags);
    for (const int writers : flags.writers) {
      worst = std::min(worst, Compare(engine, writers, flags));
    }
  }
  std::printf("lowest ratio %.2f (at least %.1f)\n", worst, kTarget);
  return worst >= kTarget ? 0 : 1;
}

}  // namespace
}  // namespace tunegate::bench

int main(int argc, char** argv) {
  CLI::App app("commits a second of the stores beside raw prepared statements");
  tunegate::bench::Flags flags;
  bool normal = false;
  app.add_option("--rounds", flags.rounds, "rounds of each comparison");
  app.add_option("--seconds", flags.seconds, "how long the store writes in a round");
  app.add_option("--writers", flags.writers, "how many threads commit")->delimiter(',');
  app.add_option("--engines", flags.engines, "which engines")
      ->delimiter(',')
      ->check(CLI::IsMember({"sqlite", "postgres"}));
  app.add_option("--directory", flags.directory, "where the files go: on the disk to be measured");
  app.add_flag("--normal", normal, "synchronous normal (SQLite) and off (PostgreSQL)");
  CLI11_PARSE(app, argc, argv);
  flags.full = !normal;
  flags.directory += "/tunegate-store-bench-" + tunegate::RandomHex(4);
  std::filesystem::create_directories(flags.directory);
  const int status = tunegate::bench::Run(flags);
  std::filesystem::remove_all(flags.directory);
  return status;
}
