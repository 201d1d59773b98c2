// Response times of both arms as histograms under one another, on one logarithmic axis.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_LATENCY_HISTOGRAM_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_LATENCY_HISTOGRAM_H_

#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {

// Writes nothing when nothing was measured.
void WriteLatencyHistogram(const Page& page, Writer& w);

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_LATENCY_HISTOGRAM_H_
