#include "server/store/postgres/testing/postgres_server.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/digest.h"

namespace tunegate::store::postgres {
namespace {

constexpr char kScript[] = "server/store/postgres/testing/start_postgres";

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "no PostgreSQL for the test: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace

PostgresServer& PostgresServer::Get() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer(const std::vector<std::string>& flags) {
  int orders[2];
  int answers[2];
  // Closed in programs that others start: they would keep the server alive.
  if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) Die("pipe");
  std::vector<std::string> words = {kScript};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = fork();
  if (process_ < 0) Die("fork");
  if (process_ == 0) {
    setsid();  // what ends this test's process group must not end the one that cleans up
    dup2(orders[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    execv(kScript, arguments.data());
    _exit(127);
  }
  close(orders[0]);
  close(answers[1]);
  orders_ = orders[1];
  answers_ = answers[0];
  const std::string ready = ReadLine();
  if (ready.rfind("ready ", 0) != 0) Die("its words stand above");
  directory_ = ready.substr(6);
  const auto tls = std::find(flags.begin(), flags.end(), "--tls");
  if (tls != flags.end()) port_ = *(tls + 1);
}

PostgresServer::~PostgresServer() {
  close(orders_);
  waitpid(process_, nullptr, 0);
  close(answers_);
}

std::string PostgresServer::UrlOf(std::string_view database, std::string_view more) const {
  std::string url = absl::StrCat("postgres://tunegate@/", std::string(database),
                                 "?host=", directory_, std::string(more));
  if (!port_.empty()) absl::StrAppend(&url, "&port=", port_);
  return url;
}

std::string PostgresServer::NewDatabase() {
  const std::string name = "test_" + RandomHex(8);
  RunAt(UrlOf("postgres"), "CREATE DATABASE " + name);
  return UrlOf(name);
}

void PostgresServer::Order(std::string_view order) {
  const std::string line = absl::StrCat(std::string(order), "\n");
  if (write(orders_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
      ReadLine() != "done") {
    Die(absl::StrCat("it did not ", std::string(order)));
  }
}

std::string PostgresServer::ReadLine() {
  std::string line;
  char next = 0;
  while (read(answers_, &next, 1) == 1 && next != '\n') line.push_back(next);
  return line;
}

std::unique_ptr<Connection> ConnectTo(const std::string& url) {
  // A connection refers to its URL.
  static auto& urls = *new std::map<std::string, PostgresUrl>;
  auto parsed = PostgresUrl::Parse(url);
  if (!parsed.ok()) Die(std::string(parsed.status().message()));
  auto connection = Connection::Open(urls.emplace(url, *parsed).first->second, SessionOptions());
  if (!connection.ok()) Die(std::string(connection.status().message()));
  return *std::move(connection);
}

void RunAt(const std::string& url, const std::string& sql) {
  const absl::Status status = ConnectTo(url)->RunScript(sql);
  if (!status.ok()) Die(std::string(status.message()));
}

}  // namespace tunegate::store::postgres
