// Committer: lets one thread of a process write at a time, for all that wait. It takes all that
// wait, applies each so that a refused one leaves no trace, commits them together with one sync to
// disk, and only then lets them go. That is what makes a counter that is locked to commit
// affordable. Whoever comes while nobody writes does so itself: a caller that is alone changes no
// thread. For those who came meanwhile a thread of its own goes on, until nobody waits any more:
// it is awake already, and the database waits for nobody who is still being woken.
//
// It knows no SQL: an Engine does the writing, one a database.
#ifndef TUNEGATE_SERVER_STORE_COMMITTER_H_
#define TUNEGATE_SERVER_STORE_COMMITTER_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/store/store.h"

namespace tunegate::store {

// The arguments of Store::ClaimWork.
struct ClaimRequest {
  std::string owner;
  absl::Duration lease_duration;
  int limit = 0;
};

// What a caller waits for, and what it gets.
using WriteRequest = std::variant<Transaction, ClaimRequest>;
using WriteResult = std::variant<absl::Status, CommitResult, std::vector<ClaimedWork>>;

// A request of a batch, and where its result goes.
struct BatchMember {
  const WriteRequest& request;
  WriteResult& result;
};

// Writes batches. Called from one thread at a time.
class Engine {
 public:
  virtual ~Engine() = default;
  // Writes `batch` as one SQL transaction, durable before it returns, and fills in every result: a
  // member that is refused, with the codes of Store::Commit, has left no trace. An error: nothing
  // of it was kept, unless it is COMMIT_OUTCOME_UNKNOWN; then no result means anything.
  virtual absl::Status Write(const std::vector<BatchMember>& batch) = 0;
};

// An engine that is as fast one member after the other: Begin, then any number of Apply and Claim,
// then End.
class SequentialEngine : public Engine {
 public:
  absl::Status Write(const std::vector<BatchMember>& batch) final;
  // Opens a batch. An error: nothing was opened, End must not be called.
  virtual absl::Status Begin() = 0;
  // Applies one transaction to the open batch. On an error it has left no trace in the batch, and
  // the codes are those of Store::Commit.
  virtual absl::StatusOr<CommitResult> Apply(const Transaction& transaction) = 0;
  // Claims within the open batch.
  virtual absl::StatusOr<std::vector<ClaimedWork>> Claim(const ClaimRequest& request) = 0;
  // Makes the batch durable. An error: nothing of it was.
  virtual absl::Status End() = 0;
};

// Thread-safe. The destructor closes it.
class Committer {
 public:
  // `engine` outlives the committer. At most `max_batch` transactions go into one batch.
  explicit Committer(Engine* engine, size_t max_batch = 256);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // As Store::Commit and Store::ClaimWork.
  absl::StatusOr<CommitResult> Commit(Transaction transaction);
  absl::StatusOr<std::vector<ClaimedWork>> Claim(ClaimRequest request);

  // How many wait for whoever writes.
  size_t WaitingCount() const;

  // Waits for those who wait; who comes later gets UNAVAILABLE. Idempotent.
  void Close();

  // As Store::SetCommitListener. Returns when the previous listener does not run any more; so it
  // must not be called from a listener.
  void SetListener(std::function<void()> listener);
  // Calls the listener as a commit does: others have committed.
  void CallListener();

 private:
  struct Waiting;
  // Requests that were written together.
  struct Batch {
    std::vector<Waiting*> members;
    bool worth_a_look = false;  // the listener is to be told
  };
  // A caller's request, on the caller's stack while it waits.
  struct Waiting {
    explicit Waiting(WriteRequest what) : request(std::move(what)) {}
    const WriteRequest request;
    WriteResult result;
    // Its own: callers that are woken together do not stand in line for one lock.
    Mutex mutex;
    bool written ABSL_GUARDED_BY(mutex) = false;
    CondVar woken;
    // What is left to do for its batch by the one that is woken first.
    Batch batch;
  };

  // Returns when the result of `waiting` is there.
  void Await(Waiting& waiting);
  // Queues `waiting`; says what the caller is to do. kLeave: too late, nothing is taken any more.
  enum class Turn { kLeave, kLead, kWait };
  Turn Join(Waiting& waiting);
  static void AwaitWritten(Waiting& waiting);
  // The caller is counted no more.
  void Leave();
  // Writes what waits, and has the rest written by the thread if somebody came meanwhile.
  void Lead();
  // The thread: writes on whenever it is told to, until nobody waits.
  void WriteOn();
  // Returns when there is something for it to write; false when it is to end.
  bool AwaitLead();
  // Takes what waits and writes it.
  Batch WriteNext();
  // Fills in the results. True when something was committed that others should look at.
  bool Write(const std::vector<Waiting*>& batch);
  // Lets everybody go but the first, and tells the listener.
  void Finish(const Batch& batch);
  static void Wake(Waiting& waiting);

  Engine* const engine_;
  const size_t max_batch_;
  mutable Mutex mutex_;
  CondVar left_;
  std::deque<Waiting*> queue_ ABSL_GUARDED_BY(mutex_);
  bool led_ ABSL_GUARDED_BY(mutex_) = false;  // somebody writes, or has been told to
  int callers_ ABSL_GUARDED_BY(mutex_) = 0;   // that have not left yet
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  CondVar thread_woken_;
  bool thread_leads_ ABSL_GUARDED_BY(mutex_) = false;  // it is the one that writes, or is to
  bool thread_ends_ ABSL_GUARDED_BY(mutex_) = false;

  Mutex listener_mutex_;
  CondVar listener_returned_;
  std::function<void()> listener_ ABSL_GUARDED_BY(listener_mutex_);
  int listeners_running_ ABSL_GUARDED_BY(listener_mutex_) = 0;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_COMMITTER_H_
