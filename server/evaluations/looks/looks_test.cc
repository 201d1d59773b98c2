#include "server/evaluations/looks/looks.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/answers/example.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/datasets/dataset_kind.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"

namespace tunegate::evaluations {
namespace {

using resources::Stored;
using store::v1::DatasetRecord;
using store::v1::TestSetRecord;
using testing::ElementsAre;

class LooksTest : public testing::Test {
 protected:
  // A stored test set that asks the numbers [begin, end).
  std::string Add(const std::string& id, int begin, int end, const std::string& answer = "A",
                  int recorded_looks = 0) {
    std::string jsonl;
    for (int i = begin; i < end; ++i) {
      absl::StrAppend(&jsonl, datasets::WriteExample("", absl::StrCat("question ", i), answer),
                      "\n");
    }
    Stored<DatasetRecord> stored;
    stored.resource().set_name("datasets/" + id);
    stored.resource().set_task("tasks/toy");
    stored.resource().set_state(v1::Dataset::STATE_READY);
    stored.resource().set_split(v1::Dataset::SPLIT_TEST);
    stored.resource().set_sha256(Sha256Hex(jsonl));
    stored.record.set_look_count(recorded_looks);
    EXPECT_TRUE(store_->PutBlob(stored.resource().sha256(), jsonl).ok());
    store::Transaction transaction;
    repository_.Write(transaction, stored, v1::Event::TYPE_CREATED, "made for a test");
    EXPECT_TRUE(store_->Commit(std::move(transaction)).ok());
    return stored.resource().name();
  }

  // A look that is not yet committed.
  struct Taken {
    Look look;
    store::Transaction transaction;
  };
  Taken Take(const std::string& name) {
    Taken taken;
    auto dataset = *repository_.Get<DatasetRecord>(name);
    auto look = TakeLook(*store_, dataset, taken.transaction);
    EXPECT_TRUE(look.ok()) << look.status();
    taken.look = *look;
    repository_.Write(taken.transaction, dataset, v1::Event::TYPE_UPDATED, "opened");
    return taken;
  }
  std::string Commit(Taken taken) {
    return DetailsOf(store_->Commit(std::move(taken.transaction)).status()).reason;
  }
  // The number of a look that is taken and committed.
  int LookAt(const std::string& name) {
    Taken taken = Take(name);
    const int number = taken.look.number;
    EXPECT_EQ(Commit(std::move(taken)), "");
    return number;
  }
  Look Find(const std::string& name) {
    const auto look = FindLook(*store_, *repository_.Get<DatasetRecord>(name));
    EXPECT_TRUE(look.ok()) << look.status();
    return *look;
  }
  TestSetRecord RecordOf(const std::string& name) {
    const auto questions = ReadQuestions(*store_, repository_.Get<DatasetRecord>(name)->resource());
    TestSetRecord record;
    record.ParseFromString(store_->Get("test_sets/" + questions->Id())->payload);
    return record;
  }

