// PostgresServer: a real PostgreSQL for one test program, started when it is first asked for and
// removed when the program ends, however it ends (the script beside this file sees to that).
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_TESTING_POSTGRES_SERVER_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_TESTING_POSTGRES_SERVER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/postgres/connection.h"

namespace tunegate::store::postgres {

// Ends the program with a message when PostgreSQL cannot be started. Used by one thread.
class PostgresServer {
 public:
  // The program's own, without fsync.
  static PostgresServer& Get();

  // Starts one with the script's `flags` ("--durable"; "--tls", "5433").
  explicit PostgresServer(const std::vector<std::string>& flags = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The directory of its socket; below it tls/ca.pem.
  const std::string& directory() const { return directory_; }
  // The URL of a database, with more of libpq's parameters ("&user=x").
  std::string UrlOf(std::string_view database, std::string_view more = "") const;
  // Makes a database with nothing in it; its URL.
  std::string NewDatabase();

  // As a crash: immediately.
  void Stop() { Order("stop"); }
  void Start() { Order("start"); }
  void Restart() { Order("restart"); }

 private:
  void Order(std::string_view order);
  std::string ReadLine();

  int process_ = 0;
  int orders_ = -1;   // its standard input
  int answers_ = -1;  // its standard output
  std::string directory_;
  std::string port_;  // where it is not the usual one
};

// A superuser's session with the database at `url`. Ends the program when it cannot be had.
std::unique_ptr<Connection> ConnectTo(const std::string& url);

// Runs statements there.
void RunAt(const std::string& url, const std::string& sql);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_TESTING_POSTGRES_SERVER_H_
