// The filter of every List method: AND of `field op literal`.
//
//   state = RUNNING AND labels.team = "search" AND create_time >= "2026-11-01T00:00:00Z"
#ifndef TUNEGATE_SERVER_RESOURCES_FILTER_H_
#define TUNEGATE_SERVER_RESOURCES_FILTER_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tunegate::resources {

// What a filter looks at.
struct FilterFacts {
  std::string state;  // without prefix: "RUNNING"
  std::string task;
  std::string owner;
  std::map<std::string, std::string> labels;
  absl::Time create_time;
};

// A parsed filter. Copyable, thread-safe.
class Filter {
 public:
  // INVALID_FIELD for "filter" with the column of what cannot be read.
  static absl::StatusOr<Filter> Parse(std::string_view text);

  bool Matches(const FilterFacts& facts) const;

  // The value that `field` (state, task or owner) must have; empty when it may have several.
  std::string Required(std::string_view field) const;

 private:
  enum class Op { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  struct Term {
    std::string field;
    Op op;
    std::string literal;
    absl::Time time;  // for create_time
  };
  class Parser;

  std::vector<Term> terms_;
};

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_RESOURCES_FILTER_H_
