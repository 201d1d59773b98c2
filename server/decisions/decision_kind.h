// Decisions as a kind of resource: without states, so always at their end.
#ifndef TUNEGATE_SERVER_DECISIONS_DECISION_KIND_H_
#define TUNEGATE_SERVER_DECISIONS_DECISION_KIND_H_

#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {

template <>
inline const Kind& KindOf<store::v1::DecisionRecord>() {
  static const Kind kind{"decisions", "decision", {}};
  return kind;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_DECISIONS_DECISION_KIND_H_
