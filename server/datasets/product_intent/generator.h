// The product_intent generator: training, validation and test examples at once.
//
// Exact quotas (largest remainder) in each split, of intents and budget tiers, and of kinds of
// noise as far as the sentences have something to spoil. No query stands twice, also not in another
// split and not in another spelling. The test set's families, and half of its wordings of budgets,
// deadlines and companies, are unknown to training.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_GENERATOR_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_GENERATOR_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/datasets/product_intent/sentence.h"

namespace tunegate::datasets::product_intent {

struct Counts {
  int train = 400;
  int validation = 60;
  int test = 100;
};

// The most that each split may have: enough different queries exist for that.
inline constexpr Counts kMaxCounts = {10000, 2000, 5000};

struct GeneratedExample {
  std::string query;
  Answer answer;
  // family, noise, region and case ("plain", "edge", "ambiguous").
  std::map<std::string, std::string> slices;
};

struct Generated {
  std::vector<GeneratedExample> train;
  std::vector<GeneratedExample> validation;
  std::vector<GeneratedExample> test;
};

// The same counts and seed give the same examples, on any machine. Each split is in random order.
//
// The test set takes from every intent the most families (10, 9 or 8 of its 10) that its examples
// spread over evenly, so that all families are of equal size whenever the count is a multiple of
// five whose fifth 8, 9 or 10 divides: 40, 45, 50, 80, 90, 100, 120 ...; for other counts families
// differ by one example, and below 40 there is one example a family.
//
// RESOURCE_EXHAUSTED (GENERATOR_EXHAUSTED) when no new query is found, which does not happen up to
// kMaxCounts.
absl::StatusOr<Generated> Generate(const Counts& counts, uint64_t seed);

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_GENERATOR_H_
