// Datasets as a kind of resource. Terminal are all states of a dataset that has been made: what is
// being deleted does not become unmade.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_KIND_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_KIND_H_

#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::resources {

template <>
inline const Kind& KindOf<store::v1::DatasetRecord>() {
  static const Kind kind{
      "datasets", "dataset", {"READY", "INVALID", "FAILED", "DELETING", "DELETED"}};
  return kind;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_KIND_H_
