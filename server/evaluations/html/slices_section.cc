// Overall accuracy by what the examples are: the worst slices by name, then every key's values.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/share_table.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

using Metric = v1::Report::Metric;

constexpr size_t kMostValues = 8;
constexpr int64_t kLeastJudged = 30;

const v1::Estimate& JudgedShare(const Metric& metric) {
  return metric.has_candidate() ? metric.candidate() : metric.baseline();
}

bool IsDescriptive(const Metric* metric) {
  return JudgedShare(*metric).sample_count() < kLeastJudged;
}

// Slices of all keys by key. Keys that a reader looks for come first: what is learned, then what
// generators tell, then the rest by name.
class SlicesByKey {
 public:
  explicit SlicesByKey(const Page& page) {
    for (const v1::Task::Field& field : page.task->fields()) {
      if (field.headline()) order_.insert(order_.begin(), field.id());
      if (!field.headline()) order_.push_back(field.id());
    }
    for (const char* key : {"family", "noise", "region", "case", "query_length"}) {
      order_.push_back(key);
    }
    for (const Metric& metric : page.report().metrics()) {
      const size_t equals = metric.slice().find('=');
      if (metric.id() != "overall_accuracy" || equals == std::string::npos) continue;
      keys_[metric.slice().substr(0, equals)].push_back(&metric);
    }
  }

  std::vector<std::pair<std::string, std::vector<const Metric*>>> InOrder() const {
    std::vector<std::pair<std::string, std::vector<const Metric*>>> sorted(keys_.begin(),
                                                                           keys_.end());
    std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) {
      return RankOf(a.first) < RankOf(b.first);
    });
    return sorted;
  }

 private:
  size_t RankOf(const std::string& key) const {
    return std::find(order_.begin(), order_.end(), key) - order_.begin();
  }

  std::vector<std::string> order_;
  std::map<std::string, std::vector<const Metric*>> keys_;
};

ShareGroup GroupOf(const std::string& key, std::vector<const Metric*> metrics) {
  ShareGroup group;
  group.heading = key;
  const size_t all = metrics.size();
  const bool all_descriptive = std::all_of(metrics.begin(), metrics.end(), IsDescriptive);
  if (all > kMostValues) {
    std::stable_sort(metrics.begin(), metrics.end(), [](const Metric* a, const Metric* b) {
      return JudgedShare(*a).upper() < JudgedShare(*b).upper();
    });
    metrics.resize(kMostValues);
    group.heading = absl::StrCat(key, ": the worst ", kMostValues, " of ", all);
    group.more = absl::StrCat("The other ", all - kMostValues,
                              " are in the JSON report: tunegate eval report --format json");
  }
  if (all_descriptive) absl::StrAppend(&group.heading, " (each descriptive)");
  for (const Metric* metric : metrics) {
    const bool noted = IsDescriptive(metric) && !all_descriptive;
    group.rows.push_back(
        {metric->slice().substr(key.size() + 1), noted ? "descriptive" : "", metric});
  }
  return group;
}

// "case = ambiguous 75.0 % (15 of 20)".
void WriteWorst(const v1::Report& report, Writer& w) {
  if (report.worst_slices().empty()) return;
  w.Raw("<h3>Worst</h3><ol class=\"worst\">");
  for (const std::string& slice : report.worst_slices()) {
    const Metric* metric = FindMetric(report, "overall_accuracy", slice);
    w.Raw("<li><bdi>").Text(SliceLabel(slice)).Raw("</bdi>");
    if (metric != nullptr) {
      const v1::Estimate& share = JudgedShare(*metric);
      w.Raw(" <strong>").Text(Percent(share.value())).Raw("</strong> <span>of ");
      w.Text(Counted(share.sample_count(), "example", "examples")).Raw("</span>");
    }
    w.Raw("</li>");
  }
  w.Raw("</ol>");
}

}  // namespace

bool HasSlices(const v1::Report& report) {
  return std::any_of(report.metrics().begin(), report.metrics().end(), [](const Metric& metric) {
    return metric.id() == "overall_accuracy" && !metric.slice().empty();
  });
}

void WriteSlices(const Page& page, Writer& w) {
  if (!HasSlices(page.report())) return;
  w.Raw(
      "<section aria-labelledby=\"slices\"><h2 id=\"slices\">Slices</h2><p>Overall accuracy by "
      "what the examples are. Of many slices some are bad by chance; those under 30 examples are "
      "descriptive, and no criterion judges them.</p>");
  WriteWorst(page.report(), w);
  std::vector<ShareGroup> groups;
  for (auto& [key, metrics] : SlicesByKey(page).InOrder()) {
    groups.push_back(GroupOf(key, std::move(metrics)));
  }
  WriteShareTable(page, {.caption = "Overall accuracy by slice", .rows_of = "Slice", .dense = true},
                  groups, w);
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
