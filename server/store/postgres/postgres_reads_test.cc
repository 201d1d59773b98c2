// What reads cost the database: as much as they give, however much is kept. Statements are planned
// once for a session, so both a session counts that asked first while the tables were empty, and
// one that came when they were filled and had statistics.
#include "server/store/postgres/postgres_reads.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "server/store/postgres/schema.h"
#include "server/store/postgres/testing/postgres_server.h"

namespace tunegate::store::postgres {
namespace {

// Of jobs, of events and of ended work; a tenth as many datasets.
constexpr int kKept = 20000;
constexpr int kPage = 50;
// What may be read beside what is given: the log's row in a few versions.
constexpr int kAround = 20;

enum class Planned { kOnEmptyTables, kWithStatistics };

ListQuery PageOfJobs() {
  ListQuery query;
  query.kind = "jobs";
  query.limit = kPage;
  return query;
}

class PostgresReadsTest : public testing::TestWithParam<Planned> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(MigrateSchema(*connection_).ok());
    // Statistics come when this says so.
    for (const char* table : {"resources", "events", "work"}) {
      RunAt(url_, std::string("ALTER TABLE tunegate.") + table + " SET (autovacuum_enabled = off)");
    }
    if (GetParam() == Planned::kOnEmptyTables) ReadEverything();
    Fill();
    if (GetParam() == Planned::kWithStatistics) RunAt(url_, "ANALYZE");
  }

  // Jobs share a time by twos; one in 100 has FAILED, and ten have an owner together.
  void Fill() {
    const std::string kept = std::to_string(kKept);
    for (const char* kind : {"jobs", "datasets"}) {
      const std::string name = "'" + std::string(kind) + "/' || n";
      RunAt(url_, "INSERT INTO tunegate.resources SELECT " + name + ", '" + kind +
                      "', CASE WHEN n % 100 = 7 THEN 'FAILED' ELSE 'SUCCEEDED' END, "
                      "'tasks/' || n % 100, 'workflows/' || n / 10, true, 1, timestamptz 'epoch' "
                      "+ n / 2 * interval '1 second', now(), 'payload' FROM generate_series(1, " +
                      kept + (kind[0] == 'j' ? "" : " / 10") + ") AS n");
    }
    RunAt(url_,
          "INSERT INTO tunegate.events SELECT n, 0, 'jobs/' || n, now(), 'payload' "
          "FROM generate_series(1, " +
              kept +
              ") AS n; "
              "UPDATE tunegate.meta SET newest_position = " +
              kept);
    RunAt(url_,
          "INSERT INTO tunegate.work SELECT 'jobs/' || n, 'jobs', NULL, '', 1, 'epoch' "
          "FROM generate_series(1, " +
              kept + ") AS n");
  }

  void ReadEverything() {
    for (const ListQuery& query : Pages()) EXPECT_TRUE(ReadRecords(*connection_, query).ok());
    EXPECT_TRUE(ReadEventRange(*connection_, {.after_position = 0, .max_events = kPage}).ok());
    EXPECT_TRUE(ReadNextDue(*connection_, std::nullopt).ok());
  }

  // Full pages: the first and one far behind it, of every filter that has an index, in both orders.
  static std::vector<ListQuery> Pages() {
    std::vector<ListQuery> pages;
    for (const bool oldest_first : {true, false}) {
      for (const bool deep : {true, false}) {
        ListQuery all = PageOfJobs();
        all.oldest_first = oldest_first;
        if (deep) {
          all.after_create_time = absl::UnixEpoch() + absl::Seconds(kKept / 4);
          all.after_name = "jobs/" + std::to_string(kKept / 2);
        }
        ListQuery rare = all, usual = all, of_task = all;
        rare.state = "FAILED";
        usual.state = "SUCCEEDED";
        of_task.task = "tasks/7";
        pages.insert(pages.end(), {all, rare, usual, of_task});
      }
      ListQuery of_owner = PageOfJobs();
      of_owner.oldest_first = oldest_first;
      of_owner.owner = "workflows/" + std::to_string(kKept / 20);
      of_owner.limit = 10;
      pages.push_back(of_owner);
    }
    return pages;
  }

  // Rows and index entries that this database's sessions have read.
  int64_t Read() {
    EXPECT_TRUE(connection_->Run("SELECT pg_stat_force_next_flush()").ok());
    const auto read = connection_->Run(
        "SELECT ((SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = 'tunegate') "
        "+ (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = 'tunegate'))"
        "::bigint");
    EXPECT_TRUE(read.ok()) << read.status();
    return read->Integer(0, 0);
  }

  const std::string url_ = PostgresServer::Get().NewDatabase();
  const std::unique_ptr<Connection> connection_ = ConnectTo(url_);
};

TEST_P(PostgresReadsTest, PageReadsNoMoreThanItGives) {
  for (const ListQuery& query : Pages()) {
    SCOPED_TRACE(query.state + query.task + query.owner + (query.oldest_first ? " rising" : "") +
                 (query.after_create_time ? " deep" : ""));
    const int64_t before = Read();
    const auto page = ReadRecords(*connection_, query);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(static_cast<int>(page->size()), query.limit);
    const int64_t read = Read() - before;
    EXPECT_GE(read, query.limit) << "or else this does not count";
    EXPECT_LE(read, query.limit + kAround);
  }
}

TEST_P(PostgresReadsTest, ResumeReadsNoMoreThanItGivesTwice) {
  for (const int64_t position : {int64_t{kKept / 10}, int64_t{kKept - kPage}}) {
    const int64_t before = Read();
    const auto events =
        ReadEventRange(*connection_, {.after_position = position, .max_events = kPage});
    ASSERT_TRUE(events.ok()) << events.status();
    EXPECT_EQ(static_cast<int>(events->size()), kPage);
    EXPECT_LE(Read() - before, 2 * kPage + kAround);
  }
}

TEST_P(PostgresReadsTest, AskingForDueWorkReadsNoneThatHasEnded) {
  const int64_t before = Read();
  const auto due = ReadNextDue(*connection_, std::nullopt);
  ASSERT_TRUE(due.ok()) << due.status();
  EXPECT_FALSE(due->has_value());
  EXPECT_LE(Read() - before, kAround);
}

INSTANTIATE_TEST_SUITE_P(Plans, PostgresReadsTest,
                         testing::Values(Planned::kOnEmptyTables, Planned::kWithStatistics),
                         [](const auto& info) {
                           return info.param == Planned::kOnEmptyTables ? "OfEmptyTables"
                                                                        : "WithStatistics";
                         });

}  // namespace
}  // namespace tunegate::store::postgres
