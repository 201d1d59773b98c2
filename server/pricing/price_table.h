// PriceTable: what tokens cost, as dated data, and what usage, training and evaluations cost by it.
//
// A table is a list price at its date, not a bill: discounts, taxes and changes since are not in
// it, so every figure made from it names the table. Models without a price (the sandbox's, other
// vendors') cost nothing that we know of: all functions answer nullopt for them, never zero.
//
// Amounts are whole micros (millionths of a dollar). A cost is summed exactly and rounded up once,
// at its end: a budget is never overrun by rounding.
//
// Immutable; thread-safe.
#ifndef TUNEGATE_SERVER_PRICING_PRICE_TABLE_H_
#define TUNEGATE_SERVER_PRICING_PRICE_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tunegate/v1/common.pb.h"

namespace tunegate::pricing {

// Of a million tokens, in micros of a US dollar: 150'000 is $0.15.
struct TokenPrices {
  int64_t input = 0;
  int64_t cached_input = 0;
  int64_t output = 0;
};

struct ModelPrice {
  std::string_view model;  // the dated snapshot: "gpt-4o-mini-2024-07-18"
  std::string_view alias;  // the undated name that stands for it: "gpt-4o-mini"
  TokenPrices inference;
  TokenPrices fine_tuned_inference;  // of models "ft:<model>:..."
  int64_t training = 0;              // of a million tokens, each epoch counted
};

// An evaluation that has not been made yet.
struct EvaluationSize {
  int64_t calls = 0;
  int64_t prompt_bytes_per_call = 0;  // of all messages
  int64_t output_tokens_per_call = 0;
};

// How calls are asked for.
enum class Processing {
  kStandard,
  // In a batch. Its discount is taken off the full price: what the provider's cache served is not
  // taken to be cheaper still.
  kBatch,
};

class PriceTable {
 public:
  // `name` ends in the date of the prices; the texts of `prices` must outlive the table. In a batch
  // calls cost `batch_percent` of their price.
  PriceTable(std::string name, std::vector<ModelPrice> prices, int batch_percent = 100)
      : name_(std::move(name)), prices_(std::move(prices)), batch_percent_(batch_percent) {}

  // "openai-2026-11-01"
  const std::string& name() const { return name_; }

  // What these tokens cost. `model` is a snapshot, its alias, or a fine-tuned model of either
  // (checkpoints too). Cached input tokens count as part of the input tokens, as providers report
  // them; negative figures count as 0.
  std::optional<v1::Money> UsageCost(std::string_view model, const v1::Usage& usage,
                                     Processing processing = Processing::kStandard) const;

  // What training on this many tokens costs, all epochs counted. A fine-tuned model trains on at
  // its base model's price.
  std::optional<v1::Money> TrainingCost(std::string_view model, int64_t trained_tokens) const;

  // Quotes: estimates before anything is sent, by EstimateTokens.
  std::optional<v1::Money> QuoteTraining(std::string_view model, int64_t file_bytes,
                                         int64_t epochs) const;
  // No prompt is taken to be cached: the most it can cost at this length of answers.
  std::optional<v1::Money> QuoteEvaluation(std::string_view model,
                                           const EvaluationSize& size) const;

 private:
  struct Found {
    const ModelPrice* price;
    bool fine_tuned;
  };
  std::optional<Found> Find(std::string_view model) const;

  const std::string name_;
  const std::vector<ModelPrice> prices_;
  const int batch_percent_;
};

// The table that comes with the product. Lives for ever.
const PriceTable& CurrentPriceTable();

// Bytes / 4, rounded up: a rule of thumb for OpenAI's tokenizers on JSON in European languages.
// Good for a quote, not for a bill; the provider's own count replaces it afterwards.
int64_t EstimateTokens(int64_t bytes);

// "$0.59", "$0.0012" for what has finer parts and is below a dollar, "1.50 EUR".
std::string ToText(const v1::Money& money);

}  // namespace tunegate::pricing

#endif  // TUNEGATE_SERVER_PRICING_PRICE_TABLE_H_
