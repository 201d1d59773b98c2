// How a step of an evaluation ends, and the one place that records it: state, figures, rows, and
// who is to be woken.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_END_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_END_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "server/resources/repository.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::evaluations {

struct RunEnd {
  enum class Kind {
    kFinished,   // every call is recorded
    kStopped,    // the server drains: the work stays due
    kCancelled,  // a caller wished it
    kBlocked,    // a person is needed; failure says what for
    kPaused,     // all work is paused: blocked, and looks again by itself
    // A provider does not answer: blocked, and asks again by itself after a while that grows with
    // each try in vain. Only the first of them is told.
    kUnreachable,
    kFailed,  // it cannot go on; failure says why
  };
  Kind kind = Kind::kFinished;
  v1::Failure failure;
  // Of kUnreachable: which of the evaluation's providers, and what it said last.
  size_t lane = 0;
  absl::Status cause = absl::OkStatus();
};

// Writes what the step has found out into the record and the transaction (rows and the like). May
// be called more than once.
using FillEnd = std::function<void(store::v1::EvaluationRecord&, store::Transaction&)>;

// Commits the end under the lease. For kUnreachable `fill` names the provider in the record's
// outage; the others but kStopped and kPaused end an outage. A wish to cancel that came in between
// wins. A terminal or blocked evaluation wakes its owner. Errors as Store::Commit.
absl::Status CommitEnd(resources::Repository& repository, const store::Lease& lease,
                       const RunEnd& end, const FillEnd& fill);

// Nothing is to be done until somebody acts, but for the twins of its batches, which spend money
// meanwhile: only they keep the work due.
void Rest(const store::v1::EvaluationRecord& record, store::Transaction& transaction);

// It waits for a provider no more. Returns whether it was BLOCKED for that, and is RUNNING now.
bool EndOutage(store::v1::EvaluationRecord& record);

// Makes the workflow that waits for an evaluation look at it; nothing without one.
void WakeOwner(const v1::Evaluation& evaluation, store::Transaction& transaction);

// "tunegate eval resume evaluations/x".
std::string ResumeCommand(const std::string& evaluation);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_END_H_
