#include "server/sandbox/http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace tunegate::sandbox {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A connection that says what it is told and hears what comes.
class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Client() { close(socket_); }

  void Send(std::string_view text) {
    while (connected_ && !text.empty()) {
      const ssize_t sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // Everything until `end` has come or the connection is over.
  std::string ReceiveUntil(std::string_view end) {
    std::string heard;
    char buffer[4096];
    while (end.empty() || heard.find(end) == std::string::npos) {
      const ssize_t got = recv(socket_, buffer, sizeof(buffer), 0);
      was_reset_ = got < 0 && errno == ECONNRESET;
      if (got <= 0) break;
      heard.append(buffer, static_cast<size_t>(got));
    }
    return heard;
  }
  bool was_reset() const { return was_reset_; }

 private:
  int socket_;
  bool connected_ = false;
  bool was_reset_ = false;
};

// Answers with what the path asks for, on its own thread.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    HttpServer::Options options;
    options.max_body_bytes = 1 << 20;
    server_ = *HttpServer::Listen(options,
                                  {[](const Request& request) { return request.path == "/heavy"; },
                                   [](Request& request) { return Answer(request); }});
    thread_ = std::thread([this] { server_->Run(); });
  }
  ~ServerTest() override {
    server_->Stop();
    thread_.join();
  }

  static Response Answer(const Request& request) {
    Response response;
    response.body = request.method + " " + request.path + " " + request.body;
    if (request.path == "/chunks") response.chunks = {"one", "two"};
    if (request.path == "/reset") response.delivery.reset = true;
    if (request.path == "/cut") response.delivery.cut_after_bytes = 3;
    if (request.path == "/late") response.delivery.delay = absl::Milliseconds(30);
    if (request.path == "/slow") response.delivery.bytes_per_second = 1000;
    return response;
  }

  std::string Get(const std::string& path) {
    Client client(server_->port());
    client.Send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.ReceiveUntil("");
  }

  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

TEST_F(ServerTest, AnswersOnLoopAndWorker) {
  EXPECT_THAT(Get("/a%20b?c=d"), EndsWith("\r\n\r\nGET /a%20b "));
  EXPECT_THAT(Get("/heavy"), EndsWith("\r\n\r\nGET /heavy "));
}

TEST_F(ServerTest, KeepsTheConnection) {
  Client client(server_->port());
  for (const char* body : {"first", "second"}) {
    client.Send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                std::to_string(std::string(body).size()) + "\r\n\r\n" + body);
    EXPECT_THAT(client.ReceiveUntil(body), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

TEST_F(ServerTest, SendsChunks) {
  const std::string answer = Get("/chunks");
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(answer, EndsWith("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
}

TEST_F(ServerTest, ResetsWithoutAnAnswer) {
  Client client(server_->port());
  client.Send("GET /reset HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.ReceiveUntil(""), "");
  EXPECT_TRUE(client.was_reset());
  EXPECT_THAT(Get("/next"), EndsWith("GET /next "));
}

TEST_F(ServerTest, CutBodyPromisesMoreThanItSends) {
  const std::string answer = Get("/cut");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 9\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nGET"));
}

TEST_F(ServerTest, LateAndSlowAnswersAreWhole) {
  EXPECT_THAT(Get("/late"), EndsWith("\r\n\r\nGET /late "));
  EXPECT_THAT(Get("/slow"), EndsWith("\r\n\r\nGET /slow "));
}

TEST_F(ServerTest, ClientThatLeavesEarlyHarmsNobody) {
  for (const char* path : {"/late", "/slow", "/heavy"}) {
    Client client(server_->port());
    client.Send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  EXPECT_THAT(Get("/late"), EndsWith("GET /late "));
}

TEST_F(ServerTest, TooLargeABodyIs413) {
  Client client(server_->port());
  client.Send("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
  EXPECT_THAT(client.ReceiveUntil("\r\n"), StartsWith("HTTP/1.1 413"));
}

TEST(ServerListenTest, PortInUseIsNamed) {
  HttpServer::Options options;
  const HttpServer::Callbacks callbacks{[](const Request&) { return false; },
                                        [](Request&) { return Response(); }};
  const auto first = HttpServer::Listen(options, callbacks);
  ASSERT_TRUE(first.ok()) << first.status();
  options.port = (*first)->port();
  const auto second = HttpServer::Listen(options, callbacks);
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("127.0.0.1:" + std::to_string(options.port)));
}

TEST(ServerListenTest, UnknownHostIsNamed) {
  HttpServer::Options options;
  options.host = "host.invalid";
  const auto server = HttpServer::Listen(options, {});
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("host.invalid"));
}

}  // namespace
}  // namespace tunegate::sandbox