  std::unique_ptr<store::Store> store_ = store::OpenTestStore();
  resources::Repository repository_{store_.get(), &RealClock()};
};

TEST_F(LooksTest, CountFromOneAndOnward) {
  const std::string a = Add("a", 0, 100);
  EXPECT_EQ(LookAt(a), 1);
  EXPECT_EQ(LookAt(a), 2);
  EXPECT_EQ(LookAt(a), 3);
}

TEST_F(LooksTest, CopyUnderAnotherNameGoesOnWhereTheFirstStands) {
  LookAt(Add("a", 0, 100));
  const Look look = Find(Add("copy", 0, 100));
  EXPECT_EQ(look.number, 2);
  ASSERT_EQ(look.related.size(), 1u);
  EXPECT_EQ(look.related[0].name, "datasets/a");
  EXPECT_EQ(look.related[0].shared, 100);
  EXPECT_EQ(LookWords(look), "look 2: datasets/a asks 100 of these 100 questions");
}

TEST_F(LooksTest, ExtendedAndRelabelledSetsAreLookedAtAgain) {
  LookAt(Add("a", 0, 100));
  EXPECT_EQ(LookAt(Add("extended", 0, 150)), 2);
  EXPECT_EQ(LookAt(Add("relabelled", 0, 100, "B")), 3);
  EXPECT_EQ(LookAt("datasets/a"), 4);
  EXPECT_EQ(LookAt("datasets/extended"), 5);
  EXPECT_EQ(RecordOf("datasets/a").look_count(), 3);
  EXPECT_THAT(RecordOf("datasets/a").datasets(), ElementsAre("datasets/a", "datasets/relabelled"));
}

TEST_F(LooksTest, RelationIsATwentiethOfTheSmallerSet) {
  LookAt(Add("a", 0, 100));
  EXPECT_EQ(Find(Add("four", 96, 196)).number, 1);
  EXPECT_EQ(Find(Add("five", 95, 195)).number, 2);
  EXPECT_EQ(Find(Add("large", 95, 1095)).number, 2);
  EXPECT_EQ(Find(Add("apart", 2000, 2100)).number, 1);
}

TEST_F(LooksTest, RelatedAreNamedByWhatTheyShareAndOnlyWhenTheyWereLookedAt) {
  LookAt(Add("part", 0, 10));
  LookAt(Add("half", 50, 100));
  Add("never", 0, 100);
  const Taken abandoned = Take(Add("abandoned", 0, 99));
  const Look look = Find(Add("all", 0, 100, "B"));
  EXPECT_EQ(look.number, 3);
  EXPECT_EQ(LookWords(look),
            "look 3: datasets/half asks 50 of these 100 questions, datasets/part 10");
}

TEST_F(LooksTest, NamesAreBoundedAndLooksAreNot) {
  for (int i = 0; i < 30; ++i) LookAt(Add(absl::StrCat("d", i), 0, 40 + i));
  const Look look = Find(Add("last", 0, 30));
  EXPECT_EQ(look.number, 31);
  EXPECT_EQ(look.related.size(), kMostRelated);
}

TEST_F(LooksTest, FindingStoresNothing) {
  const std::string a = Add("a", 0, 100);
  EXPECT_EQ(Find(a).number, 1);
  EXPECT_EQ(Find(a).number, 1);
  store::ListQuery query;
  query.kind = "test_sets";
  EXPECT_TRUE(store_->List(query)->empty());
}

TEST_F(LooksTest, TwoAtTheSameQuestionsAtOnceGetDifferentNumbers) {
  const std::string a = Add("a", 0, 100), copy = Add("copy", 0, 100);
  Taken one = Take(a), two = Take(copy);
  EXPECT_EQ(one.look.number, 1);
  EXPECT_EQ(two.look.number, 1);
  EXPECT_EQ(Commit(std::move(one)), "");
  EXPECT_EQ(Commit(std::move(two)), "REVISION_CHANGED");
  EXPECT_EQ(LookAt(copy), 2);
}

TEST_F(LooksTest, TwoAtRelatedQuestionsAtOnceGetDifferentNumbers) {
  const std::string a = Add("a", 0, 100), extended = Add("extended", 0, 150);
  for (const auto& [first, second] : {std::pair(a, extended), std::pair(extended, a)}) {
    Taken one = Take(first), two = Take(second);
    const int number = two.look.number;
    EXPECT_EQ(one.look.number, number);
    EXPECT_EQ(Commit(std::move(two)), "");
    EXPECT_EQ(Commit(std::move(one)), "REVISION_CHANGED");
    EXPECT_EQ(LookAt(first), number + 1);
  }
}

TEST_F(LooksTest, UnrelatedQuestionsDoNotDisturbEachOther) {
  Taken one = Take(Add("a", 0, 100)), two = Take(Add("b", 200, 300));
  EXPECT_EQ(Commit(std::move(one)), "");
  EXPECT_EQ(Commit(std::move(two)), "");
}

TEST_F(LooksTest, LooksThatAnOlderServerCountedAtTheDatasetMoveToItsQuestions) {
  const std::string a = Add("a", 0, 100, "A", /*recorded_looks=*/3);
  EXPECT_EQ(Find(a).number, 4);
  EXPECT_EQ(LookAt(a), 4);
  EXPECT_EQ(repository_.Get<DatasetRecord>(a)->record.look_count(), 0);
  EXPECT_EQ(RecordOf(a).look_count(), 4);
  EXPECT_EQ(LookAt(Add("copy", 0, 100, "A", /*recorded_looks=*/2)), 7);
  EXPECT_EQ(LookAt(a), 8);
}

TEST_F(LooksTest, LooksRemainWhenTheBytesAreErased) {
  const std::string a = Add("a", 0, 100);
  LookAt(a);
  ASSERT_TRUE(
      store_
          ->DeleteBlob(repository_.Get<DatasetRecord>(a)->resource().sha256(), [] { return false; })
          .ok());
  EXPECT_EQ(LookAt(Add("again", 0, 100)), 2);
}

TEST_F(LooksTest, SetsHoldUpNoRetention) {
  const std::string a = Add("a", 0, 100);
  LookAt(a);
  const auto questions = ReadQuestions(*store_, repository_.Get<DatasetRecord>(a)->resource());
  EXPECT_TRUE(store_->Get("test_sets/" + questions->Id())->terminal);
}

// Loses the process, as it were, at the `calls_until_death`-th commit.
class DyingStore : public store::ForwardingStore {
 public:
  DyingStore(store::Store* target, int calls_until_death)
      : ForwardingStore(target), left_(calls_until_death) {}
  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    if (left_-- <= 0) return Unavailable("STORE_UNAVAILABLE", "dead");
    return ForwardingStore::Commit(std::move(transaction));
  }

 private:
  int left_;
};

TEST_F(LooksTest, DeathAtAnyCommitCostsNoLookAndCountsNone) {
  const std::string a = Add("a", 0, 2500);  // three commits of rows, one of the record
  for (int commits = 0; commits < 4; ++commits) {
    DyingStore dying(store_.get(), commits);
    auto dataset = *repository_.Get<DatasetRecord>(a);
    store::Transaction transaction;
    EXPECT_FALSE(TakeLook(dying, dataset, transaction).ok()) << commits;
    EXPECT_EQ(Find(Add(absl::StrCat("other", commits), 0, 100)).number, 1);
  }
  EXPECT_EQ(LookAt(a), 1);
  EXPECT_EQ(LookAt(Add("extended", 0, 2600)), 2);
}

}  // namespace
}  // namespace tunegate::evaluations
