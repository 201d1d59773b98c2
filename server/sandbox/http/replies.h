// Replies: how a Response leaves through evhttp: at once or late, whole, in chunks, slowly, cut, or
// as a reset.
#ifndef TUNEGATE_SERVER_SANDBOX_HTTP_REPLIES_H_
#define TUNEGATE_SERVER_SANDBOX_HTTP_REPLIES_H_

#include <set>

#include "server/sandbox/http/message.h"

struct event_base;
struct evhttp_request;

namespace tunegate::sandbox {

// Belongs to the loop thread. Replies whose time has not come when it ends are never sent.
class Replies {
 public:
  // `base` must outlive it.
  explicit Replies(event_base* base) : base_(base) {}
  ~Replies();
  Replies(const Replies&) = delete;
  Replies& operator=(const Replies&) = delete;

  // Answers `request`, which evhttp owns until now, also when its client has left meanwhile.
  void Send(evhttp_request* request, Response response);

  struct Reply;

 private:
  event_base* const base_;
  std::set<Reply*> waiting_;  // owned
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_HTTP_REPLIES_H_
