// Certificates: written in one way, read in one way, and refused after the change of any byte.
#include "common/evidence/certificate/certificate.h"

#include <string>

#include "common/errors.h"
#include "common/evidence/certificate/certificate_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::certificates {
namespace {

using fixture::SamplePayload;
using fixture::ServerKey;
using fixture::StrangersKey;
using testing::HasSubstr;
using testing::Not;

// As a reader does who trusts `key` alone.
absl::Status Believe(std::string_view text, const PublicKey& key) {
  const absl::StatusOr<Certificate> read = ReadCertificate(text);
  TG_RETURN_IF_ERROR(read.status());
  TG_RETURN_IF_ERROR(CheckDigest(*read));
  return CheckSignature(*read, key);
}

std::string Reason(const absl::Status& status) { return DetailsOf(status).reason; }

TEST(CertificateTest, WrittenOneIsBelievedWithItsKeyAndNoOther) {
  const std::string text = WriteCertificate(SamplePayload(), ServerKey());
  EXPECT_TRUE(Believe(text, ServerKey().public_key()).ok());
  EXPECT_TRUE(Believe(text + "\n", ServerKey().public_key()).ok());
  const absl::Status wrong = Believe(text, StrangersKey().public_key());
  EXPECT_EQ(Reason(wrong), "SIGNATURE_WRONG");
  EXPECT_THAT(std::string(wrong.message()), HasSubstr(ServerKey().public_key().Fingerprint()));
}

TEST(CertificateTest, SamePayloadAndKeyGiveTheSameBytes) {
  EXPECT_EQ(WriteCertificate(SamplePayload(), ServerKey()),
            WriteCertificate(SamplePayload(), ServerKey()));
}

TEST(CertificateTest, NoByteCanBeChanged) {
  const std::string text = WriteCertificate(SamplePayload(), ServerKey()) + "\n";
  const PublicKey key = ServerKey().public_key();
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(text[i] ^ 1);  // another letter or digit
    EXPECT_FALSE(Believe(changed, key).ok()) << "byte " << i;
  }
}

// On a payload of few bytes, so that much can be tried.
std::string ShortCertificate() {
  const json::Value payload = json::Object(
      {{"format", kCertificateFormat}, {"assured_gain", 0.25}, {"number", 3}, {"verdict", "GO"}});
  return WriteCertificate(payload, ServerKey());
}

TEST(CertificateTest, NoBitCanBeChanged) {
  const std::string text = ShortCertificate();
  const PublicKey key = ServerKey().public_key();
  ASSERT_TRUE(Believe(text, key).ok());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string others = " 09\",\n\x80";
    others.push_back('\0');
    for (int bit = 0; bit < 8; ++bit) others.push_back(static_cast<char>(text[i] ^ (1 << bit)));
    for (const char other : others) {
      std::string changed = text;
      changed[i] = other;
      if (changed == text) continue;
      EXPECT_FALSE(Believe(changed, key).ok()) << "byte " << i << " as " << other;
    }
  }
}

TEST(CertificateTest, NoByteCanBeAddedOrTakenAway) {
  const std::string text = ShortCertificate();
  const PublicKey key = ServerKey().public_key();
  for (size_t i = 0; i < text.size(); ++i) {
    std::string shorter = text;
    shorter.erase(i, 1);
    EXPECT_FALSE(Believe(shorter, key).ok()) << "without byte " << i;
    for (const char extra : {' ', '0', '\n', '\0'}) {
      std::string longer = text;
      longer.insert(i, 1, extra);
      EXPECT_FALSE(Believe(longer, key).ok()) << "with another byte " << i;
    }
  }
  EXPECT_FALSE(Believe(text + "\n\n", key).ok());
  EXPECT_FALSE(Believe(text + " ", key).ok());
  EXPECT_FALSE(Believe(text + text, key).ok());
}

TEST(CertificateTest, KeyThatTravelsWithItProvesNothing) {
  // A stranger decides otherwise, signs it and names a key of his own inside.
  json::Value payload = SamplePayload();
  payload.Set("verdict", "GO").Set("key", StrangersKey().public_key().Fingerprint());
  const std::string forged = WriteCertificate(payload, StrangersKey());
  EXPECT_TRUE(Believe(forged, StrangersKey().public_key()).ok());
  EXPECT_EQ(Reason(Believe(forged, ServerKey().public_key())), "SIGNATURE_WRONG");
  // With the server's key as a name only, no better.
  payload.Set("key", ServerKey().public_key().Fingerprint());
  EXPECT_EQ(Reason(Believe(WriteCertificate(payload, StrangersKey()), ServerKey().public_key())),
            "SIGNATURE_WRONG");
  // And a key beside the payload is no certificate at all.
  json::Value carrying = *json::Parse(forged);
  carrying.Set("public_key", StrangersKey().public_key().ToPem());
  EXPECT_EQ(Reason(ReadCertificate(json::WriteCanonical(carrying)).status()), "BAD_CERTIFICATE");
}

