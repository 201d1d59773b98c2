#include "server/pricing/price_table.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_format.h"

namespace tunegate::pricing {
namespace {

constexpr int64_t kTokensPerPrice = 1'000'000;
constexpr std::string_view kFineTunedPrefix = "ft:";
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

// Wide enough for any count times any price; __extension__ since ISO C++ has no such type.
__extension__ typedef __int128 Exact;

// Tokens at a price, exactly: micros times kTokensPerPrice.
Exact Priced(int64_t tokens, int64_t price) {
  return static_cast<Exact>(std::max<int64_t>(0, tokens)) * price;
}

// `percent` of a sum of prices.
v1::Money MoneyOf(Exact sum, int percent = 100) {
  constexpr Exact kWhole = Exact{kTokensPerPrice} * 100;
  const Exact micros = (sum * percent + kWhole - 1) / kWhole;
  v1::Money money;
  money.set_currency_code("USD");
  money.set_micros(static_cast<int64_t>(std::min<Exact>(micros, kMost)));
  return money;
}

// Both at least 0; the largest number where the product is larger.
int64_t Times(int64_t a, int64_t b) {
  const Exact product = static_cast<Exact>(std::max<int64_t>(0, a)) * std::max<int64_t>(0, b);
  return static_cast<int64_t>(std::min<Exact>(product, kMost));
}

}  // namespace

std::optional<PriceTable::Found> PriceTable::Find(std::string_view model) const {
  Found found{nullptr, model.substr(0, kFineTunedPrefix.size()) == kFineTunedPrefix};
  if (found.fine_tuned) {
    // "ft:BASE:organization:suffix:id"
    model.remove_prefix(kFineTunedPrefix.size());
    model = model.substr(0, model.find(':'));
  }
  for (const ModelPrice& price : prices_) {
    if (model == price.model || model == price.alias) found.price = &price;
  }
  if (found.price == nullptr) return std::nullopt;
  return found;
}

std::optional<v1::Money> PriceTable::UsageCost(std::string_view model, const v1::Usage& usage,
                                               Processing processing) const {
  const std::optional<Found> found = Find(model);
  if (!found.has_value()) return std::nullopt;
  const TokenPrices& prices =
      found->fine_tuned ? found->price->fine_tuned_inference : found->price->inference;
  const int64_t input = std::max<int64_t>(0, usage.input_tokens());
  const bool batch = processing == Processing::kBatch;
  const int64_t cached = batch ? 0 : std::clamp<int64_t>(usage.cached_input_tokens(), 0, input);
  return MoneyOf(Priced(input - cached, prices.input) + Priced(cached, prices.cached_input) +
                     Priced(usage.output_tokens(), prices.output),
                 batch ? batch_percent_ : 100);
}

std::optional<v1::Money> PriceTable::TrainingCost(std::string_view model,
                                                  int64_t trained_tokens) const {
  const std::optional<Found> found = Find(model);
  if (!found.has_value()) return std::nullopt;
  return MoneyOf(Priced(trained_tokens, found->price->training));
}

std::optional<v1::Money> PriceTable::QuoteTraining(std::string_view model, int64_t file_bytes,
                                                   int64_t epochs) const {
  return TrainingCost(model, Times(EstimateTokens(file_bytes), epochs));
}

std::optional<v1::Money> PriceTable::QuoteEvaluation(std::string_view model,
                                                     const EvaluationSize& size) const {
  v1::Usage usage;
  usage.set_input_tokens(Times(EstimateTokens(size.prompt_bytes_per_call), size.calls));
  usage.set_output_tokens(Times(size.output_tokens_per_call, size.calls));
  return UsageCost(model, usage);
}

int64_t EstimateTokens(int64_t bytes) { return bytes <= 0 ? 0 : (bytes - 1) / 4 + 1; }

std::string ToText(const v1::Money& money) {
  constexpr int64_t kMicros = 1'000'000;
  constexpr int64_t kCent = 10'000;
  const bool fine =
      money.micros() % kCent != 0 && money.micros() < kMicros && money.micros() > -kMicros;
  const int decimals = fine ? 4 : 2;
  const double units = static_cast<double>(money.micros()) / kMicros;
  if (money.currency_code().empty() || money.currency_code() == "USD") {
    return absl::StrFormat("%s$%.*f", units < 0 ? "-" : "", decimals, units < 0 ? -units : units);
  }
  return absl::StrFormat("%.*f %s", decimals, units, money.currency_code());
}

}  // namespace tunegate::pricing
