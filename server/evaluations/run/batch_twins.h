// Twins: batches that a provider made of the same calls beside the one that is kept: because a POST
// whose answer was lost was sent again, or by a server that was overtaken while it sent. Nobody
// wants their answers, and each of them costs money: so they are looked for as long as one may show
// up, and cancelled, again and again, until the provider says that they have ended.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_TWINS_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_TWINS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/evaluations/run/batch_step.h"
#include "server/providers/provider.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Every batch of the provider. Errors as its.
absl::StatusOr<std::vector<providers::RemoteBatch>> ListAllBatches(providers::Provider& provider);

// --- In the record of a batch --------------------------------------------------------------------
// Remembers that the provider's batch `id` is not the one that is kept. False when it is the one
// that is kept, or is remembered already.
bool AddTwin(const std::string& id, store::v1::ProviderBatch& batch);
// Keeps `remote`. True when it was remembered as a twin, which it is no more.
bool KeepBatch(const providers::RemoteBatch& remote, store::v1::ProviderBatch& batch);

// --- Steps ---------------------------------------------------------------------------------------
// Another works on the evaluation now, and may have made its own of `batch`. That this process made
// `id` is a fact that no lease is needed for: should the other keep another one, it ends this one,
// also when the evaluation has ended. Errors of the store.
absl::Status RecordLateBatch(const BatchStep& step, const store::v1::ProviderBatch& batch,
                             const std::string& id);

// Its provider is not configured, so nobody can be asked to end what is under way, or to say
// whether it is: it is left to the looks for twins, which go on when the evaluation has ended.
// Errors as Store::Commit.
absl::Status LeaveToTwinLooks(BatchStep& step);

enum class TwinLook {
  kWhenDue,
  kBeforeTheEnd,  // the last one, due or not
};
// Looks for those that the provider lists late. The step goes on. A provider's trouble is left to
// the next step. Errors of the store; kProviderNotConfigured, when all others have been asked.
absl::Status LookForTwins(BatchStep& step, TwinLook look);

// Looks at each of them once, and cancels it if it is at work; forgets it when it has ended, with
// its answers. Otherwise as LookForTwins.
absl::Status CallOffTwins(BatchStep& step);

// Both, while the evaluation rests or when it has ended: what is not configured is left alone.
// Errors of the store.
absl::Status TendTwins(BatchStep& step);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_TWINS_H_
