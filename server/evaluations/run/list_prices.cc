#include "server/evaluations/run/list_prices.h"

#include "server/pricing/price_table.h"

namespace tunegate::evaluations {

Prices ListPrices() {
  const pricing::PriceTable& table = pricing::CurrentPriceTable();
  return {.table = table.name(),
          .price = [&table](const std::string& model, const v1::Usage& usage) {
            return table.UsageCost(model, usage);
          }};
}

}  // namespace tunegate::evaluations
