// Datasets as a kind of resource. Terminal are the states that only a caller's wish ends.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_KIND_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_KIND_H_

#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {

template <>
inline const Kind& KindOf<store::v1::DatasetRecord>() {
  static const Kind kind{"datasets", "dataset", {"READY", "INVALID", "FAILED", "DELETED"}};
  return kind;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_KIND_H_
