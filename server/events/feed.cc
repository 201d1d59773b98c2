#include "server/events/feed.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "common/errors.h"
#include "common/log.h"
#include "common/mutex.h"
#include "server/events/feed_events.h"

namespace tunegate::events {
namespace {

using Commits = std::vector<std::shared_ptr<const FeedCommit>>;

constexpr int64_t kReadEvents = 1000;

// Counts what is taken against the limits.
class Taken {
 public:
  explicit Taken(const ReadLimits& limits) : limits_(limits) {}
  // Whether the next commit may be taken, too; it is counted then.
  bool Take(const FeedCommit& commit) {
    if (events_ > 0 && (events_ >= limits_.events || bytes_ + commit.size_bytes > limits_.bytes)) {
      return false;
    }
    events_ += static_cast<int64_t>(commit.events.size());
    bytes_ += commit.size_bytes;
    return true;
  }

 private:
  const ReadLimits limits_;
  int64_t events_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

class Feed::Impl {
 public:
  Impl(store::Store* store, FeedOptions options) : store_(*store), options_(options) {}
  ~Impl() { Stop(); }

  absl::Status Start() {
    TG_RETURN_IF_ERROR(StartTailAtTheEnd());
    reader_ = std::thread([this] { ReadUntilStopped(); });
    return absl::OkStatus();
  }

  void Stop() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      changed_.NotifyAll();
    }
    if (reader_.joinable()) reader_.join();
  }

  void Poke() {
    MutexLock lock(mutex_);
    poked_ = true;
    changed_.NotifyAll();
  }

  store::LogInfo log() const {
    MutexLock lock(mutex_);
    return log_;
  }

  int64_t newest_position() const { return newest_position_; }
  uint64_t log_number() const { return log_number_; }

  std::optional<Commits> ReadTail(int64_t position, const ReadLimits& limits) const {
    if (position < tail_start_) return std::nullopt;
    MutexLock lock(mutex_);
    if (position < tail_start_) return std::nullopt;
    auto from = std::partition_point(tail_.begin(), tail_.end(), [&](const auto& commit) {
      return commit->position <= position;
    });
    Commits commits;
    for (Taken taken(limits); from != tail_.end() && taken.Take(**from); ++from) {
      commits.push_back(*from);
    }
    return commits;
  }

  absl::StatusOr<Commits> Read(int64_t position, const ReadLimits& limits) {
    if (auto commits = ReadTail(position, limits)) return *std::move(commits);
    TG_ASSIGN_OR_RETURN(const auto events, store_.ReadEvents({.after_position = position,
                                                              .max_events = limits.events}));
    Commits commits = CommitsOf(events);
    Taken taken(limits);
    const auto rest = std::find_if_not(commits.begin(), commits.end(),
                                       [&](const auto& commit) { return taken.Take(*commit); });
    commits.erase(rest, commits.end());
    return commits;
  }

  int AddListener(std::function<void()> listener) {
    MutexLock lock(mutex_);
    listeners_[++last_listener_] = std::make_shared<std::function<void()>>(std::move(listener));
    return last_listener_;
  }

  void RemoveListener(int id) {
    MutexLock lock(mutex_);
    listeners_.erase(id);
    if (std::this_thread::get_id() == reader_id_) return;  // from within a listener
    listener_returned_.Wait(lock, [&] { return running_listener_ != id; });
  }

 private:
  void ReadUntilStopped() {
    {
      MutexLock lock(mutex_);
      reader_id_ = std::this_thread::get_id();
    }
    bool trouble = false;
    while (AwaitWork()) {
      const absl::Status status = CatchUp();
      if (status.ok() == trouble) {  // once when it begins and once when it ends
        trouble = !status.ok();
        if (trouble)
          log::Warning("cannot read the log", {{"error", std::string(status.message())}});
        if (!trouble) log::Info("the log can be read again");
      }
    }
  }

  // Blocks until poked or the poll is due. False when stopping.
  bool AwaitWork() {
    MutexLock lock(mutex_);
    const bool woken =
        changed_.WaitFor(lock, options_.poll_interval, [&] { return stopping_ || poked_; });
    poked_ = false;
    // Not with each wake-up: the log's id and oldest position change rarely.
    look_at_log_ = look_at_log_ || !woken || RealClock().Monotonic() >= next_look_;
    return !stopping_;
  }

  absl::Status CatchUp() {
    if (look_at_log_) TG_RETURN_IF_ERROR(LookAtLog());
    while (true) {
      const auto events = store_.ReadEvents({.after_position = End(), .max_events = kReadEvents});
      // Retention went past this reader. Watchers in the gap are told so by the store.
      if (absl::IsOutOfRange(events.status())) return StartAnew();
      TG_RETURN_IF_ERROR(events.status());
      if (events->empty()) return absl::OkStatus();
      Append(CommitsOf(*events));
      CallListeners();
    }
  }

