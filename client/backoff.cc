#include "client/backoff.h"

#include <algorithm>
#include <string>

#include "common/digest.h"

namespace tunegate::client {
namespace {

uint64_t SeedOr(uint64_t seed) {
  return seed != 0 ? seed : std::stoull(RandomHex(sizeof(seed)), nullptr, 16);
}

}  // namespace

Backoff::Backoff(absl::Duration initial, absl::Duration max, uint64_t seed)
    : initial_(initial), max_(max), random_(SeedOr(seed), "backoff") {}

absl::Duration Backoff::After(int others) {
  const absl::Duration full = std::min(max_, initial_ * (1 << std::min(others, 10)));
  return full * (0.75 + 0.5 * random_.Uniform());
}

}  // namespace tunegate::client
