// The key's file: made once, whole and for its owner alone; what is no such key is told clearly.
#include "server/decisions/decision_key.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using certificates::SigningKey;
using testing::HasSubstr;
using testing::Not;

class DecisionKeyTest : public testing::Test {
 protected:
  DecisionKeyTest() {
    folder_ = std::string(std::getenv("TEST_TMPDIR")) + "/key-XXXXXX";
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
  }

  std::string Path(const std::string& name = "decision_key.pem") const {
    return folder_ + "/" + name;
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat about = {};
    EXPECT_EQ(stat(path.c_str(), &about), 0);
    return about.st_mode & 07777;
  }
  // What reading it is refused with.
  static std::string Refusal(const std::string& path) {
    const absl::Status status = ReadDecisionKey(path).status();
    EXPECT_EQ(DetailsOf(status).reason, "CONFIG_INVALID") << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("decision_key_file: " + path + ": "));
    return std::string(status.message());
  }

  std::string folder_;
};

TEST_F(DecisionKeyTest, FirstStartMakesAKeyForItsOwnerAlone) {
  const mode_t before = umask(0);
  ASSERT_TRUE(MakeDecisionKey(Path()).ok());
  umask(before);
  EXPECT_EQ(ModeOf(Path()), 0600u);
  EXPECT_NE(access(Path("decision_key.pem.new").c_str(), F_OK), 0);
  const auto key = ReadDecisionKey(Path());
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE(key->public_key().Verify("m", key->Sign("m")));
}

TEST_F(DecisionKeyTest, LaterStartsKeepIt) {
  ASSERT_TRUE(MakeDecisionKey(Path()).ok());
  const std::string made = Read(Path());
  ASSERT_TRUE(MakeDecisionKey(Path()).ok());
  EXPECT_EQ(Read(Path()), made);
}

TEST_F(DecisionKeyTest, StartThatWasCutOffIsBegunAnew) {
  Write(Path("decision_key.pem.new"), "-----BEGIN PRIV");
  ASSERT_TRUE(MakeDecisionKey(Path()).ok());
  EXPECT_TRUE(ReadDecisionKey(Path()).ok());
}

TEST_F(DecisionKeyTest, FolderThatIsNotThereIsTold) {
  const absl::Status status = MakeDecisionKey(folder_ + "/none/decision_key.pem");
  EXPECT_EQ(DetailsOf(status).reason, "DECISION_KEY_UNWRITABLE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("No such file or directory"));
}

TEST_F(DecisionKeyTest, WhatIsNoSuchKeyIsToldWithTheWayOut) {
  EXPECT_THAT(Refusal(Path()), HasSubstr("openssl genpkey -algorithm ed25519"));
  EXPECT_THAT(Refusal(folder_), HasSubstr("is no file"));
  Write(Path(), "");
  EXPECT_THAT(Refusal(Path()), HasSubstr("no private key"));
  Write(Path(), SigningKey::Generate().public_key().ToPem());
  EXPECT_THAT(Refusal(Path()), HasSubstr("a public key"));
}

TEST_F(DecisionKeyTest, RefusalNeverRepeatsWhatIsInTheFile) {
  const std::string secret = SigningKey::Generate().ToPem().substr(30, 40);
  Write(Path(), "-----BEGIN PRIVATE KEY-----\n" + secret);
  EXPECT_THAT(Refusal(Path()), Not(HasSubstr(secret.substr(5, 10))));
}

TEST_F(DecisionKeyTest, KeyThatOthersMayReadIsUsedWithAWarning) {
  Write(Path(), SigningKey::Generate().ToPem());
  ASSERT_EQ(chmod(Path().c_str(), 0644), 0);
  testing::internal::CaptureStderr();
  EXPECT_TRUE(ReadDecisionKey(Path()).ok());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("chmod 600 " + Path()));
  ASSERT_EQ(chmod(Path().c_str(), 0600), 0);
  testing::internal::CaptureStderr();
  EXPECT_TRUE(ReadDecisionKey(Path()).ok());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace tunegate::decisions
