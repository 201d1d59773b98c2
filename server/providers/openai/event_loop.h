// EventLoop: one thread that waits for sockets, alarms and posted tasks, and runs them one at a
// time. All HTTP of a provider happens on it: no call costs a thread, and back-off is an alarm, not
// a sleeper.
//
// Post and OnThread may be called from any thread; everything else from the loop's own thread, that
// is, from within a task. Tasks must not block. The loop reads the machine's monotonic clock, since
// it waits together with the kernel.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_EVENT_LOOP_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_EVENT_LOOP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace tunegate::providers::openai {

class EventLoop {
 public:
  using Task = std::function<void()>;
  // A socket and the EPOLL* events that it is ready for.
  using SocketHandler = std::function<void(int fd, uint32_t events)>;
  // When it rings, and a number that makes it unique.
  using AlarmId = std::pair<int64_t, uint64_t>;

  // Starts the thread. RESOURCE_EXHAUSTED when the process has no file descriptors left.
  static absl::StatusOr<std::unique_ptr<EventLoop>> Create();
  // Stops.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs `task` on the thread, in the order of posting. Dropped after Stop.
  void Post(Task task);
  bool OnThread() const { return std::this_thread::get_id() == thread_.get_id(); }
  // Runs what was posted so far, then ends the thread. Alarms that have not rung are dropped.
  // Idempotent; not from its own thread.
  void Stop();

  // Runs `task` once, `delay` from now, never earlier.
  AlarmId SetAlarm(absl::Duration delay, Task task);
  // Without effect when it has rung.
  void CancelAlarm(AlarmId alarm);

  // Who hears of sockets. One for the whole loop, set before the first WatchSocket.
  void SetSocketHandler(SocketHandler handler) { socket_handler_ = std::move(handler); }
  // Watches `fd` for `events` (EPOLLIN, EPOLLOUT, level-triggered); 0 forgets it.
  void WatchSocket(int fd, uint32_t events);
  // A socket of the loop's own, -1 on failure, as socket(2). To forget and watch it again costs no
  // system call, as a connection needs it that is idle between two requests. For that it must be
  // closed by CloseSocket; that one takes others as well, and may be called when the loop has
  // stopped.
  int OpenSocket(int family, int type, int protocol);
  void CloseSocket(int fd);

 private:
  EventLoop(int epoll_fd, int wake_fd);

  // A file descriptor, as long as it is open.
  struct Socket {
    bool ours = false;        // OpenSocket's
    uint32_t wanted = 0;      // by WatchSocket
    uint32_t registered = 0;  // with epoll
  };

  void Run();
  void RunPosted();
  void RingAlarms();
  // Milliseconds until something is due; -1: nothing is.
  int WaitMilliseconds();
  void WaitForSockets();
  void Register(int fd, Socket& socket, uint32_t events);
  void Hear(int fd, uint32_t events);

  const int epoll_fd_;
  const int wake_fd_;
  Mutex mutex_;
  std::vector<Task> posted_ ABSL_GUARDED_BY(mutex_);
  std::vector<Task> running_;  // posted_ of the turn under way; kept for its memory
  std::map<AlarmId, Task> alarms_;
  uint64_t next_alarm_ = 0;
  SocketHandler socket_handler_;
  std::vector<Socket> sockets_;  // by fd
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_EVENT_LOOP_H_
