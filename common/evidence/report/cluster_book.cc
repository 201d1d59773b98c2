#include "common/evidence/report/cluster_book.h"

#include <utility>

namespace tunegate::evaluations {

ClusterBook::ClusterBook(std::string policy_key)
    : key_(std::move(policy_key)), by_default_(key_.empty()) {
  if (key_ == kNoClusters) in_force_ = false;
  if (by_default_) key_ = kFamilyKey;
}

int32_t ClusterBook::Enter(const std::map<std::string, std::string>& slices) {
  entered_ = true;
  if (!in_force_) return 0;
  const auto value = slices.find(key_);
  if (value == slices.end()) {
    ++without_key_;
    if (by_default_) {
      in_force_ = false;
      clusters_.clear();
      return 0;
    }
  }
  return clusters_
      .emplace(value == slices.end() ? std::string() : value->second,
               static_cast<int32_t>(clusters_.size()))
      .first->second;
}

}  // namespace tunegate::evaluations
