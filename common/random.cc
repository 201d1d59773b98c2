#include "common/random.h"

#include <bit>

namespace tunegate {
namespace {

// FNV-1a, 64 bits: the same everywhere, unlike std::hash.
uint64_t HashLabel(std::string_view label) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : label) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

// Mixing the seed before the label comes in keeps (1, "a") and (2, "b") apart even where seed and
// hash differ in the same bits.
uint64_t Combine(uint64_t seed, std::string_view label) {
  return SplitMix64(seed) ^ HashLabel(label);
}

}  // namespace

uint64_t SplitMix64(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

Random::Random(uint64_t seed) {
  for (uint64_t& word : state_) word = SplitMix64(seed);
}

Random::Random(uint64_t seed, std::string_view label) : Random(Combine(seed, label)) {}

uint64_t Random::Next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uint64_t Random::Below(uint64_t bound) {
  // The high half of a 128-bit product is the answer; low halves under 2^64 mod bound would favour
  // some answers and are drawn again.
  auto product = static_cast<unsigned __int128>(Next()) * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t threshold = -bound % bound;
    while (static_cast<uint64_t>(product) < threshold) {
      product = static_cast<unsigned __int128>(Next()) * bound;
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

double Random::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

}  // namespace tunegate
