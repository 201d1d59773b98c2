#include "common/evidence/certificate/verify.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/certificate/certificate.h"
#include "common/evidence/certificate/payload.h"
#include "common/evidence/certificate/recompute.h"
#include "common/version.h"

namespace tunegate::certificates {
namespace {

std::string Short(const std::string& digest) { return digest.substr(0, 12); }

// Collects checks.
class Verifier {
 public:
  explicit Verifier(const VerifyInput& input) : input_(input) {}

  Verification Run() && {
    const absl::StatusOr<Certificate> read = ReadCertificate(input_.certificate);
    if (!Took("form", read.status(), absl::StrCat("canonical JSON, ", kCertificateFormat)) ||
        !Took("digest", CheckDigest(*read), absl::StrCat("payload's sha256 ", read->digest)) ||
        !Took("signature", CheckSignature(*read, *input_.key),
              absl::StrCat("Ed25519, by the key that you gave, ",
                           Short(input_.key->Fingerprint())))) {
      return std::move(verification_);
    }
    verification_.payload = read->payload;
    const absl::StatusOr<v1::Policy> policy = PolicyOf(payload());
    Took("policy", policy.status(), PolicyText());
    if (input_.evidence != nullptr && policy.ok()) CheckEvidence(*policy);
    if (input_.previous.has_value()) CheckPrevious(*input_.previous);
    return std::move(verification_);
  }

 private:
  const json::Value& payload() const { return verification_.payload; }

  void Add(std::string name, bool passed, std::string text) {
    verification_.checks.push_back({std::move(name), passed, std::move(text)});
  }
  bool Took(std::string name, const absl::Status& status, std::string text) {
    Add(std::move(name), status.ok(),
        status.ok() ? std::move(text) : std::string(status.message()));
    return status.ok();
  }

  std::string PolicyText() const {
    return absl::StrCat(Short(payload()["policy_digest"].String()),
                        payload()["post_hoc"].BoolOr(false)
                            ? ", post hoc: not the one frozen before the first call"
                            : ", the one frozen before the first call");
  }

  void CheckEvidence(const v1::Policy& policy) {
    const absl::StatusOr<Recomputed> recomputed = Recompute(*input_.evidence, policy);
    if (!recomputed.ok()) {
      return Add("evidence", false, std::string(recomputed.status().message()));
    }
    const std::string& certified = payload()["evidence_sha256"].String();
    if (certified.empty()) {
      Add("evidence", false,
          "the certificate names none: the test set was deleted before the decision");
    } else if (certified != recomputed->evidence_sha256) {
      Add("evidence", false,
          absl::StrCat("these are not the results that were decided on: their sha256 begins ",
                       Short(recomputed->evidence_sha256), ", the certificate's ",
                       Short(certified)));
    } else {
      Add("evidence", true, absl::StrCat("file's sha256 ", certified));
    }
    CheckFigures(*recomputed);
    CheckVerdict(recomputed->findings["verdict"].String());
  }

  void CheckFigures(const Recomputed& recomputed) {
    const std::string software = absl::StrCat("tunegate ", kVersion);
    const std::string& theirs = payload()["software"].String();
    const Comparison comparison =
        CompareFindings(payload(), recomputed.findings, /*all=*/theirs == software);
    if (!comparison.first.has_value()) {
      std::string text =
          absl::StrCat(recomputed.example_count, " examples, ", recomputed.answer_count,
                       " answers graded anew: ", comparison.same, " figures, all the same");
      if (comparison.rounded > 0) {
        absl::StrAppend(&text, ", ", comparison.rounded,
                        " of them but for how this machine rounds logarithms");
      }
      return Add("figures", true, std::move(text));
    }
    const Difference& first = *comparison.first;
    std::string text = absl::StrCat(first.path, ": the certificate says ", first.certified,
                                    ", the results give ", first.recomputed);
    if (theirs != software) {
      absl::StrAppend(&text, " (decided by ", theirs, ", this is ", software,
                      ": figures may be made in another way)");
    }
    Add("figures", false, std::move(text));
  }

  void CheckVerdict(const std::string& recomputed) {
    const std::string& certified = payload()["verdict"].String();
    Add("verdict", certified == recomputed,
        certified == recomputed
            ? absl::StrCat(certified, " follows from the results")
            : absl::StrCat("the certificate says ", certified, ", the results give ", recomputed));
  }

  void CheckPrevious(std::string_view text) {
    const std::string& wanted = payload()["previous_certificate"].String();
    const absl::StatusOr<Certificate> read = ReadCertificate(text);
    if (!read.ok()) {
      return Add("previous", false,
                 absl::StrCat("the other file: ", std::string(read.status().message())));
    }
    if (wanted.empty()) {
      return Add("previous", false, "this certificate is the first of its chain: none was before");
    }
    if (CertificateDigest(text) != wanted) {
      return Add("previous", false,
                 absl::StrCat("another certificate came before: its sha256 begins ", Short(wanted),
                              ", the other file's ", Short(CertificateDigest(text))));
    }
    const bool same_key = CheckDigest(*read).ok() && CheckSignature(*read, *input_.key).ok();
    Add("previous", true,
        absl::StrCat("number ", payload()["number"].IntegerOr(0), " follows ",
                     read->payload["decision"].String(),
                     same_key ? ", signed with the same key"
                              : "; that one was signed with another key: verify it with its own"));
  }

  const VerifyInput& input_;
  Verification verification_;
};

}  // namespace

bool Verification::valid() const {
  return !checks.empty() &&
         std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.passed; });
}

Verification Verify(const VerifyInput& input) { return Verifier(input).Run(); }

}  // namespace tunegate::certificates
