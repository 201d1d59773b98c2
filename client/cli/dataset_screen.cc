#include "client/cli/dataset_screen.h"

#include <map>

#include "absl/strings/ascii.h"
#include "client/cli/event_text.h"
#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "tunegate/v1/dataset.pb.h"

namespace tunegate::cli {
namespace {

using v1::Dataset;

// "GIFT 180, PERSONAL_USE 100 ..." for each field that the distribution knows.
void AddDistribution(const Dataset& dataset, Facts& facts) {
  std::map<std::string, std::string> by_field;
  const std::map<std::string, int64_t> sorted(dataset.distribution().begin(),
                                              dataset.distribution().end());
  for (const auto& [key, count] : sorted) {
    if (count == 0) continue;
    const size_t equals = key.find('=');
    std::string& text = by_field[key.substr(0, equals)];
    if (!text.empty()) text += ", ";
    text += (equals == std::string::npos ? key : key.substr(equals + 1)) + " " + Count(count);
  }
  for (const auto& [field, text] : by_field) facts.Add(field, text);
}

std::string NextCommand(const Dataset& dataset) {
  if (dataset.state() == Dataset::STATE_INVALID)
    return "tunegate dataset findings " + dataset.name();
  if (dataset.state() != Dataset::STATE_READY) return "";
  switch (dataset.split()) {
    case Dataset::SPLIT_TRAIN:
      return "tunegate job create --train " + dataset.name() + " --validation DATASET --watch";
    case Dataset::SPLIT_TEST:
      return "tunegate workflow run --test " + dataset.name() + " --baseline-only";
    default:
      return "tunegate job create --train DATASET --validation " + dataset.name() + " --watch";
  }
}

}  // namespace

std::string SplitText(const Dataset& dataset) {
  return absl::AsciiStrToLower(EnumText(*Dataset::Split_descriptor(), dataset.split(), "SPLIT_"));
}

std::string SizeText(const Dataset& dataset) {
  return Counted(dataset.example_count(), "example") + ", " + Bytes(dataset.size_bytes()) + ", " +
         Counted(dataset.error_count(), "error") + ", " +
         Counted(dataset.warning_count(), "warning");
}

Facts DatasetFacts(const Dataset& dataset) {
  const std::string state = StateText(dataset.state());
  Facts facts(0);
  facts.Headline(dataset.name(),
                 Line(state, StyleOfState(state))
                     .Add("   " + SplitText(dataset) + " split of " + dataset.task()));
  if (!dataset.display_name().empty()) facts.Add("title", dataset.display_name());
  facts.Add(dataset.failure()).Add("holds", SizeText(dataset));
  AddDistribution(dataset, facts);
  for (const std::string& source : dataset.sources()) facts.Add("source", source);
  facts.Add("sha256", dataset.sha256());
  for (const auto& file : dataset.provider_files()) {
    facts.Add("uploaded", file.provider() + " " + file.file_id() + " " + file.status());
    facts.Add(file.failure());
  }
  if (dataset.split() == Dataset::SPLIT_TEST) {
    facts.Add("opened",
              Counted(dataset.opening_count(), "time") + "; a test set is never uploaded");
  }
  facts.Add("owner", dataset.owner());
  if (dataset.has_create_time()) facts.Add("created", DateAndTime(ToTime(dataset.create_time())));
  return facts.Next(NextCommand(dataset));
}

Table DatasetTable(const google::protobuf::RepeatedPtrField<Dataset>& datasets) {
  Table table({{"NAME"},
               {"STATE"},
               {"SPLIT"},
               {"EXAMPLES", true},
               {"ERRORS", true},
               {"WARNINGS", true},
               {"TASK"},
               {"CREATED"}});
  for (const Dataset& dataset : datasets) {
    const std::string state = StateText(dataset.state());
    table.Row({dataset.name(), Line(state, StyleOfState(state)), SplitText(dataset),
               std::to_string(dataset.example_count()), std::to_string(dataset.error_count()),
               std::to_string(dataset.warning_count()), dataset.task(),
               DateAndTime(ToTime(dataset.create_time()))});
  }
  return table;
}

std::vector<Line> FindingLines(const v1::Finding& finding, int columns) {
  const bool error = finding.severity() == v1::Finding::SEVERITY_ERROR;
  std::string where = finding.line() > 0 ? "line " + std::to_string(finding.line()) : "file";
  if (finding.column() > 0) where += ":" + std::to_string(finding.column());
  Line line(where);
  line.PadTo(12).Add(error ? "error" : "warning", error ? Style::kBad : Style::kWarning);
  line.PadTo(21).Add(finding.rule(), Style::kStrong);
  if (!finding.path().empty()) line.PadTo(0).Add(finding.path(), Style::kFaint);
  std::vector<Line> lines = {line};
  std::string text = finding.message();
  if (!finding.remedy().empty()) text += "; " + finding.remedy();
  for (const std::string& piece : Wrap(Printable(text), columns - 12)) {
    lines.push_back(Line(std::string(12, ' ')).Add(piece));
  }
  return lines;
}

}  // namespace tunegate::cli
