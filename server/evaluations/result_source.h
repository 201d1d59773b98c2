// How reports read results and give bytes away: piece by piece, so that neither the answers nor the
// page need to fit into memory.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RESULT_SOURCE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RESULT_SOURCE_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// Called with one result; an error ends the reading.
using ResultVisitor = std::function<absl::Status(const v1::Result&)>;
// Calls the visitor with every result, by example and repeat; returns its first error or its own.
using ResultSource = std::function<absl::Status(const ResultVisitor&)>;
// Takes the next bytes (at most 64 KiB at a time); an error (the client has gone) ends the writing.
using ByteSink = std::function<absl::Status(std::string_view)>;

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RESULT_SOURCE_H_
