#include "common/evidence/answers/call_pairs.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr char kReason[] = "CALLS_OUT_OF_ORDER";

absl::Status Unknown(int64_t example) {
  return Internal(kReason, absl::StrCat("a call answers example ", example,
                                        ", which is not the dataset's: the answers do not belong "
                                        "to this dataset"));
}

}  // namespace

absl::StatusOr<std::vector<CallPair>> PairCalls(const datasets::Example& example,
                                                const std::vector<const CallRecord*>& calls) {
  std::vector<const CallRecord*> sorted = calls;
  std::sort(sorted.begin(), sorted.end(), [](const CallRecord* a, const CallRecord* b) {
    return std::make_tuple(a->repeat(), a->arm()) < std::make_tuple(b->repeat(), b->arm());
  });
  std::vector<CallPair> pairs;
  for (const CallRecord* call : sorted) {
    if (call->example() != example.line) return Unknown(call->example());
    if (call->arm() != CallRecord::ARM_BASELINE && call->arm() != CallRecord::ARM_CANDIDATE) {
      return Internal(kReason, absl::StrCat("a call of example ", example.line, " has no arm"));
    }
    if (pairs.empty() || pairs.back().repeat != call->repeat()) {
      pairs.push_back({.repeat = call->repeat()});
    }
    const CallRecord*& place =
        call->arm() == CallRecord::ARM_BASELINE ? pairs.back().baseline : pairs.back().candidate;
    if (place != nullptr) {
      return Internal(kReason, absl::StrCat("example ", example.line, " was answered twice by one ",
                                            "variant in repeat ", call->repeat()));
    }
    place = call;
  }
  return pairs;
}

absl::StatusOr<std::vector<std::vector<const CallRecord*>>> CallsByExample(
    const std::vector<datasets::Example>& examples, const std::vector<CallRecord>& calls) {
  std::unordered_map<int64_t, size_t> place;
  for (size_t i = 0; i < examples.size(); ++i) place.emplace(examples[i].line, i);
  std::vector<std::vector<const CallRecord*>> grouped(examples.size());
  for (const CallRecord& call : calls) {
    const auto found = place.find(call.example());
    if (found == place.end()) return Unknown(call.example());
    grouped[found->second].push_back(&call);
  }
  return grouped;
}

}  // namespace tunegate::evaluations
