// What the contract's tests share: a store made by the engine under test, and short ways to write.
#ifndef TUNEGATE_SERVER_STORE_CONTRACT_FIXTURE_H_
#define TUNEGATE_SERVER_STORE_CONTRACT_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/store.h"

namespace tunegate::store {

// How the contract gets at an engine.
struct StoreFactory {
  std::string engine;  // names the tests
  // A place of its own for one test, with nothing in it.
  std::function<std::string()> new_place;
  // Opens what is kept at `place`; one at a time.
  std::function<absl::StatusOr<std::unique_ptr<Store>>(const std::string& place, const Clock*)>
      open;
  // Changes bytes of a blob that is kept at `place`, but not how many they are.
  std::function<void(const std::string& place, const std::string& sha256)> damage_blob;
};

inline void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.engine; }

class StoreContract : public testing::TestWithParam<StoreFactory> {
 protected:
  StoreContract() : place_(GetParam().new_place()) { Open(); }

  void Open() {
    auto store = GetParam().open(place_, &clock_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void Reopen() {
    store_.reset();
    Open();
  }

  // Commits what must succeed.
  CommitResult MustCommit(Transaction transaction) {
    auto result = store_->Commit(std::move(transaction));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommitResult{});
  }
  // Creates a record with this payload.
  void Create(const std::string& name, const std::string& payload = "first") {
    MustCommit(PutOf(name, 0, payload));
  }
  Record MustGet(std::string_view name) {
    auto record = store_->Get(name);
    EXPECT_TRUE(record.ok()) << record.status();
    return record.value_or(Record{});
  }
  // Claims what must be exactly one piece of work.
  Lease ClaimOne(const std::string& owner = "server-1") {
    auto claimed = store_->ClaimWork(owner, absl::Seconds(30), 10);
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    EXPECT_EQ(claimed->size(), 1u);
    return claimed->empty() ? Lease{} : claimed->front().lease;
  }
  size_t ClaimCount(const std::string& owner = "server-1") {
    auto claimed = store_->ClaimWork(owner, absl::Seconds(30), 10);
    EXPECT_TRUE(claimed.ok()) << claimed.status();
    return claimed->size();
  }
  void ScheduleIn(const std::string& name, absl::Duration delay) {
    Transaction transaction;
    transaction.schedule.push_back({.name = name, .delay = delay});
    MustCommit(std::move(transaction));
  }
  std::vector<StoredEvent> AllEvents() {
    auto events = store_->ReadEvents({.after_position = 0, .max_events = 1000000});
    EXPECT_TRUE(events.ok()) << events.status();
    return events.value_or(std::vector<StoredEvent>{});
  }

  static Transaction PutOf(const std::string& name, int64_t expected_revision,
                           const std::string& payload) {
    Transaction transaction;
    Record record;
    record.name = name;
    record.payload = payload;
    transaction.puts.push_back({.record = record, .expected_revision = expected_revision});
    return transaction;
  }
  static Transaction EventOf(const std::string& resource, const std::string& payload) {
    Transaction transaction;
    transaction.events.push_back({.resource = resource, .payload = payload});
    return transaction;
  }
  static std::string ReasonOf(const absl::Status& status) { return DetailsOf(status).reason; }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  const std::string place_;
  std::unique_ptr<Store> store_;
};

inline std::string EngineName(const testing::TestParamInfo<StoreFactory>& info) {
  return info.param.engine;
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CONTRACT_FIXTURE_H_
