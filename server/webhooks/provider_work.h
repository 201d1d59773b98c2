// ProviderWork: whose work a provider's id belongs to.
//
// There is no index from provider ids to resources: what has not ended is read instead, by the
// store's index over kind and state. That is one read for each state in which a provider may have
// something to say, at most kMostOfAState resources each; whatever stands beyond that is found by
// polling, as without a webhook. A webhook is signed before anything is read.
#ifndef TUNEGATE_SERVER_WEBHOOKS_PROVIDER_WORK_H_
#define TUNEGATE_SERVER_WEBHOOKS_PROVIDER_WORK_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/store/store.h"

namespace tunegate::webhooks {

inline constexpr int kMostOfAState = 1000;

// Block on the store. The name of the job, or evaluation, that has not ended; nullopt when none of
// ours is meant. INTERNAL (STORE_CORRUPT).
absl::StatusOr<std::optional<std::string>> FindJob(store::Store& store, std::string_view provider,
                                                   std::string_view provider_job);
absl::StatusOr<std::optional<std::string>> FindEvaluation(store::Store& store,
                                                          std::string_view provider,
                                                          std::string_view provider_batch);

}  // namespace tunegate::webhooks

#endif  // TUNEGATE_SERVER_WEBHOOKS_PROVIDER_WORK_H_
