// What the kernel says of this process.
#ifndef TUNEGATE_SERVER_METRICS_PROCESS_H_
#define TUNEGATE_SERVER_METRICS_PROCESS_H_

#include "server/metrics/catalogue.h"

namespace tunegate::metrics {

// Sets the process_* metrics from /proc. What cannot be read stays as it is.
void ReadProcess(Catalogue& catalogue);

}  // namespace tunegate::metrics

#endif  // TUNEGATE_SERVER_METRICS_PROCESS_H_
