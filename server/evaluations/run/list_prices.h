// The price table that comes with the product, as evaluations use it.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_LIST_PRICES_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_LIST_PRICES_H_

#include "server/evaluations/run/run_tally.h"

namespace tunegate::evaluations {

Prices ListPrices();
// Of what is asked in batches.
Prices BatchListPrices();

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_LIST_PRICES_H_
