// PairedCounts: what became of n examples that baseline and candidate both answered.
#ifndef TUNEGATE_COMMON_STATISTICS_PAIRED_COUNTS_H_
#define TUNEGATE_COMMON_STATISTICS_PAIRED_COUNTS_H_

#include <cstdint>

namespace tunegate::stats {

// The four cells, none negative. `gained`: the baseline was wrong and the candidate right;
// `lost`: the other way round. Only these two, the discordant pairs, tell the two apart.
struct PairedCounts {
  int64_t both_right = 0;
  int64_t gained = 0;
  int64_t lost = 0;
  int64_t both_wrong = 0;

  int64_t n() const { return both_right + gained + lost + both_wrong; }
  int64_t net() const { return gained - lost; }
  int64_t baseline_right() const { return both_right + lost; }
  int64_t baseline_wrong() const { return gained + both_wrong; }
  int64_t candidate_right() const { return both_right + gained; }
  int64_t candidate_wrong() const { return lost + both_wrong; }
  bool valid() const { return both_right >= 0 && gained >= 0 && lost >= 0 && both_wrong >= 0; }

  friend bool operator==(const PairedCounts&, const PairedCounts&) = default;
};

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_PAIRED_COUNTS_H_
