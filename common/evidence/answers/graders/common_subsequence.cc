#include "common/evidence/answers/graders/common_subsequence.h"

#include <algorithm>
#include <bit>
#include <span>

namespace tunegate::graders {
namespace {

constexpr size_t kBits = 64;

std::span<const uint32_t> Limited(const Symbols& symbols) {
  return std::span(symbols).first(std::min(symbols.size(), kMaxAligned));
}

}  // namespace

size_t LongestCommonSubsequence(const SymbolPair& pair) {
  std::span<const uint32_t> pattern = Limited(pair.right);
  std::span<const uint32_t> text = Limited(pair.answered);
  if (pattern.size() > text.size()) std::swap(pattern, text);
  // Where in the block of the pattern a symbol stands; zero but for the block's own symbols.
  std::vector<uint64_t> places(pair.distinct);
  // What the addition for the block before carried over, at each place of the text.
  std::vector<uint8_t> carries(text.size());
  size_t length = 0;
  for (size_t start = 0; start < pattern.size(); start += kBits) {
    const auto block = pattern.subspan(start, std::min(kBits, pattern.size() - start));
    for (size_t i = 0; i < block.size(); ++i) places[block[i]] |= uint64_t{1} << i;
    // A bit is cleared where the row of the dynamic program steps up by one.
    uint64_t flat = ~uint64_t{0};
    for (size_t j = 0; j < text.size(); ++j) {
      const uint64_t found = flat & places[text[j]];
      const uint64_t sum = flat + found;
      const uint64_t carried = sum + carries[j];
      carries[j] = sum < flat || carried < sum ? 1 : 0;
      flat = carried | (flat & ~found);
    }
    if (block.size() < kBits) flat |= ~uint64_t{0} << block.size();
    length += static_cast<size_t>(std::popcount(~flat));
    for (const uint32_t symbol : block) places[symbol] = 0;
  }
  return length;
}

}  // namespace tunegate::graders
