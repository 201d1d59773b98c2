// What answers took, for the operator's figures: tokens, and money by the price table.
#ifndef TUNEGATE_SERVER_PROVIDERS_USAGE_METER_H_
#define TUNEGATE_SERVER_PROVIDERS_USAGE_METER_H_

#include <string>

#include "server/pricing/price_table.h"
#include "server/providers/provider.h"

namespace tunegate::providers {

// Counts an answer of the provider of this name; failures took nothing. `is_free`: the price
// table's names mean other models there, as in the sandbox; tokens are counted all the same.
// Thread-safe.
void CountUsage(const std::string& provider, const ChatAnswer& answer,
                pricing::Processing processing, bool is_free);

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_USAGE_METER_H_
