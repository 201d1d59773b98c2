#include "server/providers/openai/event_loop.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace tunegate::providers::openai {
namespace {

std::unique_ptr<EventLoop> NewLoop() {
  auto loop = EventLoop::Create();
  EXPECT_TRUE(loop.ok()) << loop.status();
  return *std::move(loop);
}

TEST(EventLoop, PostedTasksRunInOrderOnItsThread) {
  auto loop = NewLoop();
  EXPECT_FALSE(loop->OnThread());
  std::vector<int> order;
  bool on_thread = false;
  std::promise<void> last;
  loop->Post([&] { order.push_back(1); });
  loop->Post([&] {
    order.push_back(2);
    on_thread = loop->OnThread();
    loop->Post([&] {
      order.push_back(3);
      last.set_value();
    });
  });
  last.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(on_thread);
}

TEST(EventLoop, AlarmsRingInTimeOrderAndNeverEarly) {
  auto loop = NewLoop();
  std::vector<int> order;
  std::promise<void> last;
  const auto start = std::chrono::steady_clock::now();
  loop->Post([&] {
    loop->SetAlarm(absl::Milliseconds(20), [&] {
      order.push_back(2);
      last.set_value();
    });
    loop->SetAlarm(absl::Milliseconds(1), [&] { order.push_back(1); });
  });
  last.get_future().wait();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(20));
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(EventLoop, CancelledAlarmsDoNotRing) {
  auto loop = NewLoop();
  bool rang = false;
  std::promise<void> later;
  loop->Post([&] {
    const auto id = loop->SetAlarm(absl::Milliseconds(1), [&] { rang = true; });
    loop->SetAlarm(absl::Milliseconds(5), [&] { later.set_value(); });
    loop->CancelAlarm(id);
  });
  later.get_future().wait();
  EXPECT_FALSE(rang);
}

TEST(EventLoop, EndlessDelaysAreTaken) {
  auto loop = NewLoop();
  loop->Post([&] { loop->SetAlarm(absl::InfiniteDuration(), [] { FAIL(); }); });
  loop->Stop();
}

TEST(EventLoop, SocketsAreHeardUntilForgotten) {
  auto loop = NewLoop();
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  int heard = 0;
  std::promise<void> forgotten;
  loop->Post([&] {
    loop->SetSocketHandler([&](int fd, uint32_t events) {
      EXPECT_EQ(fd, pipe_fds[0]);
      EXPECT_NE(events & EPOLLIN, 0u);
      ++heard;
      loop->WatchSocket(fd, 0);
      loop->SetAlarm(absl::Milliseconds(2), [&] { forgotten.set_value(); });
    });
    loop->WatchSocket(pipe_fds[0], EPOLLIN);
  });
  ASSERT_EQ(write(pipe_fds[1], "x", 1), 1);
  forgotten.get_future().wait();
  loop->Stop();
  EXPECT_EQ(heard, 1);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
}

// Two connected sockets; the loop's own one is first.
std::pair<int, int> ConnectedPair(EventLoop& loop) {
  const int ours = loop.OpenSocket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(bind(listener, generic, size), 0);
  EXPECT_EQ(listen(listener, 1), 0);
  EXPECT_EQ(getsockname(listener, generic, &size), 0);
  EXPECT_EQ(connect(ours, generic, size), 0);
  const int theirs = accept(listener, nullptr, nullptr);
  close(listener);
  return {ours, theirs};
}

TEST(EventLoop, OwnSocketsAreHeardOnlyWhileWatched) {
  auto loop = NewLoop();
  int heard = 0;
  int theirs = -1;
  std::promise<void> heard_again;
  loop->Post([&] {
    const auto [ours, other] = ConnectedPair(*loop);
    theirs = other;
    const int fd = ours;
    loop->SetSocketHandler([&, fd](int which, uint32_t) {
      EXPECT_EQ(which, fd);
      if (++heard == 2) {
        loop->CloseSocket(fd);
        return heard_again.set_value();
      }
      loop->WatchSocket(fd, 0);
      // What came is still there: unwatched, it must not be heard, and watched again it must.
      loop->SetAlarm(absl::Milliseconds(5), [&, fd] {
        EXPECT_EQ(heard, 1);
        loop->WatchSocket(fd, EPOLLIN);
      });
    });
    loop->WatchSocket(fd, EPOLLIN);
    EXPECT_EQ(write(theirs, "x", 1), 1);
  });
  heard_again.get_future().wait();
  loop->Stop();
  EXPECT_EQ(heard, 2);
  close(theirs);
}

TEST(EventLoop, ANumberThatWasClosedIsWatchedAnewForAnotherSocket) {
  auto loop = NewLoop();
  std::vector<int> others;
  std::promise<void> heard;
  loop->Post([&] {
    const auto [first, other] = ConnectedPair(*loop);
    others.push_back(other);
    loop->WatchSocket(first, EPOLLIN);
    loop->WatchSocket(first, 0);
    loop->CloseSocket(first);
    const auto [second, another] = ConnectedPair(*loop);
    others.push_back(another);
    EXPECT_EQ(second, first);
    const int fd = second;
    loop->SetSocketHandler([&, fd](int which, uint32_t) {
      EXPECT_EQ(which, fd);
      loop->CloseSocket(fd);
      heard.set_value();
    });
    loop->WatchSocket(fd, EPOLLIN);
    EXPECT_EQ(write(another, "x", 1), 1);
  });
  heard.get_future().wait();
  loop->Stop();
  for (const int fd : others) close(fd);
}

TEST(EventLoop, StopRunsWhatWasPosted) {
  auto loop = NewLoop();
  int ran = 0;
  for (int i = 0; i < 100; ++i) loop->Post([&] { ++ran; });
  loop->Stop();
  loop->Stop();
  EXPECT_EQ(ran, 100);
}

TEST(EventLoop, ManyThreadsMayPost) {
  auto loop = NewLoop();
  std::atomic<int> ran = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) loop->Post([&] { ++ran; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  loop->Stop();
  EXPECT_EQ(ran, 4000);
}

}  // namespace
}  // namespace tunegate::providers::openai
