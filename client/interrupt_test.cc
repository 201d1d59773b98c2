#include "client/interrupt.h"

#include <gtest/gtest.h>

#include <thread>

namespace tunegate::client {
namespace {

TEST(InterruptTest, TriggerRunsTheActionsOfLivingScopes) {
  Interrupt interrupt;
  int living = 0;
  int gone = 0;
  Interrupt::Scope scope(interrupt, [&] { ++living; });
  {
    Interrupt::Scope over(interrupt, [&] { ++gone; });
  }
  interrupt.Trigger();
  interrupt.Trigger();
  EXPECT_EQ(living, 1);
  EXPECT_EQ(gone, 0);
  EXPECT_TRUE(interrupt.Triggered());
}

TEST(InterruptTest, ScopeThatComesTooLateRunsAtOnce) {
  Interrupt interrupt;
  interrupt.Trigger();
  bool ran = false;
  Interrupt::Scope scope(interrupt, [&] { ran = true; });
  EXPECT_TRUE(ran);
}

TEST(InterruptTest, TriggerEndsAWait) {
  Interrupt interrupt;
  std::thread waiting([&] { EXPECT_TRUE(interrupt.WaitFor(absl::Hours(1))); });
  interrupt.Trigger();
  waiting.join();
}

TEST(InterruptTest, WaitEndsWithoutATrigger) {
  Interrupt interrupt;
  EXPECT_FALSE(interrupt.WaitFor(absl::Milliseconds(1)));
}

}  // namespace
}  // namespace tunegate::client
