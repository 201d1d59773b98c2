#include "server/datasets/product_intent/generator.h"

#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/random.h"
#include "server/datasets/leakage.h"
#include "server/datasets/product_intent/noise.h"
#include "server/datasets/quota.h"

namespace tunegate::datasets::product_intent {
namespace {

// In the order of kIntents, kTiers and kNoises, in per cent. The training shares are the guide's.
const std::vector<int>& TrainIntentWeights() {
  static const auto* const weights = new std::vector<int>{45, 25, 10, 10, 10};
  return *weights;
}
const std::vector<int>& TrainTierWeights() {
  static const auto* const weights = new std::vector<int>{50, 20, 20, 10};
  return *weights;
}
const std::vector<int>& TestIntentWeights() {
  static const auto* const weights = new std::vector<int>{20, 20, 20, 20, 20};
  return *weights;
}
// Flatter than training's, so that every tier is judged on enough examples.
const std::vector<int>& TestTierWeights() {
  static const auto* const weights = new std::vector<int>{40, 25, 25, 10};
  return *weights;
}
const std::vector<int>& NoiseWeights() {
  static const auto* const weights = new std::vector<int>{60, 12, 12, 10, 6};
  return *weights;
}

// `count` labels by quota, in random order.
template <typename Labels>
auto Deal(const Labels& labels, const std::vector<int>& weights, int count, Random& random) {
  std::vector<typename Labels::value_type> dealt;
  const std::vector<int> shares = LargestRemainder(count, weights);
  for (size_t i = 0; i < labels.size(); ++i) dealt.insert(dealt.end(), shares[i], labels[i]);
  random.Shuffle(dealt);
  return dealt;
}

std::vector<const Family*> FamiliesOf(Intent intent, const std::vector<Family>& families) {
  std::vector<const Family*> found;
  for (const Family& family : families) {
    if (family.intent == intent) found.push_back(&family);
  }
  return found;
}

// How many of `available` families serve `count` examples in equal parts; all when none does.
size_t EvenFamilyCount(size_t available, int count) {
  for (size_t families = available; families + 2 >= available && families > 0; --families) {
    if (count % static_cast<int>(families) == 0) return families;
  }
  return available;
}

class SplitMaker {
 public:
  // `used` holds the digests of all queries so far, of other splits too.
  SplitMaker(Pool pool, uint64_t seed, std::string_view name, std::unordered_set<uint64_t>& used)
      : pool_(pool), random_(seed, name), used_(used) {}

  absl::StatusOr<std::vector<GeneratedExample>> Make(int count) {
    const bool test = pool_ == Pool::kTestOnly;
    const std::vector<const Family*> families =
        DealFamilies(test ? TestIntentWeights() : TrainIntentWeights(), count);
    const auto tiers = Deal(kTiers, test ? TestTierWeights() : TrainTierWeights(), count, random_);
    auto noises = Deal(kNoises, NoiseWeights(), count, random_);
    std::vector<GeneratedExample> examples;
    for (int i = 0; i < count; ++i) {
      TG_ASSIGN_OR_RETURN(GeneratedExample example, MakeOne(*families[i], tiers[i], noises, i));
      examples.push_back(std::move(example));
    }
    random_.Shuffle(examples);
    return examples;
  }

 private:
  // One family an example: each intent's quota, spread over its families in turn.
  std::vector<const Family*> DealFamilies(const std::vector<int>& weights, int count) {
    const bool test = pool_ == Pool::kTestOnly;
    const std::vector<int> shares = LargestRemainder(count, weights);
    std::vector<const Family*> dealt;
    for (size_t i = 0; i < kIntents.size(); ++i) {
      std::vector<const Family*> families =
          FamiliesOf(kIntents[i], test ? TestFamilies() : TrainFamilies());
      random_.Shuffle(families);
      if (test) families.resize(EvenFamilyCount(families.size(), shares[i]));
      for (int k = 0; k < shares[i]; ++k) dealt.push_back(families[k % families.size()]);
    }
    return dealt;
  }

  // An example with the i-th noise. Some sentences offer nothing to some noise (no accent, nothing
  // to abbreviate): then it is exchanged for a later example's, and in the end left out.
  absl::StatusOr<GeneratedExample> MakeOne(const Family& family, Tier tier,
                                           std::vector<Noise>& noises, size_t i) {
    constexpr int kAttempts = 60;
    constexpr int kLastAttempts = 5000;
    std::set<Noise> failed;
    for (size_t k = i; k < noises.size() && failed.size() < kNoises.size(); ++k) {
      if (failed.contains(noises[k])) continue;
      if (auto example = TryOne(family, tier, noises[k], kAttempts)) {
        std::swap(noises[i], noises[k]);
        return *std::move(example);
      }
      failed.insert(noises[k]);
    }
    if (auto example = TryOne(family, tier, Noise::kClean, kLastAttempts)) {
      return *std::move(example);
    }
    return ResourceExhausted("GENERATOR_EXHAUSTED",
                             absl::StrCat("family ", family.id, " has no more new queries with ",
                                          "budget ", TierLabel(tier), "; ask for fewer examples"));
  }

  std::optional<GeneratedExample> TryOne(const Family& family, Tier tier, Noise noise,
                                         int attempts) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
      Sentence sentence = MakeSentence(family, tier, pool_, random_);
      std::string query = WithNoise(sentence.query, noise, random_);
      if (noise != Noise::kClean && query == sentence.query) continue;
      // Both spellings, so that nothing stands elsewhere without its typo.
      const uint64_t clean = DigestQuery(sentence.query);
      const uint64_t typed = DigestQuery(query);
      if (used_.contains(clean) || used_.contains(typed)) continue;
      used_.insert({clean, typed});
      return GeneratedExample{std::move(query),
                              std::move(sentence.answer),
                              {{"family", family.id},
                               {"noise", NoiseLabel(noise)},
                               {"region", std::move(sentence.region)},
                               {"case", CaseLabel(family.about.kind)}}};
    }
    return std::nullopt;
  }

  const Pool pool_;
  Random random_;
  std::unordered_set<uint64_t>& used_;
};

}  // namespace

absl::StatusOr<Generated> Generate(const Counts& counts, uint64_t seed) {
  std::unordered_set<uint64_t> used;
  Generated generated;
  TG_ASSIGN_OR_RETURN(generated.train,
                      SplitMaker(Pool::kShared, seed, "train", used).Make(counts.train));
  TG_ASSIGN_OR_RETURN(generated.validation,
                      SplitMaker(Pool::kShared, seed, "validation", used).Make(counts.validation));
  TG_ASSIGN_OR_RETURN(generated.test,
                      SplitMaker(Pool::kTestOnly, seed, "test", used).Make(counts.test));
  return generated;
}

}  // namespace tunegate::datasets::product_intent
