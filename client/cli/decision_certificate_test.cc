#include "client/cli/decision_certificate.h"

#include <cstdio>

#include "client/cli/files.h"
#include "client/cli/testing/cli_test.h"
#include "common/errors.h"
#include "common/evidence/certificate/certificate.h"
#include "common/evidence/certificate/payload.h"
#include "common/evidence/verdict/policy.h"
#include "common/json.h"
#include "tunegate/v1/admin.pb.h"
#include "tunegate/v1/decision.pb.h"

namespace tunegate::cli {
namespace {

using certificates::SigningKey;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class DecisionCertificateTest : public CliTest {
 protected:
  DecisionCertificateTest()
      : key_(*SigningKey::FromSeed(std::string(certificates::kKeyBytes, 'k'))),
        certificate_(certificates::WriteCertificate(Payload(), key_)),
        file_(WriteFile("nov.json", certificate_ + "\n")),
        key_file_(WriteFile("key.pem", key_.public_key().ToPem())) {}

  json::Value Payload() const {
    v1::Decision decision;
    decision.set_name("decisions/nov");
    decision.set_verdict(v1::Decision::VERDICT_GO);
    decision.set_assured_gain(0.032);
    *decision.mutable_policy() = decisions::DefaultPolicy();
    decision.set_policy_digest(decisions::PolicyDigest(decision.policy()));
    certificates::EvidenceHeader evidence;
    evidence.record.mutable_resource()->set_dataset("datasets/nov-test");
    v1::Report report;
    report.set_example_count(100);
    return certificates::Payload({.decision = "decisions/nov",
                                  .issue_time = absl::FromUnixSeconds(1795343225),
                                  .software = "tunegate 0.0.1",
                                  .number = 2,
                                  .previous_certificate = "",
                                  .evidence_sha256 = std::string(64, 'e'),
                                  .key = key_.public_key().Fingerprint()},
                                 certificates::Findings(evidence, report, decision));
  }
  std::vector<std::string> Verify(const std::string& file) const {
    return {"decision", "verify", file, "--public_key", key_file_};
  }

  const SigningKey key_;
  const std::string certificate_;
  const std::string file_;
  const std::string key_file_;
};

TEST_F(DecisionCertificateTest, VerifySaysWhatWasCheckedAndAsksNoServer) {
  server_.Stop();
  const Ran ran = Run(Verify(file_));
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("form        ok: canonical JSON"));
  EXPECT_THAT(ran.out, HasSubstr("\nsignature   ok: Ed25519, by the key that you gave"));
  EXPECT_THAT(ran.out, HasSubstr("\nvalid       decisions/nov of 2026-11-22 10:27 UTC is GO; "
                                 "assured gain +3.2 points on 100"));
}

TEST_F(DecisionCertificateTest, VerifyEndsWithOneForWhatIsNotTheKeyOwnersWord) {
  const SigningKey stranger = SigningKey::Generate();
  const std::string forged =
      WriteFile("forged.json", certificates::WriteCertificate(Payload(), stranger));
  const Ran ran = Run(Verify(forged));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("signature   WRONG: "));
  EXPECT_THAT(ran.out, HasSubstr("NOT VALID   do not rely on"));
  EXPECT_THAT(ran.out, Not(HasSubstr("is GO")));

  std::string changed = certificate_;
  changed.replace(changed.find("\"GO\""), 4, "\"NO\"");
  EXPECT_EQ(Run(Verify(WriteFile("changed.json", changed))).code, 1);
  EXPECT_EQ(Run(Verify(WriteFile("empty.json", ""))).code, 1);
}

TEST_F(DecisionCertificateTest, VerifyAsJsonIsOneObject) {
  std::vector<std::string> arguments = Verify(file_);
  arguments.insert(arguments.end(), {"--output", "json"});
  const Ran ran = Run(arguments);
  EXPECT_EQ(ran.code, 0);
  ASSERT_TRUE(IsJsonLines(ran.out));
  const json::Value line = *json::Parse(ran.out);
  EXPECT_TRUE(line["valid"].BoolOr(false));
  EXPECT_EQ(line["payload"]["verdict"].String(), "GO");
  EXPECT_EQ(line["certificateDigest"].String(), certificates::CertificateDigest(certificate_));
  EXPECT_EQ(line["checks"].Elements().at(0)["check"].String(), "form");
}

TEST_F(DecisionCertificateTest, WhatCannotBeReadIsAUsageErrorForNothingWasChecked) {
  EXPECT_THAT(UsageErrorOf({"decision", "verify", file_}), StartsWith("--public_key: missing"));
  const Ran gone = Run(Verify("/none/nov.json"));
  EXPECT_EQ(gone.code, 2);
  EXPECT_THAT(gone.err, HasSubstr("FILE: '/none/nov.json' cannot be read"));
  const std::string secret = WriteFile("secret.pem", key_.ToPem());
  const Ran wrong_half = Run({"decision", "verify", file_, "--public_key", secret});
  EXPECT_EQ(wrong_half.code, 2);
  EXPECT_THAT(wrong_half.err, HasSubstr("--public_key: this is a private key"));
  std::vector<std::string> arguments = Verify(file_);
  arguments.insert(arguments.end(), {"--results", "/none/results.jsonl"});
  EXPECT_EQ(Run(arguments).code, 2);
}

TEST_F(DecisionCertificateTest, ResultsAndPreviousAreChecked) {
  std::vector<std::string> arguments = Verify(file_);
  arguments.insert(arguments.end(),
                   {"--results", WriteFile("results.jsonl", "{}\n"), "--previous", file_});
  const Ran ran = Run(arguments);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("evidence    WRONG: "));
  EXPECT_THAT(ran.out, HasSubstr("previous    WRONG: this certificate is the first"));
}

TEST_F(DecisionCertificateTest, CertificateIsPrintedOrWrittenAsItIs) {
  server_.On<v1::GetDecisionCertificateRequest>([this](const v1::GetDecisionCertificateRequest&) {
    v1::GetDecisionCertificateResponse response;
    response.set_certificate(certificate_);
    return response;
  });
  EXPECT_EQ(Run({"decision", "certificate", "nov"}).out, certificate_ + "\n");
  EXPECT_EQ(Sent<v1::GetDecisionCertificateRequest>().name(), "decisions/nov");
  const std::string path = "written.json";
  const Ran ran = Run({"decision", "certificate", "nov", "-o", path});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, StartsWith("wrote " + path));
  EXPECT_EQ(*ReadFile(path), certificate_ + "\n");
  EXPECT_TRUE(IsJsonLines(Run({"decision", "certificate", "nov", "--output", "json"}).out));
}

TEST_F(DecisionCertificateTest, PublicKeyIsPrintedAsAFileForOthers) {
  std::string pem = key_.public_key().ToPem();
  server_.On<v1::GetServerInfoRequest>([&pem](const v1::GetServerInfoRequest&) {
    v1::GetServerInfoResponse response;
    response.set_decision_public_key(pem);
    return response;
  });
  EXPECT_EQ(Run({"decision", "public-key"}).out, pem);
  EXPECT_THAT(Run({"decision", "public-key", "--output", "json"}).out,
              EndsWith("\"fingerprint\":\"" + key_.public_key().Fingerprint() + "\"}\n"));
  pem.clear();
  const Ran none = Run({"decision", "public-key"});
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("signs no decisions"));
}

}  // namespace
}  // namespace tunegate::cli
