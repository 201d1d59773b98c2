// Signatures as Standard Webhooks defines them: what fits, and all that must not.
#include "server/webhooks/signature.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::webhooks {
namespace {

using testing::HasSubstr;
using testing::Not;

// The example of the Standard Webhooks specification.
constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kId[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr char kTimestamp[] = "1614265330";
constexpr char kBody[] = R"({"test": 2432232314})";
constexpr char kSignature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

class SignatureTest : public testing::Test {
 protected:
  std::string ReasonOf(const Signed& what) {
    const absl::Status status = Verify(secret_, what, now_);
    return status.ok() ? "OK" : DetailsOf(status).reason;
  }
  Signed With(std::string_view signatures) { return {kId, kTimestamp, signatures, kBody}; }

  const Secret secret_ = *Secret::Parse(kSecret);
  absl::Time now_ = absl::FromUnixSeconds(1614265330);
};

TEST_F(SignatureTest, ExampleOfTheSpecificationFits) {
  EXPECT_EQ(ReasonOf(With(kSignature)), "OK");
  EXPECT_EQ("v1," + Sign(secret_, With("")), kSignature);
}

TEST_F(SignatureTest, OneOfSeveralIsEnough) {
  EXPECT_EQ(ReasonOf(With(absl::StrCat("v1,AAAA v1a,BBBB ", kSignature, " v2,CCCC"))), "OK");
}

TEST_F(SignatureTest, AnyOtherByteIsRefused) {
  const std::string good = kSignature;
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'x' ? 'y' : 'x';
    EXPECT_EQ(ReasonOf(With(bad)), "WEBHOOK_SIGNATURE_INVALID") << bad;
  }
  EXPECT_EQ(ReasonOf(With(good.substr(0, good.size() - 1))), "WEBHOOK_SIGNATURE_INVALID");
  EXPECT_EQ(ReasonOf(With(good + "=")), "WEBHOOK_SIGNATURE_INVALID");
  EXPECT_EQ(ReasonOf(With("v1,")), "WEBHOOK_SIGNATURE_INVALID");
  EXPECT_EQ(ReasonOf(With(good.substr(3))), "WEBHOOK_SIGNATURE_INVALID") << "without its version";
}

TEST_F(SignatureTest, EachSignedPartIsCovered) {
  EXPECT_EQ(ReasonOf({"msg_other", kTimestamp, kSignature, kBody}), "WEBHOOK_SIGNATURE_INVALID");
  EXPECT_EQ(ReasonOf({kId, "1614265331", kSignature, kBody}), "WEBHOOK_SIGNATURE_INVALID");
  EXPECT_EQ(ReasonOf({kId, kTimestamp, kSignature, R"({"test": 2432232315})"}),
            "WEBHOOK_SIGNATURE_INVALID");
  EXPECT_EQ(ReasonOf({kId, kTimestamp, kSignature, ""}), "WEBHOOK_SIGNATURE_INVALID");
}

TEST_F(SignatureTest, OtherSecretsSignatureIsRefused) {
  const Secret other = *Secret::Parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(DetailsOf(Verify(other, With(kSignature), now_)).reason, "WEBHOOK_SIGNATURE_INVALID");
}

TEST_F(SignatureTest, ToleranceIsThreeHundredSecondsBothWays) {
  for (const int seconds : {-300, 300}) {
    EXPECT_TRUE(Verify(secret_, With(kSignature), now_ + absl::Seconds(seconds)).ok()) << seconds;
  }
  for (const int seconds : {-301, 301, 86400}) {
    const absl::Status status = Verify(secret_, With(kSignature), now_ + absl::Seconds(seconds));
    EXPECT_EQ(DetailsOf(status).reason, "WEBHOOK_TOO_OLD") << seconds;
  }
}

TEST_F(SignatureTest, HeadersThatAreMissingOrNotOfTheirFormAreNamed) {
  EXPECT_EQ(ReasonOf({"", kTimestamp, kSignature, kBody}), "WEBHOOK_MALFORMED");
  EXPECT_EQ(ReasonOf({"a b", kTimestamp, kSignature, kBody}), "WEBHOOK_MALFORMED");
  const std::string long_id(257, 'a');
  EXPECT_EQ(ReasonOf({long_id, kTimestamp, kSignature, kBody}), "WEBHOOK_MALFORMED");
  for (const char* time : {"", "now", "1.5", "-5", "99999999999999999999"}) {
    EXPECT_EQ(ReasonOf({kId, time, kSignature, kBody}), "WEBHOOK_MALFORMED") << time;
  }
  EXPECT_EQ(ReasonOf(With("")), "WEBHOOK_MALFORMED");
}

TEST_F(SignatureTest, SecretIsReadAsTheProviderShowsIt) {
  EXPECT_EQ(Secret::Parse(absl::StrCat(" ", kSecret, "\n"))->key(), secret_.key());
  for (const char* bad : {"", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                          "whsec_not base64!", "sk-abcdefghijklmnopqrstuvwxyz"}) {
    const auto parsed = Secret::Parse(bad);
    EXPECT_EQ(DetailsOf(parsed.status()).reason, "WEBHOOK_SECRET_INVALID") << bad;
    if (*bad != '\0' && std::string(bad) != "whsec_") {
      EXPECT_THAT(std::string(parsed.status().message()), Not(HasSubstr(bad)));
    }
  }
}

}  // namespace
}  // namespace tunegate::webhooks
