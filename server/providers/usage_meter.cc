#include "server/providers/usage_meter.h"

#include "common/utf8.h"
#include "server/metrics/catalogue.h"

namespace tunegate::providers {
namespace {

constexpr size_t kLongestModel = 120;

}  // namespace

void CountUsage(const std::string& provider, const ChatAnswer& answer,
                pricing::Processing processing, bool is_free) {
  if (!answer.status.ok()) return;
  metrics::Catalogue& metrics = metrics::TheCatalogue();
  const std::string model = Abbreviate(ToValidUtf8(answer.answering_model), kLongestModel);
  metrics.tokens.Of({provider, model, "input"}).Add(answer.input_tokens);
  metrics.tokens.Of({provider, model, "cached_input"}).Add(answer.cached_input_tokens);
  metrics.tokens.Of({provider, model, "output"}).Add(answer.output_tokens);
  if (is_free) return;
  v1::Usage usage;
  usage.set_input_tokens(answer.input_tokens);
  usage.set_cached_input_tokens(answer.cached_input_tokens);
  usage.set_output_tokens(answer.output_tokens);
  const auto cost =
      pricing::CurrentPriceTable().UsageCost(answer.answering_model, usage, processing);
  if (!cost.has_value()) return;
  metrics.spend.Of({provider, model, cost->currency_code()}).Add(cost->micros());
}

}  // namespace tunegate::providers
