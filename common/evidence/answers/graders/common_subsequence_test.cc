#include "common/evidence/answers/graders/common_subsequence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/random.h"

namespace tunegate::graders {
namespace {

// The textbook's table.
size_t Slowly(const Symbols& a, const Symbols& b) {
  std::vector<std::vector<size_t>> table(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      table[i + 1][j + 1] =
          a[i] == b[j] ? table[i][j] + 1 : std::max(table[i][j + 1], table[i + 1][j]);
    }
  }
  return table[a.size()][b.size()];
}

TEST(LongestCommonSubsequenceTest, KnowsTheTextbooksExamples) {
  const auto length = [](const char* a, const char* b) {
    return LongestCommonSubsequence(NumberCodePoints(a, b, kMaxAligned));
  };
  EXPECT_EQ(length("ABCBDAB", "BDCABA"), 4u);
  EXPECT_EQ(length("AGCAT", "GAC"), 2u);
  EXPECT_EQ(length("", "abc"), 0u);
  EXPECT_EQ(length("abc", "abc"), 3u);
  EXPECT_EQ(length("año nuevo", "ano nuevo"), 8u);
}

// Lengths around the 64 symbols of a block, and few symbols as well as many.
TEST(LongestCommonSubsequenceTest, AgreesWithTheTableOnRandomTexts) {
  Random random(7);
  for (const uint32_t distinct : {1u, 2u, 4u, 50u, 500u}) {
    for (const size_t size : {1u, 63u, 64u, 65u, 128u, 200u}) {
      SymbolPair pair;
      pair.distinct = distinct;
      for (size_t i = 0; i < size; ++i) pair.right.push_back(random.Below(distinct));
      const size_t other = size + random.Below(150);
      for (size_t i = 0; i < other; ++i) pair.answered.push_back(random.Below(distinct));
      EXPECT_EQ(LongestCommonSubsequence(pair), Slowly(pair.right, pair.answered))
          << distinct << " symbols, " << size << " and " << other;
      std::swap(pair.right, pair.answered);
      EXPECT_EQ(LongestCommonSubsequence(pair), Slowly(pair.right, pair.answered));
    }
  }
}

}  // namespace
}  // namespace tunegate::graders
