#include "common/evidence/report/slice_tally.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace tunegate::evaluations {
namespace {

constexpr size_t kMaxValuesOfKey = 200;
constexpr size_t kMaxSlices = 1000;
constexpr size_t kMaxTextBytes = 100;
constexpr size_t kShortQuery = 40;  // code points
constexpr size_t kLongQuery = 80;

std::string Clean(std::string_view text) { return Abbreviate(ToValidUtf8(text), kMaxTextBytes); }

const char* LengthOf(std::string_view query) {
  const size_t count = CodePointCount(ToValidUtf8(query));
  if (count < kShortQuery) return "short";
  return count < kLongQuery ? "medium" : "long";
}

}  // namespace

std::map<std::string, std::string> SlicesOf(const Grader& grader, const datasets::Example& example,
                                            const Expected& expected) {
  std::map<std::string, std::string> slices;
  for (const auto& [key, value] : example.slices) slices.emplace(Clean(key), Clean(value));
  for (size_t i = 0; i < grader.scored_count(); ++i) {
    const GradedField& field = grader.fields()[i];
    if (field.kind != GradedField::Kind::kCategory || field.id.empty()) continue;
    slices.emplace(Clean(field.id), Clean(grader.ExpectedText(expected, i)));
  }
  slices.emplace("query_length", LengthOf(example.query));
  return slices;
}

void SliceTally::Add(const std::map<std::string, std::string>& slices, int32_t cluster,
                     const std::vector<PairOutcome>& overall,
                     const std::vector<PairOutcome>& headline, const TallyOptions& options) {
  for (const auto& [key, value] : slices) {
    if (dropped_.contains(key)) continue;
    auto& values = slices_[key];
    Slice& slice = values[value];
    if (values.size() > kMaxValuesOfKey) {
      dropped_.insert(key);
      slices_.erase(key);
      continue;
    }
    slice.overall.Add(overall, cluster, options);
    if (!headline.empty()) slice.headline.Add(headline, cluster, options);
  }
}

void SliceTally::AppendFigures(const std::string& headline_id, const std::string& cluster_key,
                               const TallyOptions& options, v1::Report& report) const {
  size_t appended = 0;
  for (const auto& [key, values] : slices_) {
    if (appended + values.size() > kMaxSlices) continue;
    TallyOptions of_key = options;
    if (key == cluster_key) of_key.clustered = false;
    for (const auto& [value, slice] : values) {
      ++appended;
      const std::string name = absl::StrCat(key, "=", value);
      *report.add_metrics() = slice.overall.Figures("overall_accuracy", name, of_key);
      if (!headline_id.empty()) {
        *report.add_metrics() = slice.headline.Figures(headline_id, name, of_key);
      }
    }
  }
}

size_t SliceTally::ValueCount(const std::string& key) const {
  const auto found = slices_.find(key);
  return found == slices_.end() ? 0 : found->second.size();
}

}  // namespace tunegate::evaluations
