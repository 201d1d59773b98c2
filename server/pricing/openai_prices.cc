// The prices of OpenAI's fine-tunable models, one call at a time and in batches, in US dollars, as
// its public pricing page (https://openai.com/api/pricing and
// https://developers.openai.com/api/docs/pricing) was known when the table was written down. They
// have not been checked against a bill: compare them with the page before you rely on a quote. A
// new list of prices is a new table with a new date; the figures that were made by the old one keep
// its name.
#include <iterator>

#include "server/pricing/price_table.h"

namespace tunegate::pricing {
namespace {

// Micros of a dollar for a price that pages give as dollars.
constexpr int64_t Dollars(double dollars) { return static_cast<int64_t>(dollars * 1e6 + 0.5); }

constexpr TokenPrices Tokens(double input, double cached_input, double output) {
  return {Dollars(input), Dollars(cached_input), Dollars(output)};
}

// Per million tokens: input, cached input and output; the same of fine-tuned models; training.
constexpr ModelPrice kPrices[] = {
    {"gpt-4.1-2025-04-14", "gpt-4.1", Tokens(2.00, 0.50, 8.00), Tokens(3.00, 0.75, 12.00),
     Dollars(25.00)},
    {"gpt-4.1-mini-2025-04-14", "gpt-4.1-mini", Tokens(0.40, 0.10, 1.60), Tokens(0.80, 0.20, 3.20),
     Dollars(5.00)},
    {"gpt-4.1-nano-2025-04-14", "gpt-4.1-nano", Tokens(0.10, 0.025, 0.40), Tokens(0.20, 0.05, 0.80),
     Dollars(1.50)},
    {"gpt-4o-2024-08-06", "gpt-4o", Tokens(2.50, 1.25, 10.00), Tokens(3.75, 1.875, 15.00),
     Dollars(25.00)},
    {"gpt-4o-mini-2024-07-18", "gpt-4o-mini", Tokens(0.15, 0.075, 0.60), Tokens(0.30, 0.15, 1.20),
     Dollars(3.00)},
};

// "Each model will be offered at 50% cost discount vs. the synchronous APIs", fine-tuned ones among
// them: https://help.openai.com/en/articles/9197833-batch-api-faq, as it was at the table's date.
constexpr int kBatchPercent = 50;

}  // namespace

const PriceTable& CurrentPriceTable() {
  static const PriceTable* const table =
      new PriceTable("openai-2026-11-01", {std::begin(kPrices), std::end(kPrices)}, kBatchPercent);
  return *table;
}

}  // namespace tunegate::pricing
