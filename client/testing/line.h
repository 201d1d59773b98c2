// Line: a connection between clients and a server that a test breaks as networks do: without a
// word, or with a reset.
//
//   Line line(server.address());
//   auto channel = MakeChannel({.server = line.address()});
//   line.Silence();
#ifndef TUNEGATE_CLIENT_TESTING_LINE_H_
#define TUNEGATE_CLIENT_TESTING_LINE_H_

#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "common/mutex.h"

namespace tunegate::client {

class Line {
 public:
  // Listens at once, on a free loopback port, for connections to `server` ("127.0.0.1:PORT").
  explicit Line(const std::string& server);
  ~Line();

  std::string address() const;

  // From here on no byte comes through, and nobody is told: as when a machine loses its power.
  void Silence();
  // Resets every connection and refuses others: as when a server is killed.
  void Break();

  // How many bytes clients have sent.
  int64_t sent() const;
  // Waits until it is so many; false after 30 s.
  bool WaitUntilSent(int64_t bytes) const;

 private:
  // One end of a connection, by its socket.
  struct End {
    int other;
    bool is_client;
  };

  void Run();
  bool Over() const;
  void Accept();
  void PassOn(int socket);

  const int server_port_;
  int listener_;
  std::map<int, End> ends_;  // the thread's while it runs
  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_TESTING_LINE_H_
