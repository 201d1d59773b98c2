// CertificateIssuer: the certificates of decisions, one chain for each store. A certificate goes
// into the transaction that makes its decision, together with the chain's new end: a decision
// without its certificate, or two that follow the same one, cannot come to be.
#ifndef TUNEGATE_SERVER_DECISIONS_CERTIFICATE_ISSUER_H_
#define TUNEGATE_SERVER_DECISIONS_CERTIFICATE_ISSUER_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/certificate/signature.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::decisions {

// Immutable, thread-safe; blocks on the store.
class CertificateIssuer {
 public:
  explicit CertificateIssuer(certificates::SigningKey key) : key_(std::move(key)) {}

  const certificates::PublicKey& public_key() const { return key_.public_key(); }

  // Signs `decision`, which has a name and all that was decided on `report`, and adds the
  // certificate and the chain's new end to `transaction`. Sets certificate_digest and
  // previous_certificate_digest. The commit answers ABORTED (REVISION_CHANGED) when another
  // decision was faster: then begin again with a new transaction. FAILED_PRECONDITION
  // (LEDGER_MISMATCH) when what was recorded does not belong to the dataset; errors of the store.
  absl::Status Issue(resources::Repository& repository,
                     const store::v1::EvaluationRecord& evaluation, const v1::Report& report,
                     v1::Decision& decision, store::Transaction& transaction) const;

 private:
  const certificates::SigningKey key_;
};

// The certificate of a decision: its line, without a line feed. FAILED_PRECONDITION (NOT_SIGNED)
// when the server had no key at the time.
absl::StatusOr<std::string> ReadCertificateOf(resources::Repository& repository,
                                              const std::string& decision);

// True when `status` says that another decision has moved the chain's end.
bool ChainMoved(const absl::Status& status);

// How many certificates the store has.
absl::StatusOr<int64_t> CertificateCount(resources::Repository& repository);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_SERVER_DECISIONS_CERTIFICATE_ISSUER_H_
