// Certificates of real decisions: signed with what was decided, one chain without forks, and made
// again from the evidence that the server exports.
#include <sstream>
#include <string>
#include <vector>

#include "common/errors.h"
#include "common/evidence/certificate/certificate.h"
#include "common/evidence/certificate/verify.h"
#include "common/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/decisions/certificate_issuer.h"
#include "server/decisions/decision_api.h"
#include "server/evaluations/run/evidence_export.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/render_report.h"
#include "server/workflows/workflow_fixture.h"

namespace tunegate::decisions {
namespace {

using testing::HasSubstr;
using v1::Decision;

class DecisionCertificateTest : public workflows::WorkflowTest {
 protected:
  DecisionCertificateTest() : decisions_(&repository_, &issuer_) {
    v1::Workflow spec = Spec();
    spec.clear_training_dataset();
    spec.mutable_candidate()->set_model("tuned");
    spec.set_stop_after(v1::Workflow::STAGE_EVALUATION);
    CreateWorkflow(spec);
    RunDue();
  }

  static v1::CreateDecisionRequest Request(const std::string& id) {
    v1::CreateDecisionRequest request;
    request.mutable_decision()->set_evaluation("evaluations/w");
    request.set_decision_id(id);
    return request;
  }
  Decision Create(const std::string& id) {
    const auto response = decisions_.CreateDecision({}, Request(id));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->decision() : Decision();
  }
  std::string CertificateOf(const std::string& id) {
    v1::GetDecisionCertificateRequest request;
    request.set_name("decisions/" + id);
    const auto response = decisions_.GetDecisionCertificate({}, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->certificate() : "";
  }
  json::Value PayloadOf(const std::string& id) {
    const auto read = certificates::ReadCertificate(CertificateOf(id));
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? read->payload : json::Value();
  }
  // As RenderReport gives it.
  std::string Evidence(const std::string& name = "evaluations/w") {
    const auto spool =
        evaluations::RenderToSpool(repository_, name, v1::RenderReportRequest::FORMAT_EVIDENCE);
    EXPECT_TRUE(spool.ok()) << spool.status();
    std::string bytes;
    while (spool.ok()) {
      const auto piece = (*spool)->Next();
      EXPECT_TRUE(piece.ok()) << piece.status();
      if (!piece.ok() || !piece->has_value()) break;
      bytes += **piece;
    }
    return bytes;
  }
  certificates::Verification Verified(const std::string& certificate, const std::string& evidence,
                                      const std::string& previous = "") {
    std::istringstream stream(evidence);
    certificates::VerifyInput input{.certificate = certificate, .key = &issuer_.public_key()};
    if (!evidence.empty()) input.evidence = &stream;
    if (!previous.empty()) input.previous = previous;
    return certificates::Verify(input);
  }
  static std::string Failed(const certificates::Verification& verification) {
    std::string failed;
    for (const auto& check : verification.checks) {
      if (!check.passed) failed += check.name + ": " + check.text + "\n";
    }
    return failed;
  }
  absl::Status AddCall(int64_t line) {
    store::v1::CallRecord call;
    call.set_example(line);
    call.set_repeat(7);
    call.set_arm(store::v1::CallRecord::ARM_BASELINE);
    store::Transaction transaction;
    transaction.rows.push_back(evaluations::CallRow("evaluations/w", call));
    return store_.Commit(std::move(transaction)).status();
  }

  DecisionApi decisions_;
};

TEST_F(DecisionCertificateTest, DecisionCarriesItsCertificatesDigest) {
  const Decision decision = Create("d");
  EXPECT_EQ(decision.look(), 1);
  EXPECT_EQ(decision.certificate_digest(), certificates::CertificateDigest(CertificateOf("d")));
  EXPECT_EQ(decision.previous_certificate_digest(), "");
  const json::Value payload = PayloadOf("d");
  EXPECT_EQ(payload["decision"].String(), "decisions/d");
  EXPECT_EQ(payload["verdict"].String(), "GO");
  EXPECT_EQ(payload["assured_gain"].NumberOr(-1), decision.assured_gain());
  EXPECT_EQ(payload["policy_digest"].String(), decision.policy_digest());
  EXPECT_EQ(payload["dataset"]["example_count"].IntegerOr(0), 100);
  EXPECT_EQ(payload["key"].String(), issuer_.public_key().Fingerprint());
}

TEST_F(DecisionCertificateTest, ExportedEvidenceGivesEveryFigureAgain) {
  Create("d");
  const std::string evidence = Evidence();
  EXPECT_EQ(evidence, Evidence("decisions/d"));
  const auto verification = Verified(CertificateOf("d"), evidence);
  EXPECT_TRUE(verification.valid()) << Failed(verification);
  EXPECT_EQ(verification.checks.size(), 7u);
}

TEST_F(DecisionCertificateTest, WorkflowsDecisionIsSignedToo) {
  v1::CreateWorkflowRequest request;
  *request.mutable_workflow() = Spec();
  request.mutable_workflow()->clear_training_dataset();
  request.mutable_workflow()->mutable_candidate()->set_model("tuned");
  request.set_workflow_id("whole");
  ASSERT_TRUE(workflows_.CreateWorkflow({}, request).ok());
  RunDue();
  const std::string decision = GetWorkflow("workflows/whole").decision();
  ASSERT_TRUE(decision.starts_with("decisions/"));
  const std::string id = decision.substr(sizeof("decisions/") - 1);
  const auto verification = Verified(CertificateOf(id), Evidence(decision));
  EXPECT_TRUE(verification.valid()) << Failed(verification);
}

TEST_F(DecisionCertificateTest, EachFollowsTheOneBefore) {
  const Decision first = Create("a"), second = Create("b"), third = Create("c");
  EXPECT_EQ(second.previous_certificate_digest(), first.certificate_digest());
  EXPECT_EQ(third.previous_certificate_digest(), second.certificate_digest());
  EXPECT_EQ(PayloadOf("c")["number"].IntegerOr(0), 3);
  EXPECT_TRUE(Verified(CertificateOf("b"), "", CertificateOf("a")).valid());
  EXPECT_FALSE(Verified(CertificateOf("c"), "", CertificateOf("a")).valid());
}

TEST_F(DecisionCertificateTest, TwoDecisionsAtOnceDoNotFork) {
  // The second is made whole just before the first's commit, in the first's place.
  bool made = false;
  store_.before_commit = [&](const store::Transaction& transaction) {
    const bool decides = !transaction.events.empty();
    if (!made && decides) {
      made = true;
      Create("second");
    }
    return absl::OkStatus();
  };
  const Decision first = Create("first");
  store_.before_commit = nullptr;
  ASSERT_TRUE(made);
  EXPECT_EQ(first.previous_certificate_digest(),
            certificates::CertificateDigest(CertificateOf("second")));
  EXPECT_EQ(PayloadOf("second")["number"].IntegerOr(0), 1);
  EXPECT_EQ(PayloadOf("first")["number"].IntegerOr(0), 2);
  EXPECT_EQ(*CertificateCount(repository_), 2);
}

TEST_F(DecisionCertificateTest, WorkflowThatLosesItsPlaceTakesTheNext) {
  v1::CreateWorkflowRequest request;
  *request.mutable_workflow() = Spec();
  request.mutable_workflow()->clear_training_dataset();
  request.mutable_workflow()->mutable_candidate()->set_model("tuned");
  request.set_workflow_id("whole");
  ASSERT_TRUE(workflows_.CreateWorkflow({}, request).ok());
  bool made = false;
  store_.before_commit = [&](const store::Transaction& transaction) {
    const bool certifies =
        std::any_of(transaction.rows.begin(), transaction.rows.end(),
                    [](const store::Row& row) { return row.stream == "certificate"; });
    if (!made && certifies) {
      made = true;
      Create("quick");
    }
    return absl::OkStatus();
  };
  RunDue();
  store_.before_commit = nullptr;
  ASSERT_TRUE(made);
  const v1::Workflow workflow = GetWorkflow("workflows/whole");
  EXPECT_EQ(workflow.state(), v1::Workflow::STATE_SUCCEEDED);
  v1::GetDecisionRequest get;
  get.set_name(workflow.decision());
  EXPECT_EQ(decisions_.GetDecision({}, get)->decision().previous_certificate_digest(),
            certificates::CertificateDigest(CertificateOf("quick")));
}

TEST_F(DecisionCertificateTest, ChainGoesOnAfterARestartAndWithAnotherKey) {
  const Decision first = Create("a");
  const CertificateIssuer other(certificates::SigningKey::Generate());
  DecisionApi restarted(&repository_, &other);
  const auto second = restarted.CreateDecision({}, Request("b"));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->decision().previous_certificate_digest(), first.certificate_digest());
  EXPECT_EQ(PayloadOf("b")["number"].IntegerOr(0), 2);
  EXPECT_EQ(PayloadOf("b")["key"].String(), other.public_key().Fingerprint());
}

TEST_F(DecisionCertificateTest, OverrideLeavesTheCertificateAsItIs) {
  Create("d");
  const std::string before = CertificateOf("d");
  v1::OverrideDecisionRequest request;
  request.set_name("decisions/d");
  request.set_verdict(Decision::VERDICT_NO_GO);
  request.set_reason("legal says no");
  const auto overridden = decisions_.OverrideDecision({}, request);
  ASSERT_TRUE(overridden.ok()) << overridden.status();
  EXPECT_EQ(CertificateOf("d"), before);
  EXPECT_EQ(overridden->decision().certificate_digest(), certificates::CertificateDigest(before));
}

TEST_F(DecisionCertificateTest, RepeatedAndTriedRequestsAddNoLink) {
  v1::CreateDecisionRequest request = Request("d");
  request.set_validate_only(true);
  const auto tried = decisions_.CreateDecision({}, request);
  ASSERT_TRUE(tried.ok()) << tried.status();
  EXPECT_EQ(tried->decision().certificate_digest(), "");
  EXPECT_EQ(*CertificateCount(repository_), 0);
  request.set_validate_only(false);
  request.set_request_id("r1");
  ASSERT_TRUE(decisions_.CreateDecision({}, request).ok());
  ASSERT_TRUE(decisions_.CreateDecision({}, request).ok());
  EXPECT_EQ(*CertificateCount(repository_), 1);
  EXPECT_TRUE(absl::IsAlreadyExists(decisions_.CreateDecision({}, Request("d")).status()));
  EXPECT_EQ(*CertificateCount(repository_), 1);
}

TEST_F(DecisionCertificateTest, ServerWithoutAKeySaysThatItDidNotSign) {
  DecisionApi unsigned_decisions(&repository_, nullptr);
  const auto made = unsigned_decisions.CreateDecision({}, Request("d"));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->decision().certificate_digest(), "");
  v1::GetDecisionCertificateRequest request;
  request.set_name("decisions/d");
  const absl::Status status = decisions_.GetDecisionCertificate({}, request).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "NOT_SIGNED");
  request.set_name("decisions/none");
  EXPECT_TRUE(absl::IsNotFound(decisions_.GetDecisionCertificate({}, request).status()));
}

