#include "server/metrics/catalogue.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tunegate::metrics {
namespace {

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "";
}

std::string Quoted(const std::string& text) { return "`" + text + "`"; }

}  // namespace

std::vector<double> ShortTimes() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
}

std::vector<double> CallTimes() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
}

std::vector<double> LongTimes() {
  return {0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800};
}

Catalogue& TheCatalogue() {
  // Never destroyed: threads may still count while statics go.
  static Catalogue* const catalogue = new Catalogue();
  return *catalogue;
}

std::string MarkdownTable(const std::vector<Description>& descriptions) {
  std::string table = "| metric | type | labels | what it says |\n|---|---|---|---|\n";
  for (const Description& each : descriptions) {
    std::vector<std::string> labels;
    for (const std::string& label : each.labels) labels.push_back(Quoted(label));
    absl::StrAppend(&table, "| ", Quoted(each.name), " | ", std::string(TypeName(each.type)), " | ",
                    absl::StrJoin(labels, ", "), " | ", each.help, " |\n");
  }
  return table;
}

}  // namespace tunegate::metrics
