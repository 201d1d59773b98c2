#include "server/evaluations/run/evidence_export.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/certificate/evidence_lines.h"
#include "server/evaluations/run/ledger_examples.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/tasks/task_api.h"

namespace tunegate::evaluations {
namespace {

// The most that a sink takes at once.
constexpr size_t kPieceBytes = 64 * 1024;

// Gives bytes to a sink in pieces: an example may have megabytes of answers.
absl::Status Pour(std::string_view bytes, const ByteSink& sink) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kPieceBytes))) {
    TG_RETURN_IF_ERROR(sink(bytes.substr(0, kPieceBytes)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ExportEvidence(resources::Repository& repository,
                            const store::v1::EvaluationRecord& record, const ByteSink& sink) {
  const v1::Evaluation& evaluation = record.resource();
  TG_ASSIGN_OR_RETURN(const v1::Task task,
                      tasks::FindTask(repository, evaluation.task(), "evaluation.task"));
  TG_ASSIGN_OR_RETURN(const ExampleFile examples, OpenExamples(repository, record));
  TG_RETURN_IF_ERROR(
      Pour(certificates::WriteHeaderLine(certificates::MakeEvidenceHeader(task, record)), sink));
  return ForEachExample(
      repository.store(), evaluation.name(), examples,
      [&sink](const datasets::Example& example, const std::vector<store::v1::CallRecord>& calls) {
        return Pour(certificates::WriteExampleLine(example, calls), sink);
      });
}

absl::StatusOr<std::string> EvidenceSha256(resources::Repository& repository,
                                           const store::v1::EvaluationRecord& record) {
  Sha256 sha256;
  TG_RETURN_IF_ERROR(ExportEvidence(repository, record, [&sha256](std::string_view bytes) {
    sha256.Update(bytes);
    return absl::OkStatus();
  }));
  return sha256.FinishHex();
}

}  // namespace tunegate::evaluations
