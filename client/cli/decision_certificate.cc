#include "client/cli/decision_certificate.h"

#include <fstream>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "client/cli/facts.h"
#include "client/cli/files.h"
#include "client/cli/format.h"
#include "client/cli/parser.h"
#include "client/cli/session.h"
#include "client/cli/usage.h"
#include "client/client.h"
#include "common/errors.h"
#include "common/evidence/certificate/certificate.h"
#include "common/evidence/certificate/signature.h"
#include "common/evidence/certificate/verify.h"
#include "common/json.h"
#include "tunegate/v1/admin.pb.h"
#include "tunegate/v1/decision.pb.h"

namespace tunegate::cli {
namespace {

using certificates::Check;
using certificates::PublicKey;
using certificates::Verification;

// Whole or not at all.
absl::StatusOr<Ending> WriteTo(Session& session, const std::string& file, std::string_view text) {
  TG_ASSIGN_OR_RETURN(const auto output, OutputFile::Create(file));
  TG_RETURN_IF_ERROR(output->Write(text));
  TG_RETURN_IF_ERROR(output->Commit());
  session.err() << "wrote " << file << ", " << Bytes(output->size()) << "\n";
  return Ending::kDone;
}

// What stands in the way of checking anything is about what was typed.
absl::Status AsUsage(std::string_view about, const absl::Status& status) {
  return status.ok() ? status : UsageError(about, std::string(status.message()));
}

absl::StatusOr<std::string> ReadTyped(std::string_view about, const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return AsUsage(about, text.status());
  return text;
}

// "decisions/nov of 2026-11-22 10:27 UTC is GO; assured gain +3.2 points on 100 examples of ..."
std::string SaysThat(const json::Value& payload) {
  absl::Time time;
  std::string error;
  const std::string& issued = payload["issue_time"].String();
  const bool known = absl::ParseTime(absl::RFC3339_full, issued, &time, &error);
  return payload["decision"].String() + " of " + (known ? DateAndTime(time) : issued) + " is " +
         payload["verdict"].String() + "; assured gain " +
         Points(payload["assured_gain"].NumberOr(0)) + " on " +
         Counted(payload["dataset"]["example_count"].IntegerOr(0), "example") + " of " +
         payload["dataset"]["name"].String();
}

void PrintVerification(Session& session, const Verification& verification) {
  Facts facts(0);
  for (const Check& check : verification.checks) {
    facts.Add(check.name, (check.passed ? "ok: " : "WRONG: ") + check.text,
              check.passed ? Style::kPlain : Style::kBad);
  }
  if (verification.valid()) {
    facts.Add("valid", SaysThat(verification.payload), Style::kGood);
  } else {
    facts.Add("NOT VALID", "do not rely on what this certificate says", Style::kBad);
  }
  facts.Print(session.out(), session.terminal());
}

void PrintVerificationJson(Session& session, const Verification& verification,
                           std::string_view text) {
  json::Value checks = json::Array();
  for (const Check& check : verification.checks) {
    checks.Append(
        json::Object({{"check", check.name}, {"passed", check.passed}, {"text", check.text}}));
  }
  json::Value line = json::Object({{"valid", verification.valid()},
                                   {"certificateDigest", certificates::CertificateDigest(text)},
                                   {"checks", std::move(checks)}});
  if (verification.valid()) line.Set("payload", verification.payload);
  session.out() << json::Write(line) << "\n";
}

}  // namespace

absl::StatusOr<Ending> DecisionCertificate::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetDecisionCertificateRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::GetDecisionCertificateResponse response, client->Call(request));
  if (!file.empty()) return WriteTo(session, file, response.certificate() + "\n");
  if (session.json()) {
    session.PrintJson(response);
  } else {
    session.out() << response.certificate() << "\n";
  }
  return Ending::kDone;
}

absl::StatusOr<Ending> DecisionVerify::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(const std::string text, ReadTyped("FILE", file));
  TG_ASSIGN_OR_RETURN(const std::string pem, ReadTyped("--public_key", public_key));
  const absl::StatusOr<PublicKey> key = PublicKey::FromPem(pem);
  if (!key.ok()) return AsUsage("--public_key", key.status());
  certificates::VerifyInput input{.certificate = text, .key = &*key};
  std::unique_ptr<std::ifstream> evidence;
  if (!results.empty()) {
    absl::StatusOr<std::unique_ptr<std::ifstream>> opened = OpenFile(results);
    if (!opened.ok()) return AsUsage("--results", opened.status());
    evidence = *std::move(opened);
    input.evidence = evidence.get();
  }
  std::string before;
  if (!previous.empty()) {
    TG_ASSIGN_OR_RETURN(before, ReadTyped("--previous", previous));
    input.previous = before;
  }
  const Verification verification = certificates::Verify(input);
  if (session.json()) {
    PrintVerificationJson(session, verification, text);
  } else {
    PrintVerification(session, verification);
  }
  return verification.valid() ? Ending::kDone : Ending::kFailed;
}

absl::StatusOr<Ending> DecisionPublicKey::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const v1::GetServerInfoResponse info,
                      client->Call(v1::GetServerInfoRequest()));
  if (info.decision_public_key().empty()) {
    return FailedPrecondition("NOT_SIGNED",
                              "this server signs no decisions: it has no decision_key_file");
  }
  TG_ASSIGN_OR_RETURN(const PublicKey key, PublicKey::FromPem(info.decision_public_key()));
  if (!file.empty()) return WriteTo(session, file, info.decision_public_key());
  if (session.json()) {
    session.out() << json::Write(json::Object({{"publicKey", info.decision_public_key()},
                                               {"fingerprint", key.Fingerprint()}}))
                  << "\n";
  } else {
    session.out() << info.decision_public_key();
  }
  return Ending::kDone;
}

void AddCertificateVerbs(NounSpec& noun) {
  auto [certificate, c] = noun.Verb<DecisionCertificate>(
      "certificate", "Prints what was decided, on what, signed by the server");
  certificate.Argument("NAME", "the decision", Name(&c.name, "decisions"));
  certificate.Option("-o", "FILE", "write to it, whole or not at all; standard output otherwise",
                     Text(&c.file));

  auto [verify, v] = noun.Verb<DecisionVerify>(
      "verify", "Checks a certificate without a server: exit 0 valid, 1 not, 2 not checked");
  verify.Argument("FILE", "the certificate", Text(&v.file));
  verify
      .Option("--public_key", "FILE",
              "PEM of whose word it must be; get it from its owner, not from who gave you the "
              "certificate",
              Text(&v.public_key))
      .Required();
  verify.Option("--results", "FILE",
                "what `tunegate eval report --format evidence` wrote: grades every answer anew and "
                "compares every figure",
                Text(&v.results));
  verify.Option("--previous", "FILE", "the certificate that this one must follow",
                Text(&v.previous));
  verify.Example("tunegate decision verify nov.json --public_key key.pem --results nov.jsonl");

  auto [public_key, k] = noun.Verb<DecisionPublicKey>(
      "public-key", "Prints the public half of the key that the server signs with");
  public_key.Option("-o", "FILE", "write to it, whole or not at all; standard output otherwise",
                    Text(&k.file));
}

}  // namespace tunegate::cli
