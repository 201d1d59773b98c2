#include "server/store/committer.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/utf8.h"
#include "server/metrics/catalogue.h"
#include "server/store/blob_status.h"

namespace tunegate::store {
namespace {

constexpr size_t kMaxRecordBytes = 64 * 1024;
// Three of them still fit one entry of a PostgreSQL index.
constexpr size_t kMaxTextBytes = 800;

// PostgreSQL keeps neither NUL nor ill-formed UTF-8 in a text; what it refuses would take all other
// members of a batch along. So no engine takes it.
absl::Status CheckTexts(std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    if (text.size() <= kMaxTextBytes && text.find('\0') == std::string_view::npos &&
        IsValidUtf8(text)) {
      continue;
    }
    const std::string shown = Abbreviate(ToValidUtf8(text), 80);
    return InvalidArgument("TEXT_INVALID", absl::StrCat("the name or key '", shown,
                                                        "' is not UTF-8 without NUL of at most ",
                                                        kMaxTextBytes, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view name) {
  TG_RETURN_IF_ERROR(CheckTexts({name}));
  const size_t slash = name.find('/');
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == name.size()) {
    return InvalidArgument("NAME_INVALID", absl::StrCat("the resource name '", std::string(name),
                                                        "' is not of the form KIND/ID"));
  }
  return absl::OkStatus();
}

// What is wrong with a transaction whatever the database holds.
absl::Status CheckTransaction(const Transaction& transaction) {
  for (const Put& put : transaction.puts) {
    TG_RETURN_IF_ERROR(CheckName(put.record.name));
    TG_RETURN_IF_ERROR(CheckTexts({put.record.state, put.record.task, put.record.owner}));
    if (put.record.payload.size() > kMaxRecordBytes) {
      return InvalidArgument(
                 "RECORD_TOO_LARGE",
                 absl::StrCat("'", put.record.name, "' would take ", put.record.payload.size(),
                              " bytes; at most ", kMaxRecordBytes, " are kept of one resource"))
          .Metadata("resource", put.record.name);
    }
  }
  for (const NewEvent& event : transaction.events) TG_RETURN_IF_ERROR(CheckName(event.resource));
  for (const ScheduleWork& work : transaction.schedule) TG_RETURN_IF_ERROR(CheckName(work.name));
  for (const RowStream& rows : transaction.drop_rows) {
    TG_RETURN_IF_ERROR(CheckTexts({rows.parent, rows.stream}));
  }
  for (const Row& row : transaction.rows) {
    TG_RETURN_IF_ERROR(CheckTexts({row.parent, row.stream, row.key}));
  }
  for (const std::string& name : transaction.finish) TG_RETURN_IF_ERROR(CheckTexts({name}));
  for (const std::string& sha256 : transaction.blobs) TG_RETURN_IF_ERROR(CheckDigest(sha256));
  if (transaction.lease) {
    TG_RETURN_IF_ERROR(CheckTexts({transaction.lease->name, transaction.lease->owner}));
  }
  if (transaction.idempotency) {
    const Idempotency& request = *transaction.idempotency;
    TG_RETURN_IF_ERROR(CheckName(request.resource));
    TG_RETURN_IF_ERROR(
        CheckTexts({request.caller, request.method, request.request_id, request.digest}));
  }
  return absl::OkStatus();
}

// What a batch did, for metrics. `kept`: it was written.
void Count(const std::vector<BatchMember>& batch, bool kept) {
  metrics::Catalogue& metrics = metrics::TheCatalogue();
  metrics.store_batches.Add();
  metrics.batch_size.Observe(static_cast<double>(batch.size()));
  int64_t committed = 0, refused = 0, failed = 0;
  for (const BatchMember& member : batch) {
    const auto* transaction = std::get_if<Transaction>(&member.request);
    if (transaction == nullptr) continue;
    if (std::holds_alternative<CommitResult>(member.result)) {
      ++committed;
      metrics.events_appended.Add(static_cast<int64_t>(transaction->events.size()));
    } else {
      ++(kept ? refused : failed);
    }
  }
  metrics.transactions.Of({"committed"}).Add(committed);
  metrics.transactions.Of({"refused"}).Add(refused);
  metrics.transactions.Of({"failed"}).Add(failed);
}

}  // namespace

absl::Status SequentialEngine::Write(const std::vector<BatchMember>& batch) {
  TG_RETURN_IF_ERROR(Begin());
  for (const BatchMember& member : batch) {
    if (const auto* claim = std::get_if<ClaimRequest>(&member.request)) {
      auto claimed = Claim(*claim);
      if (claimed.ok()) {
        member.result = *std::move(claimed);
      } else {
        member.result = std::move(claimed).status();
      }
      continue;
    }
    const auto committed = Apply(std::get<Transaction>(member.request));
    if (committed.ok()) {
      member.result = *committed;
    } else {
      member.result = committed.status();
    }
  }
  return End();
}

Committer::Committer(Engine* engine, size_t max_batch)
    : engine_(engine), max_batch_(max_batch), thread_([this] { WriteOn(); }) {}

Committer::~Committer() {
  Close();
  {
    MutexLock lock(mutex_);
    thread_ends_ = true;
    thread_woken_.NotifyOne();
  }
  thread_.join();
}

size_t Committer::WaitingCount() const {
  MutexLock lock(mutex_);
  return queue_.size();
}

void Committer::Close() {
  MutexLock lock(mutex_);
  stopping_ = true;
  left_.Wait(lock, [&] { return callers_ == 0; });
}

absl::StatusOr<CommitResult> Committer::Commit(Transaction transaction) {
  TG_RETURN_IF_ERROR(CheckTransaction(transaction));
  Waiting waiting(std::move(transaction));
  const absl::Duration begin = RealClock().Monotonic();
  Await(waiting);
  metrics::TheCatalogue().commit_wait.Observe(RealClock().Monotonic() - begin);
  if (auto* failed = std::get_if<absl::Status>(&waiting.result)) return *std::move(failed);
  return std::get<CommitResult>(waiting.result);
}

absl::StatusOr<std::vector<ClaimedWork>> Committer::Claim(ClaimRequest request) {
  TG_RETURN_IF_ERROR(CheckTexts({request.owner}));
  Waiting waiting(std::move(request));
  Await(waiting);
  if (auto* failed = std::get_if<absl::Status>(&waiting.result)) return *std::move(failed);
  return std::get<std::vector<ClaimedWork>>(std::move(waiting.result));
}

void Committer::Await(Waiting& waiting) {
  switch (Join(waiting)) {
    case Turn::kLeave:
      waiting.result = absl::Status(Unavailable("STORE_UNAVAILABLE", "the store is being closed"));
      return;
    case Turn::kLead:
      Lead();
      break;
    case Turn::kWait:
      AwaitWritten(waiting);
      Finish(waiting.batch);
      break;
  }
  Leave();
}

Committer::Turn Committer::Join(Waiting& waiting) {
  MutexLock lock(mutex_);
  if (stopping_) return Turn::kLeave;
  ++callers_;
  queue_.push_back(&waiting);
  return std::exchange(led_, true) ? Turn::kWait : Turn::kLead;
}

void Committer::AwaitWritten(Waiting& waiting) {
  MutexLock lock(waiting.mutex);
  waiting.woken.Wait(lock, [&] { return waiting.written; });
}

void Committer::Leave() {
  MutexLock lock(mutex_);
  if (--callers_ == 0 && stopping_) left_.NotifyAll();
}

void Committer::Lead() {
  const Batch batch = WriteNext();
  {
    // First, so that the thread writes while the others are woken.
    MutexLock lock(mutex_);
    led_ = thread_leads_ = !queue_.empty();
    if (thread_leads_) thread_woken_.NotifyOne();
  }
  Finish(batch);
}

void Committer::WriteOn() {
  while (AwaitLead()) {
    Batch batch = WriteNext();
    // It wakes the others, so that the next batch waits for one waking alone.
    Waiting& first = *batch.members.front();
    first.batch = std::move(batch);
    Wake(first);
  }
}

bool Committer::AwaitLead() {
  MutexLock lock(mutex_);
  if (thread_leads_ && queue_.empty()) led_ = thread_leads_ = false;
  thread_woken_.Wait(lock, [&] { return thread_leads_ || thread_ends_; });
  return thread_leads_;
}

Committer::Batch Committer::WriteNext() {
  Batch batch;
  {
    MutexLock lock(mutex_);
    const auto end = queue_.begin() + static_cast<ptrdiff_t>(std::min(queue_.size(), max_batch_));
    batch.members.assign(queue_.begin(), end);
    queue_.erase(queue_.begin(), end);
  }
  batch.worth_a_look = Write(batch.members);
  return batch;
}

void Committer::Finish(const Batch& batch) {
  for (size_t i = 1; i < batch.members.size(); ++i) Wake(*batch.members[i]);
  if (batch.worth_a_look) CallListener();
}

void Committer::Wake(Waiting& waiting) {
  MutexLock lock(waiting.mutex);
  waiting.written = true;
  // Under the lock: once it is released, the caller may leave and take `waiting` along.
  waiting.woken.NotifyOne();
}

bool Committer::Write(const std::vector<Waiting*>& batch) {
  std::vector<BatchMember> members;
  members.reserve(batch.size());
  for (Waiting* waiting : batch) members.push_back({waiting->request, waiting->result});
  const absl::Duration begin = RealClock().Monotonic();
  const absl::Status status = engine_->Write(members);
  metrics::TheCatalogue().batch_seconds.Observe(RealClock().Monotonic() - begin);
  if (!status.ok()) {
    // Refusals, too: they were judged by what the batch would have left, and it left nothing.
    for (Waiting* waiting : batch) waiting->result = status;
  }
  Count(members, status.ok());
  if (!status.ok()) return false;
  return std::any_of(batch.begin(), batch.end(), [](const Waiting* waiting) {
    const auto* transaction = std::get_if<Transaction>(&waiting->request);
    return transaction != nullptr && std::holds_alternative<CommitResult>(waiting->result) &&
           (!transaction->events.empty() || !transaction->schedule.empty());
  });
}

void Committer::CallListener() {
  std::function<void()> listener;
  {
    MutexLock lock(listener_mutex_);
    if (!listener_) return;
    listener = listener_;
    ++listeners_running_;
  }
  listener();
  MutexLock lock(listener_mutex_);
  --listeners_running_;
  listener_returned_.NotifyAll();
}

void Committer::SetListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
  listener_returned_.Wait(lock, [&] { return listeners_running_ == 0; });
}

}  // namespace tunegate::store
