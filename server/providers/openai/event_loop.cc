#include "server/providers/openai/event_loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>

#include "common/errors.h"

namespace tunegate::providers::openai {
namespace {

constexpr int kSocketsPerWait = 256;

int64_t NowNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool Control(int epoll_fd, int operation, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return epoll_ctl(epoll_fd, operation, fd, &event) == 0;
}

// OpenSSL writes without MSG_NOSIGNAL: a peer that hangs up must not end the process. And no signal
// of the server is handled here.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create() {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll_fd < 0 || wake_fd < 0 || !Control(epoll_fd, EPOLL_CTL_ADD, wake_fd, EPOLLIN)) {
    if (epoll_fd >= 0) close(epoll_fd);
    if (wake_fd >= 0) close(wake_fd);
    return ResourceExhausted("NO_FILE_DESCRIPTORS",
                             "the process cannot open more files; raise its limit (ulimit -n)");
  }
  return std::unique_ptr<EventLoop>(new EventLoop(epoll_fd, wake_fd));
}

EventLoop::EventLoop(int epoll_fd, int wake_fd)
    : epoll_fd_(epoll_fd), wake_fd_(wake_fd), thread_([this] { Run(); }) {}

EventLoop::~EventLoop() {
  Stop();
  close(epoll_fd_);
  close(wake_fd_);
}

void EventLoop::Post(Task task) {
  bool first;
  {
    MutexLock lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  // The loop looks at posted_ before it sleeps, so only the first one of another thread must wake.
  if (!first || OnThread()) return;
  const uint64_t one = 1;
  if (write(wake_fd_, &one, sizeof(one)) < 0 && errno != EAGAIN) std::abort();
}

void EventLoop::Stop() {
  if (!thread_.joinable()) return;
  Post([this] { stopping_ = true; });
  thread_.join();
}

EventLoop::AlarmId EventLoop::SetAlarm(absl::Duration delay, Task task) {
  const int64_t nanoseconds = std::max<int64_t>(0, absl::ToInt64Nanoseconds(delay));
  const int64_t now = NowNanoseconds();
  const int64_t longest = std::numeric_limits<int64_t>::max() - now;
  const AlarmId id(now + std::min(nanoseconds, longest), next_alarm_++);
  alarms_.emplace(id, std::move(task));
  return id;
}

void EventLoop::CancelAlarm(AlarmId alarm) { alarms_.erase(alarm); }

void EventLoop::WatchSocket(int fd, uint32_t events) {
  const auto index = static_cast<size_t>(fd);
  if (index >= sockets_.size()) sockets_.resize(index + 1);
  Socket& socket = sockets_[index];
  socket.wanted = events;
  // Of our own sockets we know when they are closed, so that what epoll holds of them is certain.
  if (socket.ours && (events == 0 || events == socket.registered)) return;
  Register(fd, socket, events);
}

void EventLoop::Register(int fd, Socket& socket, uint32_t events) {
  if (events == 0) {
    if (socket.registered != 0) Control(epoll_fd_, EPOLL_CTL_DEL, fd, 0);
    socket.registered = 0;
    return;
  }
  // A socket closed behind our back has left epoll: then MOD fails and ADD is right.
  const bool held = (socket.registered != 0 && Control(epoll_fd_, EPOLL_CTL_MOD, fd, events)) ||
                    Control(epoll_fd_, EPOLL_CTL_ADD, fd, events);
  socket.registered = held ? events : 0;
}

int EventLoop::OpenSocket(int family, int type, int protocol) {
  const int fd = socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) return fd;
  const auto index = static_cast<size_t>(fd);
  if (index >= sockets_.size()) sockets_.resize(index + 1);
  sockets_[index] = Socket{.ours = true};
  return fd;
}

void EventLoop::CloseSocket(int fd) {
  const auto index = static_cast<size_t>(fd);
  if (index < sockets_.size()) sockets_[index] = Socket();
  close(fd);  // and so it leaves epoll
}

void EventLoop::Run() {
  BlockSignals();
  while (true) {
    RunPosted();
    if (stopping_) return;
    RingAlarms();
    WaitForSockets();
  }
}

void EventLoop::RunPosted() {
  {
    MutexLock lock(mutex_);
    running_.swap(posted_);
  }
  for (Task& task : running_) task();
  running_.clear();
}

void EventLoop::RingAlarms() {
  // Those set by a task that rings now wait for the next turn, so that sockets are not starved.
  const AlarmId due(NowNanoseconds(), next_alarm_);
  while (!alarms_.empty() && alarms_.begin()->first < due) {
    auto alarm = alarms_.extract(alarms_.begin());
    alarm.mapped()();
  }
}

int EventLoop::WaitMilliseconds() {
  {
    MutexLock lock(mutex_);
    if (!posted_.empty()) return 0;
  }
  if (alarms_.empty()) return -1;
  const int64_t nanoseconds = alarms_.begin()->first.first - NowNanoseconds();
  if (nanoseconds <= 0) return 0;
  // Rounded up: an alarm never rings early.
  return static_cast<int>(std::min<int64_t>(nanoseconds / 1'000'000 + 1, 60'000));
}

void EventLoop::WaitForSockets() {
  epoll_event events[kSocketsPerWait];
  const int count = epoll_wait(epoll_fd_, events, kSocketsPerWait, WaitMilliseconds());
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd != wake_fd_) {
      Hear(events[i].data.fd, events[i].events);
      continue;
    }
    uint64_t wakes;
    if (read(wake_fd_, &wakes, sizeof(wakes)) < 0 && errno != EAGAIN) std::abort();
  }
}

void EventLoop::Hear(int fd, uint32_t events) {
  Socket& socket = sockets_[static_cast<size_t>(fd)];
  if (socket.wanted != 0) return socket_handler_(fd, events);
  // An idle connection that the other side closed, as a rule: it would be heard again and again.
  Register(fd, socket, 0);
}

}  // namespace tunegate::providers::openai
