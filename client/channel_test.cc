#include "client/channel.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/errors.h"

namespace tunegate::client {
namespace {

std::string ReasonFor(const ChannelOptions& options) {
  const auto channel = MakeChannel(options);
  return channel.ok() ? "" : DetailsOf(channel.status()).reason;
}

TEST(ChannelTest, ServerMustBeHostAndPort) {
  EXPECT_EQ(ReasonFor({.server = "127.0.0.1:50051"}), "");
  EXPECT_EQ(ReasonFor({.server = "[::1]:50051"}), "");
  EXPECT_EQ(ReasonFor({.server = "tunegate.example"}), "BAD_SERVER");
  EXPECT_EQ(ReasonFor({.server = "tunegate.example:http"}), "BAD_SERVER");
  EXPECT_EQ(ReasonFor({.server = "tunegate.example:70000"}), "BAD_SERVER");
  EXPECT_EQ(ReasonFor({.server = ":50051"}), "BAD_SERVER");
}

TEST(ChannelTest, SeveralServersAreNamedByTheirAddresses) {
  EXPECT_EQ(ReasonFor({.server = "127.0.0.1:1,127.0.0.2:2"}), "");
  EXPECT_EQ(ReasonFor({.server = "[::1]:1,[fe80::1]:2"}), "");
  EXPECT_EQ(ReasonFor({.server = "127.0.0.1:1,[::1]:2"}), "BAD_SERVER");
  EXPECT_EQ(ReasonFor({.server = "a.example:1,b.example:2"}), "BAD_SERVER");
  EXPECT_EQ(ReasonFor({.server = "127.0.0.1:1,"}), "BAD_SERVER");
  EXPECT_EQ(ReasonFor({.server = "127.0.0.1:1,192.0.2.1:2", .token = "secret"}),
            "TOKEN_WITHOUT_TLS")
      << "one of them is not this machine";
}

TEST(ChannelTest, TokenNeverLeavesTheMachineUnencrypted) {
  EXPECT_EQ(ReasonFor({.server = "tunegate.example:443", .token = "secret"}), "TOKEN_WITHOUT_TLS");
  EXPECT_EQ(ReasonFor({.server = "tunegate.example:443", .tls = true, .token = "secret"}), "");
  EXPECT_EQ(ReasonFor({.server = "localhost:443", .token = "secret"}), "");
}

TEST(ChannelTest, TokenWithALineEndIsRefused) {
  EXPECT_EQ(ReasonFor({.token = "secret\n"}), "BAD_TOKEN");
}

TEST(ChannelTest, AuthoritiesMustBeReadable) {
  EXPECT_EQ(ReasonFor({.ca_file = "/nowhere/ca.pem"}), "BAD_CA_FILE");
  const std::string path = testing::TempDir() + "/no_pem";
  std::ofstream(path) << "not a certificate";
  EXPECT_EQ(ReasonFor({.ca_file = path}), "BAD_CA_FILE");
}

}  // namespace
}  // namespace tunegate::client
