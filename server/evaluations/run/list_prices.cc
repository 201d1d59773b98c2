#include "server/evaluations/run/list_prices.h"

#include "server/pricing/price_table.h"

namespace tunegate::evaluations {

namespace {

Prices PricesOf(pricing::Processing processing) {
  const pricing::PriceTable& table = pricing::CurrentPriceTable();
  return {.table = table.name(),
          .price = [&table, processing](const std::string& model, const v1::Usage& usage) {
            return table.UsageCost(model, usage, processing);
          }};
}

}  // namespace

Prices ListPrices() { return PricesOf(pricing::Processing::kStandard); }

Prices BatchListPrices() { return PricesOf(pricing::Processing::kBatch); }

}  // namespace tunegate::evaluations
