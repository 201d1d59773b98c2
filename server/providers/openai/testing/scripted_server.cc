#include "server/providers/openai/testing/scripted_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tunegate::providers::openai {
namespace {

// Reads until `buffer` holds `size` bytes. False when the client left.
bool ReadUntil(int fd, size_t size, std::string& buffer) {
  char chunk[16384];
  while (buffer.size() < size) {
    const ssize_t got = recv(fd, chunk, sizeof(chunk), 0);
    if (got <= 0) return false;
    buffer.append(chunk, static_cast<size_t>(got));
  }
  return true;
}

void ParseHead(std::string_view head, ScriptedServer::Request& request) {
  size_t begin = head.find("\r\n");
  const std::string_view first = head.substr(0, begin);
  const size_t space = first.find(' ');
  request.method = std::string(first.substr(0, space));
  request.target = std::string(first.substr(space + 1, first.rfind(' ') - space - 1));
  while (begin != std::string_view::npos && begin + 2 < head.size()) {
    const size_t end = head.find("\r\n", begin + 2);
    const std::string line(head.substr(begin + 2, end - begin - 2));
    const size_t colon = line.find(':');
    if (colon != std::string::npos) {
      request.headers[absl::AsciiStrToLower(line.substr(0, colon))] =
          std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
    begin = end;
  }
}

// Reads one request; what follows it stays in `buffer`. False when the client left.
bool ReadRequest(int fd, std::string& buffer, ScriptedServer::Request& request) {
  size_t end;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadUntil(fd, buffer.size() + 1, buffer)) return false;
  }
  ParseHead(std::string_view(buffer).substr(0, end + 2), request);
  buffer.erase(0, end + 4);
  size_t length = 0;
  if (!request.headers["content-length"].empty() &&
      !absl::SimpleAtoi(request.headers["content-length"], &length)) {
    return false;
  }
  if (!ReadUntil(fd, length, buffer)) return false;
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return true;
}

std::string BytesOf(const ScriptedServer::Reply& reply) {
  if (!reply.raw.empty()) return reply.raw;
  std::string bytes = absl::StrCat("HTTP/1.1 ", reply.status,
                                   " Scripted\r\nContent-Length: ", reply.body.size(), "\r\n");
  for (const auto& [name, value] : reply.headers)
    absl::StrAppend(&bytes, name, ": ", value, "\r\n");
  absl::StrAppend(&bytes, "\r\n",
                  reply.body.substr(0, reply.cut_after.value_or(reply.body.size())));
  return bytes;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listen_fd_, generic, size) != 0 || listen(listen_fd_, 1024) != 0 ||
      getsockname(listen_fd_, generic, &size) != 0) {
    std::abort();  // no loopback, no test
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (const int fd : fds_) shutdown(fd, SHUT_RDWR);
    threads.swap(threads_);
  }
  shutdown(listen_fd_, SHUT_RDWR);
  acceptor_.join();
  close(listen_fd_);
  for (std::thread& thread : threads) thread.join();
  // One may have been accepted between the two.
  MutexLock lock(mutex_);
  for (std::thread& thread : threads_) thread.join();
}

std::string ScriptedServer::base_url() const {
  return absl::StrCat("http://127.0.0.1:", port_, "/v1");
}

std::vector<ScriptedServer::Request> ScriptedServer::requests() const {
  MutexLock lock(mutex_);
  return requests_;
}

int ScriptedServer::connection_count() const {
  MutexLock lock(mutex_);
  return static_cast<int>(fds_.size());
}

ScriptedServer::Reply ScriptedServer::Json(
    int status, std::string body, std::vector<std::pair<std::string, std::string>> headers) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.headers = std::move(headers);
  reply.headers.emplace_back("Content-Type", "application/json");
  return reply;
}

ScriptedServer::Reply ScriptedServer::End(Ending ending) {
  Reply reply;
  reply.ending = ending;
  return reply;
}

void ScriptedServer::Accept() {
  while (true) {
    const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    MutexLock lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    fds_.push_back(fd);
    const int connection = static_cast<int>(fds_.size());
    threads_.emplace_back([this, fd, connection] { Serve(fd, connection); });
  }
}

ScriptedServer::Reply ScriptedServer::Answer(Request& request) {
  MutexLock lock(mutex_);
  request.number = static_cast<int>(requests_.size()) + 1;
  requests_.push_back(request);
  return script_(request);
}

void ScriptedServer::Serve(int fd, int connection) {
  std::string buffer;
  while (true) {
    Request request;
    request.connection = connection;
    if (!ReadRequest(fd, buffer, request)) break;
    const Reply reply = Answer(request);
    if (reply.ending == Ending::kSilence) {
      while (ReadUntil(fd, buffer.size() + 1, buffer)) buffer.clear();
      break;
    }
    const bool plain_end = reply.body.empty() && reply.raw.empty();
    const bool send_something = reply.ending == Ending::kKeepAlive || !plain_end;
    if (send_something && !SendAll(fd, BytesOf(reply))) break;
    if (reply.ending == Ending::kReset) {
      const linger reset{1, 0};
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    if (reply.ending != Ending::kKeepAlive) break;
  }
  MutexLock lock(mutex_);
  fds_[static_cast<size_t>(connection) - 1] = -1;  // so that the destructor leaves its number alone
  close(fd);
}

}  // namespace tunegate::providers::openai
