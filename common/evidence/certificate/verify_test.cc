// Verification offline: what holds, and for everything that does not, the check that says so.
#include "common/evidence/certificate/verify.h"

#include <cmath>
#include <sstream>
#include <string>

#include "common/digest.h"
#include "common/evidence/certificate/certificate_fixture.h"
#include "common/evidence/certificate/recompute.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::certificates {
namespace {

using fixture::EvidenceOf;
using fixture::PayloadOn;
using fixture::ServerKey;
using fixture::StrangersKey;
using fixture::TicketAnswers;
using fixture::TicketRecord;
using store::v1::CallRecord;
using testing::ElementsAre;
using testing::HasSubstr;

struct Given {
  std::string certificate;
  std::string evidence = "";
  std::string previous = "";
  SigningKey key = ServerKey();
};

Verification Verified(const Given& given) {
  const PublicKey key = given.key.public_key();
  std::istringstream evidence(given.evidence);
  VerifyInput input{.certificate = given.certificate, .key = &key};
  if (!given.evidence.empty()) input.evidence = &evidence;
  if (!given.previous.empty()) input.previous = given.previous;
  return Verify(input);
}

std::vector<std::string> Names(const Verification& verification) {
  std::vector<std::string> names;
  for (const Check& check : verification.checks) {
    names.push_back((check.passed ? "" : "not ") + check.name);
  }
  return names;
}

// What the check of this name says.
std::string Says(const Verification& verification, std::string_view name) {
  for (const Check& check : verification.checks) {
    if (check.name == name) return check.text;
  }
  ADD_FAILURE() << "there is no check '" << name << "'";
  return "";
}

class VerifyTest : public testing::Test {
 protected:
  VerifyTest()
      : record_(TicketRecord()), asked_(TicketAnswers()), evidence_(EvidenceOf(record_, asked_)) {}

  std::string Certified() const {
    return WriteCertificate(PayloadOn(evidence_, record_.resource().policy()), ServerKey());
  }

