#include "server/evaluations/looks/question_index.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <vector>

#include "common/random.h"
#include "gtest/gtest.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"

namespace tunegate::evaluations {
namespace {

class CountingStore : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<std::vector<store::Row>> ReadRows(std::string_view parent, std::string_view stream,
                                                   std::string_view after_key, int limit) override {
    ++reads;
    auto rows = ForwardingStore::ReadRows(parent, stream, after_key, limit);
    if (rows.ok()) rows_read += static_cast<int64_t>(rows->size());
    return rows;
  }
  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    largest_commit = std::max(largest_commit, transaction.rows.size());
    return ForwardingStore::Commit(std::move(transaction));
  }
  int64_t reads = 0, rows_read = 0;
  size_t largest_commit = 0;
};

class QuestionIndexTest : public testing::Test {
 protected:
  // `count` questions from `begin` of a fixed sequence that looks random.
  static QuestionSet Set(uint64_t begin, int count, std::string_view task = "tasks/toy") {
    std::vector<uint64_t> digests;
    for (int i = 0; i < count; ++i) digests.push_back(Random(begin + i).Next());
    return MakeQuestionSet(task, std::move(digests));
  }
  void Add(const QuestionSet& set) { ASSERT_TRUE(AddToIndex(store_, set).ok()); }
  std::map<std::string, Overlap> Find(const QuestionSet& set) {
    const auto found = FindOverlaps(store_, set);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : std::map<std::string, Overlap>();
  }

  std::unique_ptr<store::Store> sqlite_ = store::OpenTestStore();
  CountingStore store_{sqlite_.get()};
};

TEST_F(QuestionIndexTest, CountsWhatEachSetShares) {
  const QuestionSet a = Set(0, 100), b = Set(90, 50), c = Set(1000, 30);
  for (const QuestionSet& set : {a, b, c}) Add(set);
  const auto of_a = Find(a);
  ASSERT_EQ(of_a.size(), 2u) << "c has nothing in common";
  EXPECT_EQ(of_a.at(a.Id()).shared, 100);
  EXPECT_EQ(of_a.at(b.Id()).shared, 10);
  EXPECT_EQ(of_a.at(b.Id()).size, 50);
}

TEST_F(QuestionIndexTest, AddingAgainChangesNothing) {
  const QuestionSet set = Set(0, 10);
  Add(set);
  Add(set);
  EXPECT_EQ(Find(set).at(set.Id()).shared, 10);
}

TEST_F(QuestionIndexTest, TasksAreApartAndNothingIsFoundInNothing) {
  EXPECT_TRUE(Find(Set(0, 10)).empty());
  Add(Set(0, 10));
  EXPECT_TRUE(Find(Set(0, 10, "tasks/other")).empty());
  EXPECT_TRUE(Find(Set(0, 0)).empty());
}

TEST_F(QuestionIndexTest, AgreesWithCountingByHandAtAnySize) {
  std::vector<QuestionSet> sets;
  Random random(7);
  for (int i = 0; i < 40; ++i) {
    sets.push_back(Set(random.Below(400), 1 + static_cast<int>(random.Below(300))));
    Add(sets.back());
  }
  for (const QuestionSet& set : sets) {
    std::map<std::string, int64_t> by_hand;
    for (const QuestionSet& other : sets) {
      std::vector<uint64_t> both;
      std::set_intersection(set.digests.begin(), set.digests.end(), other.digests.begin(),
                            other.digests.end(), std::back_inserter(both));
      if (!both.empty()) by_hand[other.Id()] = static_cast<int64_t>(both.size());
    }
    const auto found = Find(set);
    EXPECT_EQ(found.size(), by_hand.size());
    for (const auto& [id, shared] : by_hand) EXPECT_EQ(found.at(id).shared, shared);
  }
}

TEST_F(QuestionIndexTest, SmallSetIsLookedUpInALargeIndexWithAFewRowsAQuestion) {
  Add(Set(0, 20'000));
  const QuestionSet fresh = Set(1'000'000, 100);
  store_.reads = store_.rows_read = 0;
  EXPECT_TRUE(Find(fresh).empty());
  EXPECT_LE(store_.reads, 110);
  EXPECT_LE(store_.rows_read, 110 * 32);
}

TEST_F(QuestionIndexTest, LargeSetIsLookedUpPageByPageAndAddedInBoundedCommits) {
  const QuestionSet large = Set(0, 20'000);
  Add(large);
  EXPECT_LE(store_.largest_commit, 1000u);
  store_.reads = store_.rows_read = 0;
  EXPECT_EQ(Find(large).at(large.Id()).shared, 20'000);
  EXPECT_LE(store_.reads, 20);
  EXPECT_EQ(store_.rows_read, 20'000);
}

TEST_F(QuestionIndexTest, DamagedRowIsNotTakenForNone) {
  store::Transaction transaction;
  transaction.rows.push_back({"tasks/toy", "questions", "zzzzzzzzzzzzzzzz/x", "1"});
  ASSERT_TRUE(store_.Commit(std::move(transaction)).ok());
  EXPECT_EQ(FindOverlaps(store_, Set(0, 1)).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace tunegate::evaluations
