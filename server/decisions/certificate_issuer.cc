#include "server/decisions/certificate_issuer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/certificate/certificate.h"
#include "common/evidence/certificate/evidence_lines.h"
#include "common/evidence/certificate/payload.h"
#include "common/version.h"
#include "server/evaluations/run/evidence_export.h"
#include "server/tasks/task_api.h"

namespace tunegate::decisions {
namespace {

using resources::Repository;
using store::v1::CertificateChainRecord;
using store::v1::EvaluationRecord;

constexpr char kChain[] = "settings/certificates";
constexpr char kStream[] = "certificate";
constexpr char kKey[] = "certificate";
// The digest of an evaluation's evidence is a row of it: the ledger does not change any more, and
// reading all of it takes seconds where it is large.
constexpr char kEvidenceStream[] = "evidence";
constexpr char kEvidenceKey[] = "sha256.v1";  // of this form of evidence

// The chain's end, at the revision that a write expects.
struct ChainEnd {
  CertificateChainRecord record;
  int64_t revision = 0;
};

store::Put PutOf(const ChainEnd& end) {
  store::Put put;
  put.expected_revision = end.revision;
  put.record.name = kChain;
  put.record.payload = end.record.SerializeAsString();
  return put;
}

absl::StatusOr<ChainEnd> ReadChain(store::Store& store) {
  TG_ASSIGN_OR_RETURN(const store::Record row, store.Get(kChain));
  ChainEnd end;
  end.revision = row.revision;
  if (!end.record.ParseFromString(row.payload)) {
    return Internal("STORE_CORRUPT", absl::StrCat("the stored record ", kChain,
                                                  " cannot be parsed; restore a backup"));
  }
  return end;
}

// The same, begun before the first certificate: so two first decisions at once meet as any others
// do, at its revision.
absl::StatusOr<ChainEnd> ReadOrBeginChain(store::Store& store) {
  absl::StatusOr<ChainEnd> end = ReadChain(store);
  if (!absl::IsNotFound(end.status())) return end;
  store::Transaction transaction;
  transaction.puts.push_back(PutOf(ChainEnd()));
  const absl::Status begun = store.Commit(std::move(transaction)).status();
  if (!begun.ok() && !absl::IsAlreadyExists(begun)) return begun;
  return ReadChain(store);
}

// Empty when the test set's bytes were deleted: then nobody can make the figures again.
absl::StatusOr<std::string> EvidenceDigest(Repository& repository, const EvaluationRecord& record) {
  const std::string& name = record.resource().name();
  TG_ASSIGN_OR_RETURN(const std::vector<store::Row> rows,
                      repository.store().ReadRows(name, kEvidenceStream, "", 1));
  if (!rows.empty() && rows.front().key == kEvidenceKey) return rows.front().payload;
  absl::StatusOr<std::string> digest = evaluations::EvidenceSha256(repository, record);
  if (DetailsOf(digest.status()).reason == "DATASET_DELETED") return std::string();
  TG_RETURN_IF_ERROR(digest.status());
  store::Transaction transaction;
  transaction.rows.push_back({name, kEvidenceStream, kEvidenceKey, *digest});
  TG_RETURN_IF_ERROR(repository.store().Commit(std::move(transaction)).status());
  return digest;
}

}  // namespace

absl::Status CertificateIssuer::Issue(Repository& repository, const EvaluationRecord& evaluation,
                                      const v1::Report& report, v1::Decision& decision,
                                      store::Transaction& transaction) const {
  TG_ASSIGN_OR_RETURN(const v1::Task task, tasks::FindTask(repository, decision.task(), "task"));
  TG_ASSIGN_OR_RETURN(const std::string evidence, EvidenceDigest(repository, evaluation));
  TG_ASSIGN_OR_RETURN(ChainEnd end, ReadOrBeginChain(repository.store()));
  certificates::Issue issue;
  issue.decision = decision.name();
  issue.issue_time = repository.clock().Now();
  issue.software = absl::StrCat("tunegate ", kVersion);
  issue.number = end.record.count() + 1;
  issue.previous_certificate = end.record.last_digest();
  issue.evidence_sha256 = evidence;
  issue.key = public_key().Fingerprint();
  const std::string certificate = certificates::WriteCertificate(
      certificates::Payload(
          issue, certificates::Findings(certificates::MakeEvidenceHeader(task, evaluation), report,
                                        decision)),
      key_);
  decision.set_certificate_digest(certificates::CertificateDigest(certificate));
  decision.set_previous_certificate_digest(issue.previous_certificate);
  end.record.set_last_digest(decision.certificate_digest());
  end.record.set_count(issue.number);
  transaction.puts.push_back(PutOf(end));
  transaction.rows.push_back({decision.name(), kStream, kKey, certificate});
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadCertificateOf(Repository& repository, const std::string& decision) {
  TG_ASSIGN_OR_RETURN(const std::vector<store::Row> rows,
                      repository.store().ReadRows(decision, kStream, "", 1));
  if (!rows.empty()) return rows.front().payload;
  return FailedPrecondition("NOT_SIGNED",
                            absl::StrCat(decision,
                                         " was made by a server without a key, so it has "
                                         "no certificate; with decision_key_file in the "
                                         "server's configuration, the next one has"))
      .Metadata("resource", decision);
}

bool ChainMoved(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  const auto resource = details.metadata.find("resource");
  return details.reason == "REVISION_CHANGED" && resource != details.metadata.end() &&
         resource->second == kChain;
}

absl::StatusOr<int64_t> CertificateCount(Repository& repository) {
  const absl::StatusOr<ChainEnd> end = ReadChain(repository.store());
  if (absl::IsNotFound(end.status())) return 0;
  TG_RETURN_IF_ERROR(end.status());
  return end->record.count();
}

}  // namespace tunegate::decisions
