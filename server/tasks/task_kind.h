// Tasks as a kind of resource.
#ifndef TUNEGATE_SERVER_TASKS_TASK_KIND_H_
#define TUNEGATE_SERVER_TASKS_TASK_KIND_H_

#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {

template <>
inline const Kind& KindOf<store::v1::TaskRecord>() {
  static const Kind kind{"tasks", "task", {}};
  return kind;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_TASKS_TASK_KIND_H_
