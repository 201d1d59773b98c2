#include "server/metrics/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

#include "common/utf8.h"

namespace tunegate::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricType TypeOf(Type type) {
  switch (type) {
    case Type::kCounter:
      return MetricType::Counter;
    case Type::kGauge:
      return MetricType::Gauge;
    case Type::kHistogram:
      return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

// Prometheus counts all values up to a bound, and knows no bucket without one.
ClientMetric::Histogram Cumulative(const Sample& sample) {
  ClientMetric::Histogram histogram;
  for (size_t i = 0; i < sample.counts.size(); ++i) {
    histogram.sample_count += static_cast<uint64_t>(sample.counts[i]);
    const double bound =
        i < sample.bounds.size() ? sample.bounds[i] : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = sample.sum;
  return histogram;
}

ClientMetric ToPrometheus(const Description& description, const Sample& sample) {
  ClientMetric metric;
  for (size_t i = 0; i < description.labels.size(); ++i) {
    metric.label.push_back({description.labels[i], ToValidUtf8(sample.label_values[i])});
  }
  switch (description.type) {
    case Type::kCounter:
      metric.counter.value = sample.value;
      break;
    case Type::kGauge:
      metric.gauge.value = sample.value;
      break;
    case Type::kHistogram:
      metric.histogram = Cumulative(sample);
      break;
  }
  return metric;
}

}  // namespace

std::string Exposition(const std::vector<FamilySnapshot>& snapshots) {
  std::vector<MetricFamily> families;
  for (const FamilySnapshot& snapshot : snapshots) {
    if (snapshot.samples.empty()) continue;
    MetricFamily& family = families.emplace_back();
    family.name = snapshot.description.name;
    family.help = snapshot.description.help;
    family.type = TypeOf(snapshot.description.type);
    for (const Sample& sample : snapshot.samples) {
      family.metric.push_back(ToPrometheus(snapshot.description, sample));
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tunegate::metrics
