#include "server/metrics/registry.h"

#include <type_traits>

namespace tunegate::metrics {
namespace {

template <typename Metric>
std::unique_ptr<Metric> MakePlain() {
  return std::make_unique<Metric>();
}

template <typename Metric>
Sample SampleOf(const Metric& metric) {
  Sample sample;
  if constexpr (std::is_same_v<Metric, Histogram>) {
    sample.bounds = metric.bounds();
    sample.counts = metric.counts();
    sample.sum = metric.sum();
  } else {
    sample.value = static_cast<double>(metric.value());
  }
  return sample;
}

}  // namespace

template <typename Metric>
std::vector<Sample> Family<Metric>::Collect() const {
  std::vector<Sample> samples;
  MutexLock lock(mutex_);
  for (const auto& [values, metric] : members_) {
    Sample& sample = samples.emplace_back(SampleOf(*metric));
    sample.label_values = values;
  }
  return samples;
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Reading>;
template class Family<Histogram>;

template <typename Metric>
Family<Metric>& Registry::Add(Description description, typename Family<Metric>::Make make) {
  auto family = std::make_unique<Family<Metric>>(std::move(description), std::move(make));
  Family<Metric>& added = *family;
  families_.push_back(std::move(family));
  return added;
}

Family<Counter>& Registry::Counters(std::string name, std::string help, Labels labels) {
  return Add<Counter>({std::move(name), std::move(help), Type::kCounter, std::move(labels)},
                      &MakePlain<Counter>);
}

Family<Gauge>& Registry::Gauges(std::string name, std::string help, Labels labels) {
  return Add<Gauge>({std::move(name), std::move(help), Type::kGauge, std::move(labels)},
                    &MakePlain<Gauge>);
}

Family<Histogram>& Registry::Histograms(std::string name, std::string help, Labels labels,
                                        std::vector<double> bounds) {
  // Shared by all members, and as long-lived as the family that keeps the function.
  auto shared = std::make_shared<const std::vector<double>>(std::move(bounds));
  return Add<Histogram>({std::move(name), std::move(help), Type::kHistogram, std::move(labels)},
                        [shared] { return std::make_unique<Histogram>(shared.get()); });
}

Counter& Registry::OneCounter(std::string name, std::string help) {
  return Counters(std::move(name), std::move(help), {}).Of({});
}

Gauge& Registry::OneGauge(std::string name, std::string help) {
  return Gauges(std::move(name), std::move(help), {}).Of({});
}

Reading& Registry::OneReading(std::string name, std::string help) {
  return Add<Reading>({std::move(name), std::move(help), Type::kCounter, {}}, &MakePlain<Reading>)
      .Of({});
}

Histogram& Registry::OneHistogram(std::string name, std::string help, std::vector<double> bounds) {
  return Histograms(std::move(name), std::move(help), {}, std::move(bounds)).Of({});
}

std::vector<Description> Registry::Descriptions() const {
  std::vector<Description> descriptions;
  for (const auto& family : families_) descriptions.push_back(family->description());
  return descriptions;
}

std::vector<FamilySnapshot> Registry::Collect() const {
  std::vector<FamilySnapshot> snapshots;
  for (const auto& family : families_) {
    snapshots.push_back({family->description(), family->Collect()});
  }
  return snapshots;
}

}  // namespace tunegate::metrics
