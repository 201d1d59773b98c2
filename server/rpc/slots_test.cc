#include "server/rpc/slots.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "common/errors.h"

namespace tunegate::rpc {
namespace {

SlotLimits Limits(int total, int per_client) {
  return {.total = total, .per_client = per_client, .reason = "TOO_MANY_CALLS", .what = "calls"};
}

TEST(SlotsTest, ClientThatHoldsItsShareIsRefusedAndOthersAreNot) {
  Slots slots(Limits(10, 2));
  const auto first = slots.Take("a"), second = slots.Take("a");
  const auto third = slots.Take("a");
  EXPECT_TRUE(absl::IsResourceExhausted(third.status())) << third.status();
  const ErrorDetails details = DetailsOf(third.status());
  EXPECT_EQ(details.reason, "TOO_MANY_CALLS");
  EXPECT_EQ(details.metadata.at("limit"), "2");
  EXPECT_TRUE(details.retry_delay.has_value());
  EXPECT_TRUE(slots.Take("b").ok());
}

TEST(SlotsTest, AllTogetherAreLimited) {
  Slots slots(Limits(2, 2));
  const auto first = slots.Take("a"), second = slots.Take("b");
  EXPECT_FALSE(slots.Take("c").ok());
  EXPECT_EQ(slots.held(), 2);
}

TEST(SlotsTest, WhatIsGivenBackCanBeTakenAgain) {
  Slots slots(Limits(1, 1));
  {
    auto slot = slots.Take("a");
    ASSERT_TRUE(slot.ok());
    const Slots::Slot moved = *std::move(slot);  // moved, not doubled
    EXPECT_EQ(slots.held(), 1);
  }
  EXPECT_EQ(slots.held(), 0);
  EXPECT_TRUE(slots.Take("a").ok());
}

TEST(SlotsTest, ZeroIsNoLimit) {
  Slots slots(Limits(0, 0));
  const auto first = slots.Take("a"), second = slots.Take("a");
  EXPECT_TRUE(first.ok() && second.ok());
}

TEST(SlotsTest, ClientsAreTheirProvenNamesOrTheirAddresses) {
  EXPECT_EQ(ClientOf("search", true, "ipv4:192.0.2.1:5"), "caller search");
  EXPECT_EQ(ClientOf("local", false, "ipv4:192.0.2.1:5"), "ipv4:192.0.2.1");
  EXPECT_EQ(ClientOf("local", false, "ipv6:%5B::1%5D:5"), "ipv6:%5B::1%5D");
  EXPECT_EQ(ClientOf("local", false, "unix:"), "unix:");
}

}  // namespace
}  // namespace tunegate::rpc