  absl::Status LookAtLog() {
    TG_ASSIGN_OR_RETURN(const store::LogInfo found, store_.ReadLogInfo());
    look_at_log_ = false;
    next_look_ = RealClock().Monotonic() + options_.poll_interval;
    {
      MutexLock lock(mutex_);
      log_.oldest_position = found.oldest_position;
      if (found.log_id == log_.log_id) return absl::OkStatus();
    }
    return StartAnew();  // a restore replaced the log
  }

  // Every watcher has to hear of it: what follows its position is no longer in the tail.
  absl::Status StartAnew() {
    TG_RETURN_IF_ERROR(StartTailAtTheEnd());
    CallListeners();
    return absl::OkStatus();
  }

  absl::Status StartTailAtTheEnd() {
    TG_ASSIGN_OR_RETURN(store::LogInfo found, store_.ReadLogInfo());
    MutexLock lock(mutex_);
    log_ = std::move(found);
    tail_.clear();
    tail_events_ = 0;
    tail_bytes_ = 0;
    tail_start_ = log_.newest_position;
    newest_position_ = log_.newest_position;
    ++log_number_;
    return absl::OkStatus();
  }

  int64_t End() const {
    MutexLock lock(mutex_);
    return log_.newest_position;
  }

  void Append(Commits commits) {
    MutexLock lock(mutex_);
    for (auto& commit : commits) {
      log_.newest_position = commit->position;
      tail_events_ += commit->events.size();
      tail_bytes_ += commit->size_bytes;
      tail_.push_back(std::move(commit));
    }
    while (tail_events_ > options_.max_tail_events || tail_bytes_ > options_.max_tail_bytes) {
      tail_events_ -= tail_.front()->events.size();
      tail_bytes_ -= tail_.front()->size_bytes;
      tail_start_ = tail_.front()->position;
      tail_.pop_front();
    }
    newest_position_ = log_.newest_position;
  }

  // One at a time and without the lock, so that a listener may add, remove and read.
  void CallListeners() {
    int last = 0;
    while (true) {
      std::shared_ptr<std::function<void()>> listener;
      {
        MutexLock lock(mutex_);
        running_listener_ = 0;
        listener_returned_.NotifyAll();
        const auto next = listeners_.upper_bound(last);
        if (next == listeners_.end()) return;
        last = running_listener_ = next->first;
        listener = next->second;
      }
      (*listener)();
    }
  }

  store::Store& store_;
  const FeedOptions options_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool poked_ ABSL_GUARDED_BY(mutex_) = false;
  // newest_position is what the tail has reached.
  store::LogInfo log_ ABSL_GUARDED_BY(mutex_);
  // All commits after tail_start_ up to log_.newest_position, oldest first.
  std::deque<std::shared_ptr<const FeedCommit>> tail_ ABSL_GUARDED_BY(mutex_);
  size_t tail_events_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t tail_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Written with the lock held, read without it by every watcher at every message.
  std::atomic<int64_t> tail_start_{0};
  std::atomic<int64_t> newest_position_{0};
  std::atomic<uint64_t> log_number_{0};

  std::map<int, std::shared_ptr<std::function<void()>>> listeners_ ABSL_GUARDED_BY(mutex_);
  int last_listener_ ABSL_GUARDED_BY(mutex_) = 0;
  int running_listener_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: none
  CondVar listener_returned_;
  std::thread::id reader_id_ ABSL_GUARDED_BY(mutex_);

  // The reader thread's own.
  bool look_at_log_ = false;
  absl::Duration next_look_;
  std::thread reader_;
};

Feed::Feed(store::Store* store, FeedOptions options)
    : impl_(std::make_unique<Impl>(store, options)) {}
Feed::~Feed() = default;
absl::Status Feed::Start() { return impl_->Start(); }
void Feed::Stop() { impl_->Stop(); }
void Feed::Poke() { impl_->Poke(); }
store::LogInfo Feed::log() const { return impl_->log(); }
int64_t Feed::newest_position() const { return impl_->newest_position(); }
uint64_t Feed::log_number() const { return impl_->log_number(); }
absl::StatusOr<Commits> Feed::Read(int64_t position, const ReadLimits& limits) {
  return impl_->Read(position, limits);
}
std::optional<Commits> Feed::ReadTail(int64_t position, const ReadLimits& limits) const {
  return impl_->ReadTail(position, limits);
}
int Feed::AddListener(std::function<void()> listener) {
  return impl_->AddListener(std::move(listener));
}
void Feed::RemoveListener(int id) { impl_->RemoveListener(id); }

}  // namespace tunegate::events
