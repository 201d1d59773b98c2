#include "common/statistics/verdict_chances.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/statistics/accuracy_rule.h"
#include "common/statistics/distributions.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::stats {
namespace {

constexpr double kRateSlack = 1e-9;  // rates that were added up may miss 1 by rounding

bool IsValid(int64_t n, const CellRates& rates, const GoRule& rule, const PairedCounts& seen) {
  const double both_right = rates.both_right.value_or(0);
  return n >= 0 && seen.valid() && n + seen.n() > 0 && rates.gained >= 0 && rates.lost >= 0 &&
         both_right >= -kRateSlack && rates.gained + rates.lost + both_right <= 1 + kRateSlack &&
         rule.confidence > 0 && rule.confidence < 1;
}

// Which numbers of gained pass or fail the improvement rule at n examples, for ascending lost. A
// further loss never makes a pass easier nor a fail harder, so both limits only move up.
class ImprovementLimits {
 public:
  ImprovementLimits(int64_t n, const GoRule& rule)
      : n_(static_cast<double>(n)),
        needed_(CeilShare(rule.target_ppm, n)),
        z_(TwoSidedNormalQuantile(rule.confidence)),
        target_(std::clamp(FromPartsPerMillion(rule.target_ppm), -1.0, 1.0)),
        margin_(std::clamp(FromPartsPerMillion(rule.superiority_margin_ppm), -1.0, 1.0)) {}

  void MoveTo(int64_t lost) {
    const double most = n_ - static_cast<double>(lost);
    first_pass_ = std::max(first_pass_, lost + needed_);
    while (static_cast<double>(first_pass_) <= most && !(Score(first_pass_, lost, margin_) > z_)) {
      ++first_pass_;
    }
    while (static_cast<double>(last_fail_ + 1) <= most &&
           Score(last_fail_ + 1, lost, target_) < -z_) {
      ++last_fail_;
    }
  }

  int64_t needed() const { return needed_; }
  int64_t first_pass() const { return first_pass_; }  // beyond n - lost: none passes
  int64_t last_fail() const { return last_fail_; }    // -1: none fails

 private:
  double Score(int64_t gained, int64_t lost, double delta) const {
    return TangoScore(static_cast<double>(gained), static_cast<double>(lost), n_, delta);
  }

  const double n_;
  const int64_t needed_;
  const double z_, target_, margin_;
  int64_t first_pass_ = 0;
  int64_t last_fail_ = -1;
};

// The numbers of right answers of the candidate that pass or fail the accuracy rule at n examples.
struct AccuracyLimits {
  int64_t first_pass = 0;
  int64_t last_fail = -1;
};

AccuracyLimits AccuracyLimitsAt(int64_t n, const GoRule& rule) {
  AccuracyLimits limits;
  if (!rule.accuracy_ppm.has_value()) return limits;
  limits.first_pass = CeilShare(*rule.accuracy_ppm, n);
  int64_t low = -1, high = std::min(limits.first_pass, n + 1);  // low fails or is -1, high does not
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    const bool fails = JudgeShare(middle, n, *rule.accuracy_ppm, rule.confidence) == Outcome::kFail;
    (fails ? low : high) = middle;
  }
  limits.last_fail = low;
  return limits;
}

// Share of a conditional rate among what is left; 0 when nothing is.
double Conditional(double rate, double rest) {
  return rest > 0 ? std::clamp(rate / rest, 0.0, 1.0) : 0;
}

// Gains and losses alone.
VerdictChances ImprovementChances(int64_t n, const CellRates& rates, const GoRule& rule,
                                  const PairedCounts& seen) {
  ImprovementLimits limits(n + seen.n(), rule);
  const BinomialWindow window = WindowOf(Binomial(n, rates.lost));
  const double gained_rate = Conditional(rates.gained, 1 - rates.lost);
  VerdictChances chances{0, 0, 0};
  for (size_t i = 0; i < window.probabilities.size(); ++i) {
    const int64_t lost = window.first + static_cast<int64_t>(i);
    limits.MoveTo(seen.lost + lost);
    const Binomial gained(n - lost, gained_rate);
    chances.go += window.probabilities[i] * gained.AtLeast(limits.first_pass() - seen.gained);
    chances.no_go += window.probabilities[i] * gained.AtMost(limits.last_fail() - seen.gained);
  }
  return chances;
}

// A run of neighbouring counts, taken as one.
struct Block {
  int64_t value = 0;
  double probability = 0;
};