  store::v1::EvaluationRecord record_;
  fixture::answers::Asked asked_;
  std::string evidence_;
};

TEST_F(VerifyTest, WhatTheServerWroteIsValidWithItsEvidence) {
  const Verification verification = Verified({Certified(), evidence_});
  EXPECT_TRUE(verification.valid()) << Says(verification, "figures");
  EXPECT_THAT(Names(verification), ElementsAre("form", "digest", "signature", "policy", "evidence",
                                               "figures", "verdict"));
  EXPECT_THAT(Says(verification, "figures"), HasSubstr("100 examples, 200 answers graded anew"));
  EXPECT_THAT(Says(verification, "policy"), HasSubstr("frozen before the first call"));
}

TEST_F(VerifyTest, WithoutEvidenceTheRestIsChecked) {
  EXPECT_THAT(Names(Verified({Certified()})), ElementsAre("form", "digest", "signature", "policy"));
}

TEST_F(VerifyTest, NothingIsSaidOfWhatAStrangerSigned) {
  const json::Value payload = PayloadOn(evidence_, record_.resource().policy(), {}, StrangersKey());
  const std::string forged = WriteCertificate(payload, StrangersKey());
  const Verification verification = Verified({forged, evidence_, forged});
  EXPECT_FALSE(verification.valid());
  EXPECT_THAT(Names(verification), ElementsAre("form", "digest", "not signature"));
}

TEST_F(VerifyTest, OneChangedAnswerIsSeenAndItsFigureNamed) {
  const std::string certificate = Certified();
  // The first example that the candidate gained: now it says the baseline's wrong answer.
  for (CallRecord& call : asked_.calls) {
    if (call.example() == 71 && call.arm() == CallRecord::ARM_CANDIDATE) {
      call.set_text(fixture::answers::kWish);
    }
  }
  const Verification verification = Verified({certificate, EvidenceOf(record_, asked_)});
  EXPECT_FALSE(verification.valid());
  EXPECT_THAT(Says(verification, "evidence"), HasSubstr("not the results that were decided on"));
  EXPECT_THAT(
      Says(verification, "figures"),
      HasSubstr("criteria[improvement].observed.value: the certificate says 0.18, the results "
                "give 0.17"));
}

TEST_F(VerifyTest, ChangedFigureOfASignedCertificateIsNamed) {
  // Signed by the server's key, but not what its evidence gives: a server that lies.
  json::Value payload = PayloadOn(evidence_, record_.resource().policy());
  payload.Set("assured_gain", 0.5);
  const Verification verification = Verified({WriteCertificate(payload, ServerKey()), evidence_});
  EXPECT_FALSE(verification.valid());
  EXPECT_THAT(Says(verification, "figures"),
              HasSubstr("assured_gain: the certificate says 0.5, the results give 0.0"));
  EXPECT_EQ(Says(verification, "evidence"), "file's sha256 " + Sha256Hex(evidence_));
}

TEST_F(VerifyTest, ChangedVerdictIsNamed) {
  json::Value payload = PayloadOn(evidence_, record_.resource().policy());
  const std::string computed = payload["verdict"].String();
  const std::string other = computed == "GO" ? "NO_GO" : "GO";
  payload.Set("verdict", other);
  const Verification verification = Verified({WriteCertificate(payload, ServerKey()), evidence_});
  EXPECT_EQ(Says(verification, "verdict"),
            "the certificate says " + other + ", the results give " + computed);
}

// Every member of the findings matters, to its last digit.
TEST_F(VerifyTest, NoFindingCanDiffer) {
  const json::Value payload = PayloadOn(evidence_, record_.resource().policy());
  for (const auto& [name, value] : payload.Members()) {
    if (IsOfIssue(name)) continue;
    json::Value changed = payload;
    changed.Set(name, "something else");
    EXPECT_TRUE(CompareFindings(changed, payload, true).first.has_value()) << name;
    changed = payload;
    changed.Remove(name);
    EXPECT_TRUE(CompareFindings(changed, payload, true).first.has_value()) << name;
  }
  const Comparison same = CompareFindings(payload, payload, true);
  EXPECT_FALSE(same.first.has_value());
  EXPECT_GT(same.same, 100);
}

TEST_F(VerifyTest, LastBitsOfAnotherMachinesLogarithmsAreNoDifference) {
  const json::Value payload = PayloadOn(evidence_, record_.resource().policy());
  const double gain = payload["assured_gain"].NumberOr(0);
  const auto compared = [&](double value) {
    json::Value changed = payload;
    changed.Set("assured_gain", value);
    return CompareFindings(changed, payload, true);
  };
  const Comparison rounded = compared(std::nextafter(gain, 1));
  EXPECT_FALSE(rounded.first.has_value());
  EXPECT_EQ(rounded.rounded, 1);
  EXPECT_EQ(CompareFindings(payload, payload, true).rounded, 0);
  ASSERT_TRUE(compared(gain + 1e-8).first.has_value());
  EXPECT_EQ(compared(gain + 1e-8).first->path, "assured_gain");
}

TEST_F(VerifyTest, RepeatsFailuresReuseAndBatchesGiveTheSameDigitsAgain) {
  record_.mutable_resource()->set_repeat_count(2);
  record_.mutable_resource()->set_mode(v1::Evaluation::MODE_BATCH);
  record_.set_candidate_maybe_repeated_calls(4);
  std::vector<CallRecord> calls;
  for (const CallRecord& call : asked_.calls) {
    calls.push_back(call);
    calls.back().set_batch(true);
    if (call.example() % 9 == 0) calls.back() = fixture::answers::Failed(calls.back());
    if (call.example() % 7 == 0) continue;  // the second time nobody was asked
    calls.push_back(call);
    calls.back().set_repeat(1);
    calls.back().set_reused_from("evaluations/earlier");
  }
  asked_.calls = calls;
  evidence_ = EvidenceOf(record_, asked_);
  const Verification verification = Verified({Certified(), evidence_});
  EXPECT_TRUE(verification.valid()) << Says(verification, "figures");
}

TEST_F(VerifyTest, PolicyMadeAfterwardsIsSaidToBeSo) {
  v1::Policy policy;
  auto& criterion = *policy.add_criteria();
  criterion.set_id("slice");
  criterion.set_metric("overall_accuracy");
  criterion.set_slice("noise=typo");
  criterion.set_no_worse_than(0.05);
  policy = decisions::CompletePolicy(policy, nullptr);
  const json::Value payload = PayloadOn(evidence_, policy);
  bool of_slice = false;
  for (const json::Value& figure : payload["figures"].Elements()) {
    of_slice = of_slice || figure["slice"].String() == "noise=typo";
  }
  EXPECT_TRUE(of_slice);
  const Verification verification = Verified({WriteCertificate(payload, ServerKey()), evidence_});
  EXPECT_TRUE(verification.valid()) << Says(verification, "figures");
  EXPECT_THAT(Says(verification, "policy"), HasSubstr("post hoc"));
}

TEST_F(VerifyTest, PolicyThatIsNotItsDigestsIsRefused) {
  json::Value payload = PayloadOn(evidence_, record_.resource().policy());
  json::Value policy = payload["policy"];
  policy.Set("min_examples", 1);
  payload.Set("policy", policy);
  const Verification verification = Verified({WriteCertificate(payload, ServerKey()), evidence_});
  EXPECT_THAT(Names(verification), ElementsAre("form", "digest", "signature", "not policy"));
}

TEST_F(VerifyTest, EvidenceThatCannotBeReadIsToldByItsLine) {
  const std::string certificate = Certified();
  const auto says = [&](const std::string& evidence) {
    const Verification verification = Verified({certificate, evidence});
    EXPECT_FALSE(verification.valid());
    return Says(verification, "evidence");
  };
  EXPECT_THAT(says("{}\n"), HasSubstr("--format evidence"));
  EXPECT_THAT(says(evidence_.substr(0, evidence_.size() - 1)),
              HasSubstr("line 101: it ends without a line feed: the file was cut"));
  const size_t second = evidence_.find('\n') + 1;
  const size_t third = evidence_.find('\n', second) + 1;
  std::string swapped = evidence_.substr(0, second) +
                        evidence_.substr(third, evidence_.find('\n', third) + 1 - third) +
                        evidence_.substr(second);
  EXPECT_THAT(says(swapped), HasSubstr("line 3: "));
  std::string garbled = evidence_;
  garbled[third] = '!';
  EXPECT_THAT(says(garbled), HasSubstr("line 3: "));
}

TEST_F(VerifyTest, CertificateWithoutEvidenceIsNotRecomputed) {
  json::Value payload = PayloadOn(evidence_, record_.resource().policy());
  payload.Set("evidence_sha256", "");
  const Verification verification = Verified({WriteCertificate(payload, ServerKey()), evidence_});
  EXPECT_FALSE(verification.valid());
  EXPECT_THAT(Says(verification, "evidence"), HasSubstr("deleted before the decision"));
}

TEST_F(VerifyTest, ChainIsFollowedByDigests) {
  const v1::Policy& policy = record_.resource().policy();
  const std::string first = WriteCertificate(PayloadOn(evidence_, policy), ServerKey());
  const std::string second = WriteCertificate(
      PayloadOn(evidence_, policy, {.number = 2, .previous = CertificateDigest(first)}),
      ServerKey());
  const Verification linked = Verified({second, "", first + "\n"});
  EXPECT_TRUE(linked.valid());
  EXPECT_EQ(Says(linked, "previous"), "number 2 follows decisions/d1, signed with the same key");

  const std::string other = WriteCertificate(
      PayloadOn(evidence_, policy, {.number = 1, .previous = std::string(64, 'a')}), ServerKey());
  const Verification broken = Verified({second, "", other});
  EXPECT_FALSE(broken.valid());
  EXPECT_THAT(Says(broken, "previous"), HasSubstr("another certificate came before"));
  EXPECT_THAT(Says(Verified({first, "", second}), "previous"), HasSubstr("the first of its chain"));
  EXPECT_THAT(Says(Verified({second, "", "no certificate"}), "previous"),
              HasSubstr("the other file: "));
}

TEST_F(VerifyTest, KeyMayHaveChangedBetweenLinks) {
  const v1::Policy& policy = record_.resource().policy();
  const std::string old =
      WriteCertificate(PayloadOn(evidence_, policy, {}, StrangersKey()), StrangersKey());
  const std::string next = WriteCertificate(
      PayloadOn(evidence_, policy, {.number = 2, .previous = CertificateDigest(old)}), ServerKey());
  const Verification verification = Verified({next, "", old});
  EXPECT_TRUE(verification.valid());
  EXPECT_THAT(Says(verification, "previous"), HasSubstr("signed with another key"));
}

}  // namespace
}  // namespace tunegate::certificates
