// The listener over real sockets: what it answers, and that nobody can hold it up.
#include "server/http/listener.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A connection that says what it is told and hears what comes.
class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Client() { close(socket_); }
  int fd() const { return socket_; }

  void Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }
  // Everything until the connection ends, or until `end` has come.
  std::string Receive(std::string_view end = "") {
    std::string heard;
    char buffer[4096];
    while (end.empty() || heard.find(end) == std::string::npos) {
      const ssize_t got = recv(socket_, buffer, sizeof(buffer), 0);
      if (got <= 0) break;
      heard.append(buffer, static_cast<size_t>(got));
    }
    return heard;
  }
  std::string Ask(std::string_view request) {
    Send(request);
    return Receive();
  }

 private:
  const int socket_;
};

// A door that handlers wait at.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Enter() {
    MutexLock lock(mutex_);
    ++waiting_;
    changed_.NotifyAll();
    EXPECT_TRUE(changed_.WaitFor(lock, absl::Seconds(60), [&] { return open_; }));
  }
  void AwaitWaiting(int count) {
    MutexLock lock(mutex_);
    EXPECT_TRUE(changed_.WaitFor(lock, absl::Seconds(60), [&] { return waiting_ >= count; }));
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

constexpr char kGet[] = "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char kSlowGet[] = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() { std::signal(SIGPIPE, SIG_IGN); }

  // "/quick" is answered at once, all else by a worker that first goes through the gate.
  void Start() {
    auto started = Listener::Start(
        options_, {[](const Request& request) -> std::optional<Response> {
                     if (request.path != "/quick") return std::nullopt;
                     return TextResponse(200, "quick");
                   },
                   [this](const Request& request) {
                     gate_.Enter();
                     return TextResponse(200, absl::StrCat(request.method, " ", request.body));
                   }});
    ASSERT_TRUE(started.ok()) << started.status();
    listener_ = *std::move(started);
  }

  ListenerOptions options_;
  Gate gate_;
  std::unique_ptr<Listener> listener_;
};

TEST_F(ListenerTest, AnswersAndEndsTheConnection) {
  Start();
  const std::string answer = Client(listener_->port()).Ask(kGet);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nquick\n"));
}

