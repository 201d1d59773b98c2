// Providers are asked once they answer, never all the time, and never twice at once.
#include "server/admin/sandbox_lookout.h"

#include <memory>

#include "common/clock.h"
#include "common/errors.h"
#include "gtest/gtest.h"

namespace tunegate::admin {
namespace {

class SandboxLookoutTest : public testing::Test {
 protected:
  SandboxLookout::Candidate CandidateThat(ProviderLook look) {
    look_ = look;
    return {{"p", "http://p",
             [this](absl::Duration) {
               ++asked_;
               return look_;
             }},
            found_};
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  ProviderLook look_;
  int asked_ = 0;
  std::shared_ptr<std::atomic<bool>> found_ = std::make_shared<std::atomic<bool>>(false);
};

TEST_F(SandboxLookoutTest, AnswerIsKeptAndNotAskedForAgain) {
  SandboxLookout lookout({CandidateThat({.answered = true, .sandbox = true})}, &clock_);
  lookout.Look(absl::Seconds(1));
  EXPECT_TRUE(found_->load());
  clock_.Advance(absl::Hours(1));
  lookout.Look(absl::Seconds(1));
  EXPECT_EQ(asked_, 1);
}

TEST_F(SandboxLookoutTest, OtherServersAreNotTheSandbox) {
  SandboxLookout lookout({CandidateThat({.answered = true})}, &clock_);
  lookout.Look(absl::Seconds(1));
  EXPECT_FALSE(found_->load());
}

TEST_F(SandboxLookoutTest, ProviderThatIsDownIsAskedAgainAfterAWhile) {
  SandboxLookout lookout({CandidateThat({.status = Unavailable("X", "down")})}, &clock_);
  lookout.Look(absl::Seconds(1));
  lookout.Look(absl::Seconds(1));
  EXPECT_EQ(asked_, 1) << "not with every call";
  look_ = {.answered = true, .sandbox = true};
  clock_.Advance(absl::Minutes(1));
  lookout.Look(absl::Seconds(1));
  EXPECT_EQ(asked_, 2);
  EXPECT_TRUE(found_->load());
}

}  // namespace
}  // namespace tunegate::admin
