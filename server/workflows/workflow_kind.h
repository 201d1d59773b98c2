// Workflows as a kind of resource. FAILED is terminal until ResumeWorkflow.
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_KIND_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_KIND_H_

#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {

template <>
inline const Kind& KindOf<store::v1::WorkflowRecord>() {
  static const Kind kind{"workflows", "workflow", {"SUCCEEDED", "FAILED", "CANCELLED"}};
  return kind;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_KIND_H_
