// MeteredProvider: counts what passes to another provider and what comes back: calls by operation
// and outcome with their times, chat calls in flight and their retries, tokens and money. It
// changes nothing. Lines of batches are read without being counted: who takes one knows whether it
// is anybody's, and new (usage_meter.h).
#ifndef TUNEGATE_SERVER_PROVIDERS_METERED_PROVIDER_H_
#define TUNEGATE_SERVER_PROVIDERS_METERED_PROVIDER_H_

#include <functional>
#include <memory>

#include "server/providers/provider.h"

namespace tunegate::providers {

// `is_free` is asked at each answer: true where the price table's names mean other models, as in
// the sandbox. Tokens are counted all the same.
std::shared_ptr<Provider> Metered(std::shared_ptr<Provider> target, std::function<bool()> is_free);

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_METERED_PROVIDER_H_