TEST_F(DecisionCertificateTest, LedgerThatIsNotTheDatasetsIsNotSigned) {
  ASSERT_TRUE(AddCall(101).ok());
  const absl::Status status = decisions_.CreateDecision({}, Request("d")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "LEDGER_MISMATCH");
}

TEST_F(DecisionCertificateTest, AnswerAddedAfterwardsIsSeen) {
  Create("d");
  ASSERT_TRUE(AddCall(100).ok());
  const auto verification = Verified(CertificateOf("d"), Evidence());
  EXPECT_FALSE(verification.valid());
  EXPECT_THAT(Failed(verification), HasSubstr("evidence: line 101: "));
}

TEST_F(DecisionCertificateTest, DeletedTestSetIsSaidToBeGone) {
  auto stored = repository_.Get<store::v1::DatasetRecord>("datasets/toy-test");
  ASSERT_TRUE(stored.ok()) << stored.status();
  stored->resource().set_state(v1::Dataset::STATE_DELETED);
  store::Transaction transaction;
  repository_.Write(transaction, *stored, v1::Event::TYPE_DELETED, "deleted");
  ASSERT_TRUE(store_.Commit(std::move(transaction)).ok());
  Create("d");
  EXPECT_EQ(PayloadOf("d")["evidence_sha256"].String(), "");
  EXPECT_TRUE(Verified(CertificateOf("d"), "").valid());
}

}  // namespace
}  // namespace tunegate::decisions
