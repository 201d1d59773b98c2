// Registry: families of metrics by name, and what they say at a moment. A family is one metric's
// name with its help and the names of its labels; its members differ in the labels' values.
#ifndef TUNEGATE_SERVER_METRICS_REGISTRY_H_
#define TUNEGATE_SERVER_METRICS_REGISTRY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "server/metrics/metric.h"

namespace tunegate::metrics {

enum class Type { kCounter, kGauge, kHistogram };

// What a family is.
struct Description {
  std::string name;  // as Prometheus wants it: "tunegate_store_batches_total"
  std::string help;  // one sentence
  Type type = Type::kCounter;
  std::vector<std::string> labels;
};

// One member at a moment.
struct Sample {
  std::vector<std::string> label_values;  // as many as the description has labels
  double value = 0;                       // of counters and gauges
  // Of histograms: how many values fell into each bucket alone, and their sum.
  std::vector<double> bounds;
  std::vector<int64_t> counts;
  double sum = 0;
};

struct FamilySnapshot {
  Description description;
  std::vector<Sample> samples;  // by their labels' values
};

// What a registry knows of a family.
class AnyFamily {
 public:
  explicit AnyFamily(Description description) : description_(std::move(description)) {}
  virtual ~AnyFamily() = default;
  const Description& description() const { return description_; }
  virtual std::vector<Sample> Collect() const = 0;

 private:
  const Description description_;
};

// Label values come from outside (models, providers): a family takes no more members than this, and
// all further ones are counted as one whose every value is "other".
inline constexpr size_t kMaxMembers = 500;

// Thread-safe.
template <typename Metric>
class Family final : public AnyFamily {
 public:
  using Make = std::function<std::unique_ptr<Metric>()>;
  Family(Description description, Make make)
      : AnyFamily(std::move(description)), make_(std::move(make)) {}

  // The member with these values, in the labels' order; made when it is first asked for, the same
  // afterwards, and as long-lived as the family.
  Metric& Of(std::initializer_list<std::string_view> values) {
    MutexLock lock(mutex_);
    if (const auto found = members_.find(values); found != members_.end()) return *found->second;
    std::vector<std::string> key(values.begin(), values.end());
    if (members_.size() >= kMaxMembers) key.assign(values.size(), "other");
    std::unique_ptr<Metric>& member = members_[std::move(key)];
    if (member == nullptr) member = make_();
    return *member;
  }

  std::vector<Sample> Collect() const override;

 private:
  struct Less {
    using is_transparent = void;
    template <typename Left, typename Right>
    bool operator()(const Left& left, const Right& right) const {
      return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
    }
  };

  const Make make_;
  mutable Mutex mutex_;
  std::map<std::vector<std::string>, std::unique_ptr<Metric>, Less> members_
      ABSL_GUARDED_BY(mutex_);
};

// Thread-safe, but families are added by one thread before others look. Owns its families.
class Registry {
 public:
  using Labels = std::vector<std::string>;

  Family<Counter>& Counters(std::string name, std::string help, Labels labels);
  Family<Gauge>& Gauges(std::string name, std::string help, Labels labels);
  // `bounds` rise.
  Family<Histogram>& Histograms(std::string name, std::string help, Labels labels,
                                std::vector<double> bounds);
  // Without labels.
  Counter& OneCounter(std::string name, std::string help);
  Gauge& OneGauge(std::string name, std::string help);
  Reading& OneReading(std::string name, std::string help);
  Histogram& OneHistogram(std::string name, std::string help, std::vector<double> bounds);

  // In the order in which they were added.
  std::vector<Description> Descriptions() const;
  std::vector<FamilySnapshot> Collect() const;

 private:
  template <typename Metric>
  Family<Metric>& Add(Description description, typename Family<Metric>::Make make);

  std::vector<std::unique_ptr<AnyFamily>> families_;
};

}  // namespace tunegate::metrics

#endif  // TUNEGATE_SERVER_METRICS_REGISTRY_H_
