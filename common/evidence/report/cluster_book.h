// ClusterBook: which examples belong together, by the value of one slice key.
//
// The key is the policy's cluster_key:
//   empty   `family`, as long as every example has it; otherwise each example is for itself
//   "none"  each example for itself
//   a key   that one. Examples without it are taken for alike and make one cluster of their own: a
//           key that none has shows nothing, instead of silently counting for nothing
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_CLUSTER_BOOK_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_CLUSTER_BOOK_H_

#include <cstdint>
#include <map>
#include <string>

namespace tunegate::evaluations {

// The key under which generators tell from which template an example was made.
inline constexpr char kFamilyKey[] = "family";
// The policy's word for "each example for itself".
inline constexpr char kNoClusters[] = "none";

// Not thread-safe.
class ClusterBook {
 public:
  explicit ClusterBook(std::string policy_key);

  // The cluster of an example with these slices, counted from 0.
  int32_t Enter(const std::map<std::string, std::string>& slices);

  // False: each example is for itself. Can become false as examples come, and never true again.
  bool in_force() const { return in_force_ && entered_; }
  // Empty when not in force.
  std::string key() const { return in_force() ? key_ : std::string(); }
  int64_t count() const { return in_force() ? static_cast<int64_t>(clusters_.size()) : 0; }
  // Examples without the key.
  int64_t without_key() const { return without_key_; }

 private:
  std::string key_;
  bool in_force_ = true;
  const bool by_default_;
  bool entered_ = false;
  int64_t without_key_ = 0;
  std::map<std::string, int32_t> clusters_;  // by value; without the key: the empty text
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_CLUSTER_BOOK_H_
