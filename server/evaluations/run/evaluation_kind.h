// Evaluations as a kind of resource.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_KIND_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_KIND_H_

#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {

template <>
inline const Kind& KindOf<store::v1::EvaluationRecord>() {
  static const Kind kind{"evaluations", "eval", {"SUCCEEDED", "FAILED", "CANCELLED"}};
  return kind;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_KIND_H_