TEST_F(ListenerTest, HeadHasNoBody) {
  Start();
  const std::string answer = Client(listener_->port()).Ask("HEAD /quick HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(ListenerTest, BodyReachesTheHandlerAfterContinue) {
  gate_.Open();
  Start();
  Client client(listener_->port());
  client.Send("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_THAT(client.Receive("\r\n\r\n"), StartsWith("HTTP/1.1 100 Continue\r\n"));
  EXPECT_THAT(client.Ask("hello"), EndsWith("POST hello\n"));
}

TEST_F(ListenerTest, WorkersThatHangDelayNoQuickAnswer) {
  Start();
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(std::make_unique<Client>(listener_->port()));
    slow.back()->Send(kSlowGet);
  }
  gate_.AwaitWaiting(2);
  EXPECT_THAT(Client(listener_->port()).Ask(kGet), EndsWith("quick\n"));
  gate_.Open();
  for (const auto& client : slow) EXPECT_THAT(client->Receive(), EndsWith("GET \n"));
}

TEST_F(ListenerTest, RequestsBeyondTheQueueAreToldToComeAgain) {
  options_.worker_threads = 1;
  options_.max_queued = 1;
  Start();
  Client first(listener_->port());
  first.Send(kSlowGet);
  gate_.AwaitWaiting(1);
  // Of these one finds room in the queue and one does not.
  Client second(listener_->port()), third(listener_->port());
  second.Send(kSlowGet);
  third.Send(kSlowGet);
  std::string refused;
  std::thread other([&] { refused = second.Receive(); });
  const std::string answer = third.Receive("\n");
  gate_.Open();
  other.join();
  const std::string both = answer + refused;
  EXPECT_THAT(both, HasSubstr("503 Service Unavailable"));
  EXPECT_THAT(both, HasSubstr("Retry-After: 1"));
  EXPECT_THAT(first.Receive(), EndsWith("GET \n"));
}

TEST_F(ListenerTest, WhoSendsTooSlowlyIsCutOff) {
  options_.read_time = absl::Milliseconds(50);
  Start();
  Client client(listener_->port());
  client.Send("GET /qui");
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(ListenerTest, BodyThatIsTooLargeIsRefusedBeforeItIsSent) {
  options_.limits.body_bytes = 1000;
  Start();
  Client client(listener_->port());
  client.Send("POST /x HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
  client.Send(std::string(100000, 'x'));  // who sends all the same still hears why
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ListenerTest, ConnectionsBeyondTheLimitWaitAndAreThenServed) {
  options_.max_connections = 2;
  Start();
  auto idle = std::make_unique<Client>(listener_->port());
  auto another = std::make_unique<Client>(listener_->port());
  Client waiting(listener_->port());
  waiting.Send(kGet);
  idle.reset();
  EXPECT_THAT(waiting.Receive(), EndsWith("quick\n"));
}

TEST_F(ListenerTest, ClientThatLeavesBeforeTheAnswerDoesNoHarm) {
  Start();
  {
    Client client(listener_->port());
    client.Send(kSlowGet);
    gate_.AwaitWaiting(1);
  }
  gate_.Open();
  EXPECT_THAT(Client(listener_->port()).Ask(kGet), EndsWith("quick\n"));
}

TEST_F(ListenerTest, StoppingLetsHandlersReturn) {
  Start();
  Client client(listener_->port());
  client.Send(kSlowGet);
  gate_.AwaitWaiting(1);
  std::thread stopper([&] { listener_.reset(); });
  gate_.Open();
  stopper.join();
}

TEST_F(ListenerTest, PortInUseIsSaid) {
  Start();
  ListenerOptions same;
  same.port = listener_->port();
  const auto second = Listener::Start(same, {});
  EXPECT_EQ(DetailsOf(second.status()).reason, "PORT_IN_USE");
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(absl::StrCat("127.0.0.1:", same.port)));
}

// --- TLS -----------------------------------------------------------------------------------------

std::string Pem(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

// A key and the certificate that it signed for itself.
std::pair<std::string, std::string> NewCertificate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* chain = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(chain, certificate);
  BIO* secret = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {Pem(chain), Pem(secret)};
}

TEST_F(ListenerTest, TlsAnswersWhoSpeaksItAndNobodyElse) {
  std::tie(options_.certificate_chain, options_.private_key) = NewCertificate();
  Start();
  Client client(listener_->port());
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, client.fd());
  ASSERT_EQ(SSL_connect(ssl), 1);
  ASSERT_GT(SSL_write(ssl, kGet, sizeof(kGet) - 1), 0);
  std::string answer;
  char buffer[1024];
  for (int got; (got = SSL_read(ssl, buffer, sizeof(buffer))) > 0;) {
    answer.append(buffer, static_cast<size_t>(got));
  }
  EXPECT_THAT(answer, EndsWith("quick\n"));
  EXPECT_EQ(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN)
      << "the end is said, so that nobody can cut an answer";
  SSL_free(ssl);
  SSL_CTX_free(context);
  EXPECT_THAT(Client(listener_->port()).Ask(kGet), Not(HasSubstr("quick")));
}

TEST_F(ListenerTest, CertificateThatCannotBeUsedIsSaid) {
  std::tie(options_.certificate_chain, options_.private_key) = NewCertificate();
  options_.private_key = NewCertificate().second;
  const auto other_key = Listener::Start(options_, {});
  EXPECT_EQ(DetailsOf(other_key.status()).reason, "CONFIG_INVALID");
  options_.certificate_chain = "no PEM";
  EXPECT_EQ(DetailsOf(Listener::Start(options_, {}).status()).reason, "CONFIG_INVALID");
}

}  // namespace
}  // namespace tunegate::http
