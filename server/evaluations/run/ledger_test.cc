#include "server/evaluations/run/ledger.h"

#include <memory>
#include <utility>

#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/store/test_store.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr char kName[] = "evaluations/x";

CallRecord Call(int64_t example, int repeat, CallRecord::Arm arm) {
  CallRecord call;
  call.set_example(example);
  call.set_repeat(repeat);
  call.set_arm(arm);
  return call;
}

class LedgerTest : public testing::Test {
 protected:
  void Append(std::vector<store::Row> rows) {
    store::Transaction transaction;
    transaction.rows = std::move(rows);
    ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  }

  std::unique_ptr<store::Store> store_ = store::OpenTestStore();
};

TEST(LedgerKeyTest, KeysSortByExampleRepeatAndArm) {
  EXPECT_EQ(CallKey(12, 0, CallRecord::ARM_BASELINE), "0000012/00/a");
  EXPECT_LT(CallKey(9, 19, CallRecord::ARM_CANDIDATE), CallKey(10, 0, CallRecord::ARM_BASELINE));
  EXPECT_LT(CallKey(9, 9, CallRecord::ARM_CANDIDATE), CallKey(9, 10, CallRecord::ARM_BASELINE));
  EXPECT_LT(CallKey(9, 9, CallRecord::ARM_BASELINE), CallKey(9, 9, CallRecord::ARM_CANDIDATE));
}

TEST_F(LedgerTest, CallsComeByExampleOverSeveralPages) {
  std::vector<store::Row> rows;
  for (int64_t example = 1500; example >= 1; --example) {
    rows.push_back(CallRow(kName, Call(example, 0, CallRecord::ARM_BASELINE)));
    rows.push_back(CallRow(kName, Call(example, 0, CallRecord::ARM_CANDIDATE)));
  }
  Append(std::move(rows));
  int64_t seen = 0;
  ASSERT_TRUE(ForEachCall(*store_, kName, "", [&seen](CallRecord& call) {
                EXPECT_EQ(call.example(), seen / 2 + 1);
                ++seen;
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(seen, 3000);
}

TEST_F(LedgerTest, ReadingGoesOnBehindAKey) {
  Append({CallRow(kName, Call(1, 0, CallRecord::ARM_BASELINE)),
          CallRow(kName, Call(2, 0, CallRecord::ARM_BASELINE))});
  std::vector<int64_t> seen;
  ASSERT_TRUE(ForEachCall(*store_, kName, CallKey(1, 0, CallRecord::ARM_CANDIDATE),
                          [&seen](CallRecord& call) {
                            seen.push_back(call.example());
                            return absl::OkStatus();
                          })
                  .ok());
  EXPECT_EQ(seen, std::vector<int64_t>{2});
}

TEST_F(LedgerTest, ARecordedCallIsNeverReplaced) {
  CallRecord first = Call(1, 0, CallRecord::ARM_BASELINE);
  first.set_text("first");
  CallRecord second = first;
  second.set_text("second");
  Append({CallRow(kName, first)});
  Append({CallRow(kName, second)});
  ASSERT_TRUE(ForEachCall(*store_, kName, "", [](CallRecord& call) {
                EXPECT_EQ(call.text(), "first");
                return absl::OkStatus();
              }).ok());
}

TEST_F(LedgerTest, IntentsBehindAKeyAreRead) {
  Append({IntentsRow(kName, 1, {"a", "b"}), IntentsRow(kName, 2, {"c"})});
  const auto all = ReadIntents(*store_, kName, "");
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->call_keys, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(all->last_key, IntentsKey(2));
  const auto later = ReadIntents(*store_, kName, IntentsKey(1));
  ASSERT_TRUE(later.ok());
  EXPECT_EQ(later->call_keys, std::vector<std::string>{"c"});
  const auto none = ReadIntents(*store_, kName, IntentsKey(2));
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->call_keys.empty());
  EXPECT_EQ(none->last_key, IntentsKey(2));
}

TEST_F(LedgerTest, ARowThatCannotBeParsedIsNamed) {
  Append({{kName, std::string(kCallsStream), "0000001/00/a", "\xff\xff\xff"}});
  const absl::Status status =
      ForEachCall(*store_, kName, "", [](CallRecord&) { return absl::OkStatus(); });
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT");
  EXPECT_NE(status.message().find("0000001/00/a"), absl::string_view::npos);
}

TEST_F(LedgerTest, SessionsTellWhatWasAskedWhere) {
  Append({SessionRow(kName, 3, {{"openai", "https://a/v1/chat/completions"}, {"mine", "http://b"}}),
          SessionRow(kName, 12, {{"openai", "https://c/v1/chat/completions"}})});
  const auto sessions = ReadSessions(*store_, kName);
  ASSERT_TRUE(sessions.ok()) << sessions.status();
  ASSERT_EQ(sessions->size(), 2u);
  EXPECT_EQ(sessions->at(3).at("mine"), "http://b");
  EXPECT_EQ(sessions->at(12).at("openai"), "https://c/v1/chat/completions");
  EXPECT_TRUE(ReadSessions(*store_, "evaluations/other")->empty());
}

}  // namespace
}  // namespace tunegate::evaluations
