// What a batch that its provider rejected means.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_FAILURE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_FAILURE_H_

#include <string>

#include "server/providers/provider.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::evaluations {

enum class Rejection {
  kInput,      // the file, or what its lines ask: nobody can mend it here
  kQueueFull,  // too many tokens wait at the provider: later
  kQuota,      // money: a person
};
Rejection RejectionOf(const providers::RemoteBatch& batch);

// The failure, in the provider's words. `resume_command` is for what needs a person.
v1::Failure RejectionFailure(const providers::RemoteBatch& batch,
                             const std::string& resume_command);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_FAILURE_H_
