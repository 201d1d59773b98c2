#include "server/store/record_cache.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tunegate::store {
namespace {

std::shared_ptr<const Record> RecordOf(const std::string& name, int64_t revision,
                                       size_t payload_bytes = 10) {
  auto record = std::make_shared<Record>();
  record->name = name;
  record->revision = revision;
  record->payload = std::string(payload_bytes, 'x');
  return record;
}

int64_t RevisionIn(RecordCache& cache, const std::string& name) {
  const auto found = cache.Find(name);
  return found == nullptr ? 0 : found->revision;
}

void Write(RecordCache& cache, const std::string& name) {
  cache.BeginWrite(name);
  cache.EndWrites();
}

TEST(RecordCacheTest, WhatWasReadIsFound) {
  RecordCache cache(1 << 20);
  EXPECT_EQ(cache.Find("jobs/a"), nullptr);
  const RecordCache::Ticket ticket = cache.Expect("jobs/a");
  EXPECT_EQ(cache.Find("jobs/a"), nullptr) << "expected is not known";
  cache.Keep(ticket, RecordOf("jobs/a", 3));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 3);
}

TEST(RecordCacheTest, WrittenRecordIsNotFoundFromTheBeginningOfTheWrite) {
  RecordCache cache(1 << 20);
  cache.Keep(cache.Expect("jobs/a"), RecordOf("jobs/a", 1));
  cache.Keep(cache.Expect("jobs/b"), RecordOf("jobs/b", 1));
  cache.BeginWrite("jobs/a");
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 0);
  EXPECT_EQ(RevisionIn(cache, "jobs/b"), 1) << "of another";
  cache.EndWrites();
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 0);
  cache.Keep(cache.Expect("jobs/a"), RecordOf("jobs/a", 2));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 2);
}

TEST(RecordCacheTest, OvertakenReaderKeepsNothing) {
  RecordCache cache(1 << 20);
  const RecordCache::Ticket before = cache.Expect("jobs/a");
  Write(cache, "jobs/a");
  cache.Keep(before, RecordOf("jobs/a", 1));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 0);
  // Nor over what a later reader keeps.
  const RecordCache::Ticket after = cache.Expect("jobs/a");
  cache.Keep(before, RecordOf("jobs/a", 1));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 0);
  cache.Keep(after, RecordOf("jobs/a", 2));
  cache.Keep(before, RecordOf("jobs/a", 1));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 2);
}

TEST(RecordCacheTest, NothingIsKeptOfWhatWasReadDuringTheWrite) {
  RecordCache cache(1 << 20);
  cache.BeginWrite("jobs/a");
  const RecordCache::Ticket during = cache.Expect("jobs/a");
  cache.Keep(during, RecordOf("jobs/a", 1));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 0);
  cache.EndWrites();
  cache.Keep(during, RecordOf("jobs/a", 1));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 0);
}

TEST(RecordCacheTest, TheLongestUnaskedGoesFirst) {
  RecordCache cache(3500);  // three of about a thousand bytes
  for (const char* name : {"jobs/a", "jobs/b", "jobs/c"}) {
    cache.Keep(cache.Expect(name), RecordOf(name, 1, 600));
  }
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 1);
  cache.Keep(cache.Expect("jobs/d"), RecordOf("jobs/d", 1, 600));
  EXPECT_EQ(RevisionIn(cache, "jobs/b"), 0);
  for (const char* name : {"jobs/a", "jobs/c", "jobs/d"}) EXPECT_EQ(RevisionIn(cache, name), 1);
}

TEST(RecordCacheTest, WhatIsGivenUpTakesNoRoom) {
  RecordCache cache(3500);
  cache.Keep(cache.Expect("jobs/a"), RecordOf("jobs/a", 1));
  for (int i = 0; i < 100; ++i) {
    const std::string absent = "jobs/absent" + std::to_string(i);
    cache.GiveUp(cache.Expect(absent), absent);
  }
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 1);
  // Another reader was faster: what it kept stays.
  const RecordCache::Ticket shared = cache.Expect("jobs/b");
  cache.Keep(shared, RecordOf("jobs/b", 1));
  cache.GiveUp(shared, "jobs/b");
  EXPECT_EQ(RevisionIn(cache, "jobs/b"), 1);
}

TEST(RecordCacheTest, WhatIsExpectedInVainDoesNotGrowForEver) {
  RecordCache cache(3500);
  cache.Keep(cache.Expect("jobs/a"), RecordOf("jobs/a", 1));
  for (int i = 0; i < 100; ++i) (void)cache.Expect("jobs/absent" + std::to_string(i));
  EXPECT_EQ(RevisionIn(cache, "jobs/a"), 0) << "pushed out, as by others";
  cache.Keep(cache.Expect("jobs/big"), RecordOf("jobs/big", 1, 60'000));
  EXPECT_EQ(RevisionIn(cache, "jobs/big"), 0) << "more than there is room for";
}

// The database is an atomic number; readers must never find an older one than stood when they
// asked.
TEST(RecordCacheTest, ReadersBesideAWriterFindNothingOld) {
  RecordCache cache(1 << 20);
  std::atomic<int64_t> stored = 1;
  std::atomic<int> running = 3;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (int n = 0; n < 20'000; ++n) {
        const int64_t before = stored;
        int64_t read = RevisionIn(cache, "jobs/a");
        if (read == 0) {
          const RecordCache::Ticket ticket = cache.Expect("jobs/a");
          read = stored;
          cache.Keep(ticket, RecordOf("jobs/a", read));
        }
        EXPECT_GE(read, before);
      }
      --running;
    });
  }
  while (running > 0) {
    cache.BeginWrite("jobs/a");
    ++stored;
    cache.EndWrites();
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace tunegate::store
