#include "common/statistics/mcnemar_power.h"

#include <vector>

#include "common/statistics/distributions.h"

namespace tunegate::stats {
namespace {

bool IsValid(const McnemarDesign& design) {
  return design.win_rate >= 0 && design.loss_rate >= 0 && design.win_rate + design.loss_rate > 0 &&
         design.win_rate + design.loss_rate <= 1 + 1e-12 && design.alpha > 0 && design.alpha < 1;
}

// P(the test rejects | d discordant pairs), computed for growing d and kept: it does not depend
// on n, so that a search over n pays for each d once.
class RejectionByDiscordance {
 public:
  explicit RejectionByDiscordance(const McnemarDesign& design)
      : design_(design), loss_share_(design.loss_rate / (design.win_rate + design.loss_rate)) {}

  double Given(int64_t discordant) {
    while (static_cast<int64_t>(known_.size()) <= discordant) Extend();
    return known_[static_cast<size_t>(discordant)];
  }

 private:
  void Extend() {
    const int64_t d = static_cast<int64_t>(known_.size());
    // The largest m with min(gained, lost) = m still significant never falls as d grows. A tie is
    // never significant.
    while (2 * (critical_ + 1) < d &&
           McnemarPValue(d - critical_ - 1, critical_ + 1, design_.test) <= design_.alpha) {
      ++critical_;
    }
    const Binomial lost(d, loss_share_);
    known_.push_back(critical_ < 0 ? 0 : lost.AtMost(critical_) + lost.AtLeast(d - critical_));
  }

  const McnemarDesign design_;
  const double loss_share_;
  int64_t critical_ = -1;
  std::vector<double> known_;
};

double PowerAt(int64_t n, const McnemarDesign& design, RejectionByDiscordance& rejection) {
  const BinomialWindow window = WindowOf(Binomial(n, design.win_rate + design.loss_rate));
  double power = 0;
  for (size_t i = 0; i < window.probabilities.size(); ++i) {
    power += window.probabilities[i] * rejection.Given(window.first + static_cast<int64_t>(i));
  }
  return power;
}

}  // namespace

double McnemarPower(int64_t n, const McnemarDesign& design) {
  if (n <= 0 || !IsValid(design)) return 0;
  RejectionByDiscordance rejection(design);
  return PowerAt(n, design, rejection);
}

std::optional<int64_t> McnemarExamplesFor(double power, const McnemarDesign& design,
                                          int64_t max_n) {
  if (!IsValid(design)) return std::nullopt;
  RejectionByDiscordance rejection(design);
  for (int64_t n = 1; n <= max_n; ++n) {
    if (PowerAt(n, design, rejection) >= power) return n;
  }
  return std::nullopt;
}

}  // namespace tunegate::stats
