// Digests against FIPS 180-4's examples.
#include "common/digest.h"

#include <algorithm>
#include <utility>

#include "gtest/gtest.h"

namespace tunegate {
namespace {

constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256HexTest, MatchesThePublishedExamples) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), kAbc);
}

TEST(Sha256Test, PiecesGiveTheDigestOfTheWhole) {
  Sha256 sha;
  sha.Update("a");
  sha.Update("");
  Sha256 moved = std::move(sha);
  moved.Update("bc");
  EXPECT_EQ(moved.FinishHex(), kAbc);
}

TEST(Sha256Test, ZeroBytesCount) {
  EXPECT_NE(Sha256Hex(std::string_view("a\0b", 3)), Sha256Hex("a"));
}

TEST(RandomHexTest, HasTwoDigitsAByteAndDiffersEachTime) {
  const std::string a = RandomHex(16);
  EXPECT_EQ(a.size(), 32u);
  EXPECT_EQ(a.find_first_not_of("0123456789abcdef"), a.npos);
  EXPECT_NE(a, RandomHex(16));
  EXPECT_EQ(RandomHex(0), "");
}

}  // namespace
}  // namespace tunegate
