// The switch that stops all spending, and what the server says of itself.
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/admin/admin_api.h"
#include "server/admin/doctor.h"
#include "server/admin/sandbox_lookout.h"
#include "server/admin/work_pause.h"
#include "server/providers/fake_provider.h"
#include "server/providers/provider_set.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"

namespace tunegate::admin {
namespace {

using testing::HasSubstr;

// Somebody else switches just before our first commit.
class RacedStore final : public store::ForwardingStore {
 public:
  RacedStore(store::Store* target, WorkPause* other) : ForwardingStore(target), other_(other) {}
  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    if (races_left_-- > 0) {
      EXPECT_TRUE(other_->Set(false, "").ok());
    }
    return ForwardingStore::Commit(std::move(transaction));
  }

 private:
  WorkPause* other_;
  int races_left_ = 2;
};

class AdminTest : public testing::Test {
 protected:
  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<store::Store> store_ = store::OpenTestStore(&clock_);
  WorkPause pause_{store_.get(), &clock_};
  providers::ProviderSet providers_{std::vector<providers::ConfiguredProvider>{
      {std::make_shared<providers::FakeProvider>(&clock_), /*sandbox=*/true}}};
  std::shared_ptr<std::atomic<bool>> found_sandbox_ = std::make_shared<std::atomic<bool>>(false);
  Doctor doctor_{{{}, store_.get(), &pause_, &clock_, {}}};
  SandboxLookout lookout_{
      {{{"quiet", "http://quiet",
         [](absl::Duration) { return ProviderLook{.answered = true, .sandbox = true}; }},
        found_sandbox_}},
      &clock_};
  AdminApi api_{store_.get(),
                &providers_,
                &pause_,
                &doctor_,
                &lookout_,
                {"1.2.3", "sqlite", "base", absl::FromUnixSeconds(7)},
                {}};
};

TEST_F(AdminTest, WorkIsNotPausedAtFirst) { EXPECT_FALSE(pause_.Read()->paused); }

TEST_F(AdminTest, PauseIsKeptWithItsReasonAndTime) {
  const absl::Time since = clock_.Now();
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  clock_.Advance(absl::Hours(1));
  const WorkPause another(store_.get(), &clock_);  // as after a restart
  const PauseState state = *another.Read();
  EXPECT_TRUE(state.paused);
  EXPECT_EQ(state.reason, "maintenance");
  EXPECT_EQ(state.since, since);
  ASSERT_TRUE(pause_.Set(false, "").ok());
  EXPECT_FALSE(another.Read()->paused);
}

TEST_F(AdminTest, SwitchThatLosesARaceIsThrownAgain) {
  RacedStore raced(store_.get(), &pause_);
  WorkPause ours(&raced, &clock_);
  ASSERT_TRUE(ours.Set(true, "now").ok());
  EXPECT_TRUE(pause_.Read()->paused) << "ours came last";
}

TEST_F(AdminTest, DamagedSwitchIsSaidToBeCorrupt) {
  store::Transaction transaction;
  store::Put put;
  put.record.name = "settings/work";
  put.record.payload = "\xff\xff\xff";
  transaction.puts.push_back(put);
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  EXPECT_EQ(DetailsOf(pause_.Read().status()).reason, "STORE_CORRUPT");
}

TEST_F(AdminTest, FailureOfPausedWorkNamesTheReasonAndTheRemedy) {
  const v1::Failure failure = WorkPause::FailureFor({true, "maintenance", {}});
  EXPECT_EQ(failure.reason(), kWorkPaused);
  EXPECT_THAT(failure.message(), HasSubstr("maintenance"));
  EXPECT_EQ(failure.remedy(), "tunegate admin resume");
}

TEST_F(AdminTest, ServerTellsOfItself) {
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  const auto info = api_.GetServerInfo({}, {});
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->version(), "1.2.3");
  EXPECT_EQ(info->store(), "sqlite");
  EXPECT_EQ(info->default_base_model(), "base");
  EXPECT_EQ(info->default_provider(), "fake");
  EXPECT_EQ(info->provider_base_url(), "fake://provider");
  EXPECT_TRUE(info->provider_is_sandbox());
  EXPECT_EQ(FromProto(info->start_time()), absl::FromUnixSeconds(7));
  EXPECT_EQ(info->log_id(), store_->ReadLogInfo()->log_id);
  EXPECT_TRUE(info->work_paused());
  EXPECT_EQ(info->work_paused_reason(), "maintenance");
}

TEST_F(AdminTest, ProviderThatSaysItIsTheSandboxIsShownAsOne) {
  const providers::ProviderSet unmarked{std::vector<providers::ConfiguredProvider>{
      {std::make_shared<providers::FakeProvider>(&clock_), /*sandbox=*/false, found_sandbox_}}};
  AdminApi api(store_.get(), &unmarked, &pause_, &doctor_, &lookout_, {}, {});
  EXPECT_FALSE(unmarked.IsSandbox(""));
  EXPECT_TRUE(api.GetServerInfo({}, {})->provider_is_sandbox());
  EXPECT_TRUE(unmarked.IsSandbox(""));
  EXPECT_TRUE(unmarked.IsSandbox("fake"));
}

TEST_F(AdminTest, DiagnoseTellsWhatTheDoctorFinds) {
  ASSERT_TRUE(pause_.Set(true, "maintenance").ok());
  const auto response = api_.Diagnose({}, {});
  ASSERT_TRUE(response.ok());
  ASSERT_GT(response->diagnoses_size(), 5);
  EXPECT_EQ(response->diagnoses(0).severity(), v1::Diagnosis::SEVERITY_ERROR) << "the worst first";
}

TEST_F(AdminTest, PausingWantsAReason) {
  v1::PauseWorkRequest request;
  EXPECT_EQ(DetailsOf(api_.PauseWork({}, request).status()).field_violations[0].first, "reason");
  request.set_reason(std::string(501, 'x'));
  EXPECT_EQ(DetailsOf(api_.PauseWork({}, request).status()).field_violations[0].first, "reason");
  EXPECT_FALSE(pause_.Read()->paused);
}

TEST_F(AdminTest, PauseAndResumeSwitch) {
  v1::PauseWorkRequest request;
  request.set_reason("maintenance");
  const auto paused = api_.PauseWork({}, request);
  ASSERT_TRUE(paused.ok());
  EXPECT_EQ(FromProto(paused->pause_time()), clock_.Now());
  EXPECT_TRUE(pause_.Read()->paused);
  ASSERT_TRUE(api_.ResumeWork({}, {}).ok());
  EXPECT_FALSE(pause_.Read()->paused);
  EXPECT_TRUE(api_.ResumeWork({}, {}).ok()) << "twice does no harm";
  EXPECT_TRUE(api_.GetServerInfo({}, {})->work_paused_reason().empty());
}

}  // namespace
}  // namespace tunegate::admin
