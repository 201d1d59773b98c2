#include "common/evidence/certificate/recompute.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/certificate/evidence_lines.h"
#include "common/evidence/certificate/line_reader.h"
#include "common/evidence/certificate/payload.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/report/report_options.h"
#include "common/evidence/verdict/decide.h"

namespace tunegate::certificates {
namespace {

using store::v1::CallRecord;

absl::Status AtLine(int64_t line, const absl::Status& status) {
  return InvalidArgument("BAD_EVIDENCE",
                         absl::StrCat("line ", line, ": ", std::string(status.message())));
}

// Adds the examples behind the header to a report.
absl::Status AddExamples(LineReader& lines, evaluations::ReportBuilder& builder,
                         Recomputed& recomputed) {
  while (true) {
    TG_ASSIGN_OR_RETURN(const bool more, lines.Next());
    if (!more) return absl::OkStatus();
    const absl::StatusOr<EvidenceExample> read = ReadExampleLine(lines.line());
    if (!read.ok()) return AtLine(lines.number(), read.status());
    std::vector<const CallRecord*> calls;
    for (const CallRecord& call : read->calls) calls.push_back(&call);
    const absl::Status added = builder.Add(read->example, calls);
    if (!added.ok()) return AtLine(lines.number(), added);
    ++recomputed.example_count;
    recomputed.answer_count += static_cast<int64_t>(calls.size());
  }
}

// How an element of a list is called: by what it is about, otherwise by its place.
std::string ElementName(const json::Value& element, size_t index) {
  for (const char* name : {"criterion_id", "id"}) {
    if (!element[name].IsString()) continue;
    const std::string& slice = element["slice"].String();
    return slice.empty() ? element[name].String() : element[name].String() + ", " + slice;
  }
  return std::to_string(index);
}

// Two results of the same arithmetic on machines whose logarithms are rounded in another way.
bool SameButRounding(const json::Value& a, const json::Value& b) {
  if (!a.IsNumber() || !b.IsNumber() || (a.IsInteger() && b.IsInteger())) return false;
  const double x = a.NumberOr(0), y = b.NumberOr(0);
  return std::abs(x - y) <= 1e-12 + 1e-9 * std::max(std::abs(x), std::abs(y));
}

class Comparer {
 public:
  explicit Comparer(bool all) : all_(all) {}

  void Compare(const std::string& path, const json::Value& certified,
               const json::Value& recomputed) {
    if (comparison_.first.has_value()) return;
    if (certified.IsObject() && recomputed.IsObject()) {
      CompareObjects(path, certified, recomputed);
    } else if (certified.IsArray() && recomputed.IsArray()) {
      CompareArrays(path, certified.Elements(), recomputed.Elements());
    } else if (json::WriteCanonical(certified) == json::WriteCanonical(recomputed)) {
      ++comparison_.same;
    } else if (SameButRounding(certified, recomputed)) {
      ++comparison_.same;
      ++comparison_.rounded;
    } else {
      Differ(path, &certified, &recomputed);
    }
  }

  Comparison Take() && { return std::move(comparison_); }

 private:
  // In the order of the findings, which leads from what was judged to how.
  void CompareObjects(const std::string& path, const json::Value& certified,
                      const json::Value& recomputed) {
    for (const auto& [name, value] : recomputed.Members()) {
      const json::Value* other = certified.Find(name);
      const std::string at = absl::StrCat(path, path.empty() ? "" : ".", name);
      if (other != nullptr) {
        Compare(at, *other, value);
      } else if (all_) {
        Differ(at, nullptr, &value);
      }
    }
    for (const auto& [name, value] : certified.Members()) {
      if (recomputed.Find(name) != nullptr || (path.empty() && IsOfIssue(name))) continue;
      Differ(absl::StrCat(path, path.empty() ? "" : ".", name), &value, nullptr);
    }
  }

  void CompareArrays(const std::string& path, const std::vector<json::Value>& certified,
                     const std::vector<json::Value>& recomputed) {
    for (size_t i = 0; i < std::max(certified.size(), recomputed.size()); ++i) {
      const json::Value* left = i < certified.size() ? &certified[i] : nullptr;
      const json::Value* right = i < recomputed.size() ? &recomputed[i] : nullptr;
      const std::string at =
          absl::StrCat(path, "[", ElementName(left != nullptr ? *left : *right, i), "]");
      if (left == nullptr || right == nullptr) return Differ(at, left, right);
      Compare(at, *left, *right);
    }
  }

  void Differ(const std::string& path, const json::Value* certified,
              const json::Value* recomputed) {
    if (comparison_.first.has_value()) return;
    const auto text = [](const json::Value* value) {
      return value == nullptr ? std::string("nothing") : json::WriteCanonical(*value);
    };
    comparison_.first = Difference{path, text(certified), text(recomputed)};
  }

  const bool all_;
  Comparison comparison_;
};

}  // namespace

absl::StatusOr<Recomputed> Recompute(std::istream& evidence, const v1::Policy& policy) {
  LineReader lines(evidence);
  TG_ASSIGN_OR_RETURN(const bool any, lines.Next());
  if (!any) return InvalidArgument("BAD_EVIDENCE", "the file is empty");
  TG_ASSIGN_OR_RETURN(const EvidenceHeader header, ReadHeaderLine(lines.line()));
  absl::StatusOr<evaluations::ReportBuilder> builder =
      evaluations::ReportBuilder::Create(header.task, evaluations::ReportOptionsOf(header.record));
  if (!builder.ok()) return AtLine(1, builder.status());

  Recomputed recomputed;
  TG_RETURN_IF_ERROR(AddExamples(lines, *builder, recomputed));
  v1::Evaluation evaluation = header.record.resource();
  evaluation.set_state(v1::Evaluation::STATE_SUCCEEDED);
  *evaluation.mutable_report() = builder->Finish();
  decisions::DecideInput input;
  input.evaluation = &evaluation;
  input.policy = policy;
  const absl::StatusOr<v1::Decision> decision = decisions::Decide(input);
  if (!decision.ok()) return AtLine(1, decision.status());
  recomputed.findings = Findings(header, evaluation.report(), *decision);
  recomputed.evidence_sha256 = lines.FinishSha256();
  return recomputed;
}

Comparison CompareFindings(const json::Value& payload, const json::Value& findings, bool all) {
  Comparer comparer(all);
  comparer.Compare("", payload, findings);
  return std::move(comparer).Take();
}

}  // namespace tunegate::certificates