std::vector<Block> BlocksOf(const Binomial& binomial) {
  const BinomialWindow window = WindowOf(binomial);
  // Odd, so that the middle of a block is one of its counts and rounding favours no side.
  const size_t width = 1 + 2 * static_cast<size_t>(binomial.standard_deviation() / 48);
  std::vector<Block> blocks;
  for (size_t i = 0; i < window.probabilities.size(); i += width) {
    const size_t end = std::min(i + width, window.probabilities.size());
    Block block{window.first + static_cast<int64_t>((i + end - 1) / 2), 0};
    for (size_t j = i; j < end; ++j) block.probability += window.probabilities[j];
    blocks.push_back(block);
  }
  return blocks;
}

// P(X >= k), without the expensive tail where it is 0 or 1 to a dozen digits.
double TailFrom(const Binomial& binomial, int64_t k) {
  const double distance = static_cast<double>(k) - binomial.mean();
  const double reach = 8 * binomial.standard_deviation() + 20;
  if (distance < -reach) return 1;
  if (distance > reach) return 0;
  return binomial.AtLeast(k);
}

// The sum over (lost, gained) with the tails of both_right.
class JointChances {
 public:
  JointChances(int64_t n, const CellRates& rates, const GoRule& rule, const PairedCounts& seen)
      : n_(n),
        rates_(rates),
        seen_(seen),
        total_(n + seen.n()),
        accuracy_(AccuracyLimitsAt(total_, rule)),
        limits_(total_, rule),
        both_right_rate_(Conditional(*rates.both_right, 1 - rates.gained - rates.lost)) {}

  VerdictChances Sum() {
    const double gained_rate = Conditional(rates_.gained, 1 - rates_.lost);
    for (const Block& lost : BlocksOf(Binomial(n_, rates_.lost))) {
      limits_.MoveTo(seen_.lost + lost.value);
      for (const Block& gained : BlocksOf(Binomial(n_ - lost.value, gained_rate))) {
        Add(lost.value, gained.value, lost.probability * gained.probability);
      }
    }
    return chances_;
  }

 private:
  void Add(int64_t lost, int64_t gained, double probability) {
    if (probability < 1e-13) return;
    const int64_t all_gained = seen_.gained + gained;
    if (all_gained <= limits_.last_fail()) {
      chances_.no_go += probability;
      return;
    }
    const int64_t others = n_ - lost - gained;
    const Binomial both_right(others, both_right_rate_);
    // Limits on the new both_right, from limits on the candidate's right answers and on the
    // baseline's errors, total - both_right - lost.
    const int64_t first_accurate = accuracy_.first_pass - all_gained - seen_.both_right;
    const int64_t last_inaccurate = accuracy_.last_fail - all_gained - seen_.both_right;
    const int64_t first_infeasible =
        total_ - seen_.lost - lost - limits_.needed() + 1 - seen_.both_right;
    if (all_gained >= limits_.first_pass()) {
      chances_.go += probability * TailFrom(both_right, first_accurate);
    }
    // The two ways to NO_GO exclude each other unless together they are certain.
    if (last_inaccurate + 1 >= first_infeasible) {
      chances_.no_go += probability;
    } else {
      const double inaccurate =
          last_inaccurate < 0 ? 0 : 1 - TailFrom(both_right, last_inaccurate + 1);
      const double infeasible =
          first_infeasible > others ? 0 : TailFrom(both_right, first_infeasible);
      chances_.no_go += probability * (inaccurate + infeasible);
    }
  }

  const int64_t n_;
  const CellRates rates_;
  const PairedCounts seen_;
  const int64_t total_;
  const AccuracyLimits accuracy_;
  ImprovementLimits limits_;
  const double both_right_rate_;
  VerdictChances chances_{0, 0, 0};
};

}  // namespace

VerdictChances ChancesOf(int64_t n, const CellRates& rates, const GoRule& rule,
                         const PairedCounts& seen) {
  if (!IsValid(n, rates, rule, seen)) return VerdictChances{};
  VerdictChances chances = rates.both_right.has_value() ? JointChances(n, rates, rule, seen).Sum()
                                                        : ImprovementChances(n, rates, rule, seen);
  chances.go = std::clamp(chances.go, 0.0, 1.0);
  chances.no_go = std::clamp(chances.no_go, 0.0, 1 - chances.go);
  chances.inconclusive = 1 - chances.go - chances.no_go;
  return chances;
}

}  // namespace tunegate::stats
