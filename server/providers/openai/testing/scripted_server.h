// ScriptedServer: an HTTP/1.1 server on a free loopback port that answers what a test's script
// says, and misbehaves on request: cut bodies, resets, silence, bytes that are no HTTP. A thread a
// connection. Thread-safe; the script is called from those threads, one call at a time.
//
//   ScriptedServer server([](const ScriptedServer::Request& request) {
//     return ScriptedServer::Json(200, R"({"id":"file-1"})");
//   });
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_TESTING_SCRIPTED_SERVER_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_TESTING_SCRIPTED_SERVER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/mutex.h"

namespace tunegate::providers::openai {

class ScriptedServer {
 public:
  struct Request {
    int number = 0;      // from 1, in order of arrival
    int connection = 0;  // from 1
    std::string method, target, body;
    std::map<std::string, std::string> headers;  // names in lower case
  };

  enum class Ending {
    kKeepAlive,
    kClose,    // after the reply, or what is sent of it
    kReset,    // the same, by a TCP reset
    kSilence,  // nothing is sent; the connection stays open until the client leaves
  };

  struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    // Bytes of the body that are sent before the ending; unset: all.
    std::optional<size_t> cut_after;
    // Sent as it is instead of all the above.
    std::string raw;
    Ending ending = Ending::kKeepAlive;
  };

  using Script = std::function<Reply(const Request&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  // "http://127.0.0.1:PORT/v1"
  std::string base_url() const;
  // All so far, in order of arrival.
  std::vector<Request> requests() const;
  int connection_count() const;

  static Reply Json(int status, std::string body,
                    std::vector<std::pair<std::string, std::string>> headers = {});
  static Reply End(Ending ending);

 private:
  void Accept();
  void Serve(int fd, int connection);
  Reply Answer(Request& request);

  const Script script_;
  int listen_fd_ = -1;
  int port_ = 0;
  mutable Mutex mutex_;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> fds_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread acceptor_;
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_TESTING_SCRIPTED_SERVER_H_
