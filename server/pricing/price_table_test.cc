#include "server/pricing/price_table.h"

#include <limits>

#include "gtest/gtest.h"

namespace tunegate::pricing {
namespace {

const PriceTable& Table() { return CurrentPriceTable(); }

v1::Usage Usage(int64_t input, int64_t cached, int64_t output) {
  v1::Usage usage;
  usage.set_input_tokens(input);
  usage.set_cached_input_tokens(cached);
  usage.set_output_tokens(output);
  return usage;
}

int64_t Micros(const std::optional<v1::Money>& money) {
  EXPECT_TRUE(money.has_value());
  return money.has_value() ? money->micros() : -1;
}

TEST(PriceTable, NameEndsInItsDate) { EXPECT_EQ(Table().name(), "openai-2026-11-01"); }

TEST(PriceTable, InputAndOutputArePricedApart) {
  const auto cost = Table().UsageCost("gpt-4o-mini-2024-07-18", Usage(1'000'000, 0, 1'000'000));
  EXPECT_EQ(Micros(cost), 750'000);
  EXPECT_EQ(cost->currency_code(), "USD");
}

TEST(PriceTable, CachedInputIsPartOfTheInputAndCheaper) {
  EXPECT_EQ(Micros(Table().UsageCost("gpt-4o-2024-08-06", Usage(1'000'000, 400'000, 0))),
            1'500'000 + 500'000);
  EXPECT_EQ(Micros(Table().UsageCost("gpt-4o-2024-08-06", Usage(100, 1'000'000, 0))), 125);
}

TEST(PriceTable, FineTunedModelsCostTheirOwnPrice) {
  const v1::Usage usage = Usage(1'000'000, 0, 1'000'000);
  for (const char* model :
       {"ft:gpt-4o-mini-2024-07-18:acme:intent:AbC123", "ft:gpt-4o-mini:acme::x",
        "ft:gpt-4o-mini-2024-07-18:acme:intent:AbC123:ckpt-step-90", "ft:gpt-4o-mini-2024-07-18"}) {
    EXPECT_EQ(Micros(Table().UsageCost(model, usage)), 1'500'000) << model;
  }
}

TEST(PriceTable, EveryModelIsKnownByBothNames) {
  const std::pair<const char*, const char*> names[] = {
      {"gpt-4.1-2025-04-14", "gpt-4.1"},           {"gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"},
      {"gpt-4.1-nano-2025-04-14", "gpt-4.1-nano"}, {"gpt-4o-2024-08-06", "gpt-4o"},
      {"gpt-4o-mini-2024-07-18", "gpt-4o-mini"},
  };
  const v1::Usage usage = Usage(1'000'000, 500'000, 1'000'000);
  for (const auto& [model, alias] : names) {
    const int64_t base = Micros(Table().UsageCost(model, usage));
    const int64_t tuned = Micros(Table().UsageCost(std::string("ft:") + model + ":o::i", usage));
    EXPECT_EQ(Micros(Table().UsageCost(alias, usage)), base) << model;
    EXPECT_GT(base, 0) << model;
    EXPECT_GT(tuned, base) << model;
    EXPECT_GT(Micros(Table().TrainingCost(model, 1'000'000)), 0) << model;
  }
}

TEST(PriceTable, UnknownModelsHaveNoPriceRatherThanNone) {
  for (const char* model : {"sandbox-keyword-1", "ft:sandbox-keyword-1:x::1", "gpt-4o-mini-tts",
                            "gpt-4o-2024-05-13", "", "ft:", "llama-3"}) {
    EXPECT_FALSE(Table().UsageCost(model, Usage(1, 0, 1)).has_value()) << model;
    EXPECT_FALSE(Table().TrainingCost(model, 1).has_value()) << model;
    EXPECT_FALSE(Table().QuoteTraining(model, 1, 1).has_value()) << model;
    EXPECT_FALSE(Table().QuoteEvaluation(model, {}).has_value()) << model;
  }
}

TEST(PriceTable, SumsAreRoundedUpOnceAtTheEnd) {
  // 0.15 + 0.60 micros: 1, not 2 by rounding each.
  EXPECT_EQ(Micros(Table().UsageCost("gpt-4o-mini", Usage(1, 0, 1))), 1);
  EXPECT_EQ(Micros(Table().UsageCost("gpt-4o-mini", Usage(0, 0, 0))), 0);
  EXPECT_EQ(Micros(Table().UsageCost("gpt-4o-mini", Usage(20, 0, 0))), 3);
  EXPECT_EQ(Micros(Table().UsageCost("gpt-4o-mini", Usage(21, 0, 0))), 4);
}

TEST(PriceTable, ABatchCostsHalfWhateverTheCacheServed) {
  const auto batch = [](const char* model, const v1::Usage& usage) {
    return Micros(Table().UsageCost(model, usage, Processing::kBatch));
  };
  EXPECT_EQ(batch("gpt-4o-mini", Usage(1'000'000, 0, 1'000'000)), 375'000);
  EXPECT_EQ(batch("gpt-4o-mini", Usage(1'000'000, 900'000, 0)), 75'000);
  EXPECT_EQ(batch("ft:gpt-4o-mini-2024-07-18:acme::x", Usage(1'000'000, 0, 1'000'000)), 750'000);
  // Half of 0.15 + 0.60 micros, rounded up once.
  EXPECT_EQ(batch("gpt-4o-mini", Usage(1, 0, 1)), 1);
  EXPECT_EQ(batch("gpt-4o-mini", Usage(21, 0, 0)), 2);
  EXPECT_FALSE(Table().UsageCost("sandbox-keyword-1", Usage(1, 0, 1), Processing::kBatch));
}

TEST(PriceTable, SenselessFiguresStayInBounds) {
  EXPECT_EQ(Micros(Table().UsageCost("gpt-4o-mini", Usage(-5, -5, -5))), 0);
  EXPECT_EQ(Micros(Table().TrainingCost("gpt-4o-mini", -5)), 0);
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Micros(Table().TrainingCost("gpt-4o", kMost)), kMost);
  EXPECT_EQ(Micros(Table().QuoteTraining("gpt-4o", kMost, kMost)), kMost);
}

TEST(PriceTable, TrainingIsQuotedByBytesAndEpochs) {
  // 200,001 bytes: 50,001 tokens, three times, at $3 a million.
  EXPECT_EQ(Micros(Table().QuoteTraining("gpt-4o-mini", 200'001, 3)), 450'009);
  EXPECT_EQ(Table().QuoteTraining("gpt-4o-mini", 200'001, 3)->micros(),
            Table().TrainingCost("gpt-4o-mini", 150'003)->micros());
}

TEST(PriceTable, EvaluationIsQuotedByItsCalls) {
  // 100 calls of 250 input and 40 output tokens.
  EXPECT_EQ(Micros(Table().QuoteEvaluation("gpt-4o-mini", {100, 1'000, 40})), 3'750 + 2'400);
}

TEST(EstimateTokens, IsAQuarterOfTheBytesRoundedUp) {
  EXPECT_EQ(EstimateTokens(0), 0);
  EXPECT_EQ(EstimateTokens(-1), 0);
  EXPECT_EQ(EstimateTokens(1), 1);
  EXPECT_EQ(EstimateTokens(4), 1);
  EXPECT_EQ(EstimateTokens(5), 2);
}

TEST(ToText, ShowsWhatMatters) {
  const auto text = [](int64_t micros, const char* currency = "USD") {
    v1::Money money;
    money.set_micros(micros);
    money.set_currency_code(currency);
    return ToText(money);
  };
  EXPECT_EQ(text(590'000), "$0.59");
  EXPECT_EQ(text(1'234), "$0.0012");
  EXPECT_EQ(text(0), "$0.00");
  EXPECT_EQ(text(12'345'678), "$12.35");
  EXPECT_EQ(text(-590'000), "-$0.59");
  EXPECT_EQ(text(1'500'000, "EUR"), "1.50 EUR");
}

}  // namespace
}  // namespace tunegate::pricing