TEST(CertificateTest, DigestThatIsNotThePayloadsIsRefused) {
  json::Value certificate = *json::Parse(WriteCertificate(SamplePayload(), ServerKey()));
  certificate.Set("digest", std::string(64, '0'));
  const auto read = ReadCertificate(json::WriteCanonical(certificate));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Reason(CheckDigest(*read)), "DIGEST_WRONG");
}

TEST(CertificateTest, OtherFormsAreToldApart) {
  const auto message = [](std::string_view text) {
    const absl::Status status = ReadCertificate(text).status();
    EXPECT_EQ(Reason(status), "BAD_CERTIFICATE");
    return std::string(status.message());
  };
  const json::Value good = *json::Parse(WriteCertificate(SamplePayload(), ServerKey()));
  EXPECT_THAT(message(""), HasSubstr("line 1"));
  EXPECT_THAT(message("hello"), HasSubstr("line 1"));
  EXPECT_THAT(message("{}"), HasSubstr("expected algorithm, digest, payload and signature"));
  EXPECT_THAT(message(json::WritePretty(good)), HasSubstr("canonical form"));
  EXPECT_THAT(message(std::string(2 << 20, '[')), HasSubstr("more than 1 MiB"));
  json::Value other = good;
  EXPECT_THAT(message(json::WriteCanonical(other.Set("algorithm", "RSA"))),
              HasSubstr("not Ed25519"));
  other = good;
  EXPECT_THAT(message(json::WriteCanonical(other.Set("signature", "AAAA"))), HasSubstr("64 bytes"));
  other = good;
  json::Value payload = good["payload"];
  payload.Set("format", "tunegate.decision_certificate.v9");
  EXPECT_THAT(message(json::WriteCanonical(other.Set("payload", payload))),
              HasSubstr("its format is not"));
}

TEST(CertificateTest, PayloadHoldsNoPromptNoAnswerAndNoKey) {
  const std::string text = WriteCertificate(SamplePayload(), ServerKey());
  EXPECT_THAT(text, Not(HasSubstr("Sort the ticket")));
  EXPECT_THAT(text, Not(HasSubstr("Tejado")));
  EXPECT_THAT(text, Not(HasSubstr("KEY")));
  EXPECT_LT(text.size(), 16u << 10);
}

TEST(CertificateTest, PayloadSaysWhatWasDecidedOnWhat) {
  const json::Value payload = SamplePayload();
  EXPECT_EQ(payload["decision"].String(), "decisions/d1");
  EXPECT_EQ(payload["issue_time"].String(), "2027-01-15T08:00:00Z");
  EXPECT_EQ(payload["dataset"]["sha256"].String(), Sha256Hex("the tickets"));
  EXPECT_EQ(payload["dataset"]["example_count"].IntegerOr(0), 100);
  EXPECT_EQ(payload["evaluation"]["look"].IntegerOr(0), 1);
  EXPECT_EQ(payload["evaluation"]["seed"].String(), "7");
  EXPECT_EQ(payload["candidate"]["asked_model"].String(), "new");
  EXPECT_EQ(payload["candidate"]["answering_models"].Elements().at(0).String(), "new");
  EXPECT_EQ(payload["policy_digest"].String(), payload["evaluation"]["policy_digest"].String());
  EXPECT_FALSE(payload["post_hoc"].BoolOr(true));
  EXPECT_EQ(payload["criteria"].Elements().size(), 4u);
  EXPECT_EQ(payload["criteria"].Elements()[0]["criterion_id"].String(), "improvement");
  EXPECT_TRUE(payload["criteria"].Elements()[0]["observed"]["value"].IsNumber());
  EXPECT_TRUE(payload["assured_gain"].IsNumber());
  bool overall = false;
  for (const json::Value& figure : payload["figures"].Elements()) {
    EXPECT_EQ(figure["slice"].String(), "");
    if (figure["id"].String() != "overall_accuracy") continue;
    overall = true;
    EXPECT_EQ(figure["paired"]["gained"].IntegerOr(0), 20);
    EXPECT_EQ(figure["paired"]["lost"].IntegerOr(0), 2);
  }
  EXPECT_TRUE(overall);
  EXPECT_EQ(payload["previous_certificate"].String(), "");
}

TEST(CertificateTest, PromptIsPartOfWhoAnswered) {
  const auto record = fixture::TicketRecord();
  auto prompted = record;
  prompted.mutable_resource()->mutable_candidate()->set_system_prompt("Be brief.");
  const auto asked = fixture::TicketAnswers();
  const v1::Policy& policy = record.resource().policy();
  const json::Value one = fixture::PayloadOn(fixture::EvidenceOf(record, asked), policy);
  const json::Value other = fixture::PayloadOn(fixture::EvidenceOf(prompted, asked), policy);
  EXPECT_EQ(one["baseline"]["variant_sha256"], other["baseline"]["variant_sha256"]);
  EXPECT_FALSE(one["candidate"]["variant_sha256"] == other["candidate"]["variant_sha256"]);
}

}  // namespace
}  // namespace tunegate::certificates
