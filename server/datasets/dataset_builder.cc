#include "server/datasets/dataset_builder.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/json.h"
#include "server/datasets/file_format.h"
#include "server/datasets/product_intent/generator.h"
#include "server/datasets/table_import.h"
#include "server/datasets/validate.h"

namespace tunegate::datasets {
namespace {

using ImportSpec = v1::ImportDatasetRequest::ImportSpec;
using product_intent::GeneratedExample;
using product_intent::kMaxCounts;

constexpr char kProductIntent[] = "product_intent";

void AddFinding(v1::Finding finding, BuiltDataset& built) {
  ++(finding.severity() == v1::Finding::SEVERITY_ERROR ? built.error_count : built.warning_count);
  built.findings.push_back(std::move(finding));
}

// Everything that follows from the bytes.
void Complete(const v1::Task& task, BuiltDataset& built) {
  built.sha256 = Sha256Hex(built.jsonl);
  built.description = Describe(task, built.jsonl);
  built.queries = DigestQueries(built.jsonl);
  // By line; those of the whole file (line 0) last.
  std::stable_sort(built.findings.begin(), built.findings.end(),
                   [](const v1::Finding& a, const v1::Finding& b) {
                     return a.line() != b.line() && b.line() == 0 ? a.line() != 0
                            : a.line() == 0                       ? false
                                                                  : a.line() < b.line();
                   });
}

void BuildFromTable(const v1::Task& task, const ImportSpec& spec, Dialect dialect,
                    std::string_view bytes, BuiltDataset& built) {
  const FindingSink sink = [&](v1::Finding finding) { AddFinding(std::move(finding), built); };
  ChatValidator validator(task, spec.dataset().split(), sink);
  ImportTable(task, spec, dialect, bytes, sink, [&](const std::string& line, int64_t number) {
    validator.Line(line, number);
    absl::StrAppend(&built.jsonl, line, "\n");
  });
  validator.Finish();
}

json::Value ArrayOf(const std::vector<std::string>& values) {
  json::Value array = json::Array();
  for (const std::string& value : values) array.Append(value);
  return array;
}

std::string AnswerText(const v1::Task& task, const product_intent::Answer& answer) {
  return tasks::WriteAnswer(task, {{"intent_type", answer.intent_type},
                                   {"category", answer.category},
                                   {"budget_tier", answer.budget_tier},
                                   {"recipient", answer.recipient},
                                   {"context_tags", ArrayOf(answer.context_tags)},
                                   {"priority_features", ArrayOf(answer.priority_features)}});
}

BuiltDataset BuildFromGenerated(const v1::Task& task, v1::Dataset::Split split, uint64_t seed,
                                const std::vector<GeneratedExample>& examples) {
  BuiltDataset built;
  for (const GeneratedExample& example : examples) {
    const bool keeps_slices = split == v1::Dataset::SPLIT_TEST;
    absl::StrAppend(
        &built.jsonl,
        WriteExample(task.system_prompt(), example.query, AnswerText(task, example.answer),
                     keeps_slices ? example.slices : std::map<std::string, std::string>()),
        "\n");
  }
  ChatValidator validator(task, split,
                          [&](v1::Finding finding) { AddFinding(std::move(finding), built); });
  validator.Feed(built.jsonl);
  validator.Finish();
  built.source = absl::StrCat("generator:", kProductIntent, " seed=", static_cast<int64_t>(seed));
  Complete(task, built);
  return built;
}

absl::Status CheckCount(std::string_view field, int32_t count, int32_t least, int32_t most) {
  if (count >= least && count <= most) return absl::OkStatus();
  const std::string expected = absl::StrCat("expected ", least, " to ", most);
  return InvalidArgument("INVALID_GENERATE_SPEC",
                         absl::StrCat("spec.", std::string(field), " is ", count, "; ", expected))
      .Field("spec." + std::string(field), expected);
}

// A task may reword the built-in prompt, but the generator writes the built-in fields.
absl::Status CheckAnswersFit(const BuiltDataset& built) {
  for (const v1::Finding& finding : built.findings) {
    if (finding.severity() != v1::Finding::SEVERITY_ERROR) continue;
    return FailedPrecondition(
               "GENERATOR_MISMATCH",
               absl::StrCat("the generator ", kProductIntent, " writes answers that are not this ",
                            "task's: ", finding.path(), ": ", finding.message(),
                            "; take the fields of tasks/product_intent or import datasets"))
        .Metadata("rule", finding.rule());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckImportSpec(const v1::Task& task, const ImportSpec& spec) {
  switch (spec.dataset().split()) {
    case v1::Dataset::SPLIT_TRAIN:
    case v1::Dataset::SPLIT_VALIDATION:
    case v1::Dataset::SPLIT_TEST:
      break;
    default:
      return InvalidArgument("INVALID_IMPORT",
                             "spec.dataset.split is not set; expected TRAIN, "
                             "VALIDATION or TEST")
          .Field("spec.dataset.split", "expected SPLIT_TRAIN, SPLIT_VALIDATION or SPLIT_TEST");
  }
  if (!v1::ImportDatasetRequest::Format_IsValid(spec.format())) {
    return InvalidArgument("INVALID_IMPORT",
                           absl::StrCat("spec.format ", int{spec.format()}, " is not known"))
        .Field("spec.format", "expected FORMAT_CHAT_JSONL, FORMAT_CSV or FORMAT_TSV");
  }
  if (spec.headerless() && spec.columns().empty()) {
    return InvalidArgument("INVALID_IMPORT",
                           "a table without a header needs spec.columns: which column holds what")
        .Field("spec.columns", "expected a mapping of at least \"user\" and \"assistant\"");
  }
  return CheckColumns(task, spec);
}

absl::StatusOr<BuiltDataset> BuildFromBytes(const v1::Task& task, const ImportSpec& spec,
                                            std::string_view bytes) {
  TG_RETURN_IF_ERROR(CheckImportSpec(task, spec));
  BuiltDataset built;
  switch (FormatOf(spec, bytes)) {
    case v1::ImportDatasetRequest::FORMAT_CSV:
      BuildFromTable(task, spec, Dialect::kCsv, bytes, built);
      break;
    case v1::ImportDatasetRequest::FORMAT_TSV:
      BuildFromTable(task, spec, Dialect::kTsv, bytes, built);
      break;
    default: {
      built.jsonl = std::string(bytes);
      ChatValidator validator(task, spec.dataset().split(),
                              [&](v1::Finding finding) { AddFinding(std::move(finding), built); });
      validator.Feed(bytes);
      validator.Finish();
    }
  }
  built.source = spec.file_name();
  Complete(task, built);
  return built;
}

v1::GenerateSpec WithDefaults(const v1::GenerateSpec& spec) {
  const product_intent::Counts defaults;
  v1::GenerateSpec complete = spec;
  if (spec.train_count() == 0) complete.set_train_count(defaults.train);
  if (spec.validation_count() == 0) complete.set_validation_count(defaults.validation);
  if (spec.test_count() == 0) complete.set_test_count(defaults.test);
  if (!spec.has_seed()) complete.set_seed(1);
  return complete;
}

absl::StatusOr<GeneratedSplits> GenerateSplits(const v1::Task& task, const v1::GenerateSpec& spec) {
  if (task.generator() != kProductIntent) {
    return FailedPrecondition(
        "NO_GENERATOR", absl::StrCat("task '", task.name(), "' has no generator; import datasets"));
  }
  constexpr int32_t kLeastUploaded = 10;
  const v1::GenerateSpec complete = WithDefaults(spec);
  TG_RETURN_IF_ERROR(
      CheckCount("train_count", complete.train_count(), kLeastUploaded, kMaxCounts.train));
  TG_RETURN_IF_ERROR(CheckCount("validation_count", complete.validation_count(), kLeastUploaded,
                                kMaxCounts.validation));
  TG_RETURN_IF_ERROR(CheckCount("test_count", complete.test_count(), 1, kMaxCounts.test));
  const auto seed = static_cast<uint64_t>(complete.seed());
  TG_ASSIGN_OR_RETURN(
      const product_intent::Generated generated,
      product_intent::Generate(
          {complete.train_count(), complete.validation_count(), complete.test_count()}, seed));
  GeneratedSplits splits = {
      BuildFromGenerated(task, v1::Dataset::SPLIT_TRAIN, seed, generated.train),
      BuildFromGenerated(task, v1::Dataset::SPLIT_VALIDATION, seed, generated.validation),
      BuildFromGenerated(task, v1::Dataset::SPLIT_TEST, seed, generated.test)};
  for (const BuiltDataset* built : {&splits.train, &splits.validation, &splits.test}) {
    TG_RETURN_IF_ERROR(CheckAnswersFit(*built));
  }
  return splits;
}

}  // namespace tunegate::datasets
