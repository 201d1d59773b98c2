// Counter, Gauge and Histogram: what a room updates while it works, without knowing who reads it.
// An update is one or two relaxed atomic additions and takes no lock.
//
//   metrics::Catalogue& metrics = metrics::TheCatalogue();
//   metrics.store_batches.Add();
//   metrics.rpc_seconds.Of({"GetJob"}).Observe(0.0021);
#ifndef TUNEGATE_SERVER_METRICS_METRIC_H_
#define TUNEGATE_SERVER_METRICS_METRIC_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace tunegate::metrics {

// Only grows. Thread-safe.
class Counter {
 public:
  // A negative number would be a fault of ours, and is ignored.
  void Add(int64_t by = 1) {
    if (by > 0) value_.fetch_add(by, std::memory_order_relaxed);
  }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// Goes up and down. Thread-safe.
class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// A figure that something else counts, the kernel or the store; set whenever it is looked at, and
// shown as a counter. Thread-safe.
class Reading {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// How often values fell into which range. Thread-safe; who reads while others add sees each
// addition in the bucket before, or after, in the sum.
class Histogram {
 public:
  // `bounds` are the buckets' upper ones, included, rising; the last bucket has none. Not owned.
  explicit Histogram(const std::vector<double>* bounds)
      : bounds_(*bounds), counts_(bounds->size() + 1) {}

  void Observe(double value) {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  void Observe(absl::Duration duration) { Observe(absl::ToDoubleSeconds(duration)); }

  const std::vector<double>& bounds() const { return bounds_; }
  // In each bucket alone, the last one without an upper bound.
  std::vector<int64_t> counts() const {
    std::vector<int64_t> counts;
    for (const auto& count : counts_) counts.push_back(count.load(std::memory_order_relaxed));
    return counts;
  }
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double>& bounds_;
  std::vector<std::atomic<int64_t>> counts_;
  std::atomic<double> sum_{0};
};

// Adds one to a gauge for as long as it lives.
class InFlight {
 public:
  explicit InFlight(Gauge& gauge) : gauge_(gauge) { gauge_.Add(1); }
  ~InFlight() { gauge_.Add(-1); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  Gauge& gauge_;
};

}  // namespace tunegate::metrics

#endif  // TUNEGATE_SERVER_METRICS_METRIC_H_
