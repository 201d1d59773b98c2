#include "common/evidence/report/change_tally.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/utf8.h"

namespace tunegate::evaluations {
namespace {

constexpr size_t kMaxTextBytes = 120;
constexpr size_t kMaxGroups = 100;
// Free texts give a group an example: beyond this many, new ones are counted together.
constexpr size_t kMaxGroupsKept = 10'000;

}  // namespace

void ChangeTally::Add(const Grader& grader, const Expected& expected, const Graded& wrong_grade,
                      const store::v1::CallRecord& wrong_call, bool gained) {
  size_t field = 0;
  while (field + 1 < grader.scored_count() && wrong_grade.right[field]) ++field;
  auto key =
      std::make_tuple(gained, grader.fields()[field].id,
                      Abbreviate(ToValidUtf8(grader.ExpectedText(expected, field)), kMaxTextBytes),
                      IsRefusalOrCut(wrong_call)
                          ? std::string()
                          : Abbreviate(grader.AnsweredText(wrong_call, field), kMaxTextBytes));
  if (groups_.size() >= kMaxGroupsKept && !groups_.contains(key)) std::get<3>(key) = "...";
  ++groups_[std::move(key)];
}

google::protobuf::RepeatedPtrField<v1::Report::ChangeGroup> ChangeTally::Groups() const {
  // Iteration is by key, losses (false) first: a stable sort by count keeps that order in ties.
  std::vector<std::pair<decltype(groups_)::key_type, int64_t>> sorted(groups_.begin(),
                                                                      groups_.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (sorted.size() > kMaxGroups) sorted.resize(kMaxGroups);
  google::protobuf::RepeatedPtrField<v1::Report::ChangeGroup> groups;
  for (const auto& [key, count] : sorted) {
    v1::Report::ChangeGroup& group = *groups.Add();
    group.set_gained(std::get<0>(key));
    group.set_field(std::get<1>(key));
    group.set_expected(std::get<2>(key));
    group.set_answered(std::get<3>(key));
    group.set_count(count);
  }
  return groups;
}

}  // namespace tunegate::evaluations
