// What an error of the store says of the world beside it: nothing, when it is the store's own.
#ifndef TUNEGATE_SERVER_STORE_STORE_TROUBLE_H_
#define TUNEGATE_SERVER_STORE_STORE_TROUBLE_H_

#include "absl/status/status.h"

namespace tunegate::store {

// True when `status` is the store's own trouble: away, overtaken by another, or with an outcome
// that is not known. Another attempt, which reads first, may do; nothing that was found is at
// fault.
inline bool IsStoreTrouble(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsUnknown(status);
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_STORE_TROUBLE_H_
