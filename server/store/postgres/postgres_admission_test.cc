// Coming in over a network: TLS, passwords, and what is said when it fails. No message holds a
// password.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/postgres/testing/postgres_server.h"

namespace tunegate::store {
namespace {

using postgres::ConnectTo;
using postgres::PostgresServer;
using testing::HasSubstr;
using testing::Not;

constexpr char kPassword[] = "geheim-4711";

// A port that was free a moment ago.
int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

class PostgresAdmissionTest : public testing::Test {
 protected:
  static PostgresServer& Server() {
    static PostgresServer server({"--tls", absl::StrCat(port_)});
    return server;
  }
  void SetUp() override {
    (void)ConnectTo(Server().UrlOf("postgres"))
        ->RunScript(absl::StrCat("CREATE ROLE remote LOGIN SUPERUSER PASSWORD '", kPassword, "'"));
    unsetenv("PGPASSWORD");
  }
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& url) {
    PostgresOptions options;
    options.url = url;
    options.data_dir = testing::TempDir() + "/admission-" + RandomHex(4);
    return OpenPostgresStore(options);
  }
  static std::string Remote(const std::string& user, const std::string& parameters) {
    return absl::StrCat("postgres://", user, "@localhost:", port_, "/postgres?", parameters);
  }
  static std::string Verified() {
    return absl::StrCat("sslmode=verify-full&sslrootcert=", Server().directory(), "/tls/ca.pem");
  }

  static inline const int port_ = FreePort();
};

TEST_F(PostgresAdmissionTest, UrlWithTlsAndPasswordFromTheEnvironmentComesIn) {
  setenv("PGPASSWORD", kPassword, 1);
  const auto store = Open(Remote("remote", Verified()));
  ASSERT_TRUE(store.ok()) << store.status();
  const auto tls = ConnectTo(Server().UrlOf("postgres"))
                       ->Run(
                           "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity "
                           "USING (pid) WHERE usename = 'remote'");
  EXPECT_TRUE(tls->Boolean(0, 0)) << "every session of the store is encrypted";
}

TEST_F(PostgresAdmissionTest, PasswordInTheUrlComesInAndIsShownToNobody) {
  const std::string url = Remote(absl::StrCat("remote:", kPassword), Verified());
  EXPECT_TRUE(Open(url).ok());
  EXPECT_EQ(PostgresUrlForPeople(url),
            absl::StrCat("postgres://remote@localhost:", port_, "/postgres"));
}

TEST_F(PostgresAdmissionTest, WrongPasswordIsRefusedAtOnceAndNotRepeatedInTheMessage) {
  const absl::Status status = Open(Remote("remote:wrong-secret", Verified())).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "STORE_REFUSED");
  EXPECT_THAT(std::string(status.message()), HasSubstr("password authentication failed"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("pg_hba.conf"));
  EXPECT_THAT(status.ToString(), Not(HasSubstr("wrong-secret")));
}

TEST_F(PostgresAdmissionTest, ServerThatNoTrustedAuthorityVouchesForIsRefused) {
  setenv("PGPASSWORD", kPassword, 1);
  const std::string other =
      absl::StrCat("sslmode=verify-full&sslrootcert=", Server().directory(), "/tls/server.pem");
  const absl::Status status = Open(Remote("remote", other)).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_REFUSED") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("certificate"));
}

TEST_F(PostgresAdmissionTest, DatabaseThatIsNotThereIsNamed) {
  setenv("PGPASSWORD", kPassword, 1);
  const absl::Status status =
      Open(absl::StrCat("postgres://remote@localhost:", port_, "/nowhere?", Verified())).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_REFUSED") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"nowhere\" does not exist"));
}

TEST_F(PostgresAdmissionTest, UrlThatCannotBeReadIsNotRepeatedInTheMessage) {
  for (const char* url : {"postgres://u:sec%zzret@h/d", "postgres://u:secret@h/d?nonsense=1",
                          "mysql://u:secret@h/d", "postgres"}) {
    const absl::Status status = Open(url).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(DetailsOf(status).reason, "STORE_URL_INVALID");
    EXPECT_THAT(status.ToString(), Not(HasSubstr("sec"))) << url;
    EXPECT_EQ(PostgresUrlForPeople(url), "postgres://...");
  }
}

}  // namespace
}  // namespace tunegate::store
