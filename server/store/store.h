// Store: the port to durable state. One kind of thing is stored, a record with a revision; one log
// numbers every commit. Behind it SQLite or PostgreSQL; one contract suite (store_contract_test.h)
// is run by both.
//
//   Transaction t;
//   t.puts.push_back({.record = job, .expected_revision = 3});
//   t.events.push_back({.resource = job.name, .payload = event.SerializeAsString()});
//   TG_ASSIGN_OR_RETURN(CommitResult done, store.Commit(std::move(t)));   // all of it, or nothing
//
// Every method but Peek blocks: call them from a worker, never from a gRPC callback thread.
// Thread-safe.
// What any method may return besides what it says: UNAVAILABLE (STORE_UNAVAILABLE) when the engine
// cannot be reached or the disk is full or failing, and then nothing was kept; INTERNAL
// (STORE_CORRUPT) for a damaged database.
#ifndef TUNEGATE_SERVER_STORE_STORE_H_
#define TUNEGATE_SERVER_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"

namespace tunegate::store {

// A resource as stored: the few columns that are searched, and the serialized
// tunegate.store.v1.*Record. Under 64 KiB; what grows belongs into rows.
struct Record {
  std::string name;   // "jobs/x"; the part before '/' is the kind
  std::string state;  // without prefix: "RUNNING"; empty for kinds without states
  std::string task;   // "tasks/x" or empty
  std::string owner;  // "workflows/x" or empty
  bool terminal = false;
  int64_t revision = 0;                // set by the store: 1 when created, +1 with each put
  absl::Time create_time;              // set by the store at the first put
  std::optional<absl::Time> end_time;  // set by the store when terminal first becomes true
  std::string payload;
};

// The kind of "jobs/x" is "jobs".
std::string_view KindOf(std::string_view name);

// Writes a record. 0 means "must not exist yet".
struct Put {
  Record record;
  int64_t expected_revision = 0;
};

// An event to be logged with the commit.
struct NewEvent {
  std::string resource;
  std::string payload;  // a serialized tunegate.v1.Event without position and time
};

// An event as logged.
struct StoredEvent {
  int64_t position;
  int32_t index;  // within its commit
  std::string resource;
  absl::Time time;
  std::string payload;
};

// A row of what grows: provider events, metrics, findings, calls. Append-only: a row whose (parent,
// stream, key) is there already is left as it is, which makes repeating a step harmless; they go
// only with their whole stream.
struct Row {
  std::string parent;  // a resource's name
  std::string stream;  // "metrics", "calls" ...
  std::string key;     // sorts within the stream: zero-pad numbers
  std::string payload;
};

// All rows of a resource's stream.
struct RowStream {
  std::string parent;
  std::string stream;
};

// Who holds a piece of work: the fencing token. `attempt` rises with each claim.
struct Lease {
  std::string name;
  std::string owner;
  int64_t attempt = 0;
};

// Makes a piece of work due `delay` from now (the store's clock). Creates it when it is not there.
// For work that is there it only ever makes it due earlier, unless it stands in a transaction that
// holds its lease: that one decides, except that a wake-up by others while the lease was held is
// not lost. (The step may have looked before what it was woken for happened; so steps must bear to
// be made once too often, also on what has ended.)
struct ScheduleWork {
  std::string name;  // the resource that is to make a step
  absl::Duration delay;
};

// The same caller, method and request_id give the same resource.
struct Idempotency {
  std::string caller;
  std::string method;
  std::string request_id;
  std::string resource;
  std::string digest;  // of the request, to tell a repetition from a different call
};

// Applied as a whole or not at all.
struct Transaction {
  std::vector<Put> puts;
  std::vector<NewEvent> events;
  std::vector<RowStream> drop_rows;  // what there is of them, before `rows` are appended
  std::vector<Row> rows;
  // Digests of blobs that the records begin to name. They must be there, and no DeleteBlob that
  // looked before this commit erases them afterwards; they count as put by it.
  std::vector<std::string> blobs;
  std::vector<ScheduleWork> schedule;
  // Work that ends with this commit.
  std::vector<std::string> finish;
  // Must still be held: nobody claimed the work since, even if the lease ran out. It is released by
  // the commit, unless keep_lease, which renews it and never makes it end earlier than before.
  // Released work that the transaction neither schedules nor finishes stays due.
  std::optional<Lease> lease;
  bool keep_lease = false;
  absl::Duration lease_duration = absl::Seconds(30);  // for keep_lease
  std::optional<Idempotency> idempotency;
};

struct CommitResult {
  int64_t position;  // of this commit; the log's newest when it had no events
  absl::Time time;
};

// Work that was claimed.
struct ClaimedWork {
  Lease lease;
  absl::Time due_time;
};

// Which records a List gives.
struct ListQuery {
  std::string kind;
  std::string state, task, owner;  // empty: any
  bool oldest_first = false;
  // The last record of the previous page: the listing goes on behind it.
  std::optional<absl::Time> after_create_time;
  std::string after_name;
  int limit = 50;
};

// Which events a ReadEvents gives.
struct EventRange {
  int64_t after_position = 0;
  int64_t max_events = 1000;  // the last commit is always given whole
};

// What a consistent read of all current state gives.
struct Snapshot {
  int64_t position;
  std::vector<Record> records;
};

struct LogInfo {
  std::string log_id;       // renewed by a restore
  int64_t oldest_position;  // a watch can start after this one
  int64_t newest_position;
};

// What an engine says of itself, for operators.
struct Inspection {
  std::string place;                 // the file, or the database without its password
  int64_t schema_version = 0;        // of the database
  int64_t known_schema_version = 0;  // the newest that this program knows
  int64_t size_bytes = 0;            // on disk, with its log; blobs only where they are part of it
  std::string damage;                // what is wrong with it; empty: nothing was found
  std::string checked;               // what was looked through for that: "every page"
};

// A file with a blob's bytes, to be read while this lives. Where the engine keeps blobs as files it
// is theirs; otherwise a copy without a name in any directory, which nobody has to sweep: the
// kernel frees it with this object, or with the process. A file that was opened by its path stays
// readable.
class BlobFile {
 public:
  // One that stays where it is.
  explicit BlobFile(std::string path) : path_(std::move(path)) {}
  // A copy; `descriptor` is closed with it.
  static BlobFile OfDescriptor(int descriptor);
  BlobFile(BlobFile&& other) noexcept;
  BlobFile& operator=(BlobFile&&) = delete;
  ~BlobFile();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
};

// Whether anything that is kept names a blob.
using NameCheck = std::function<absl::StatusOr<bool>()>;

class Store {
 public:
  virtual ~Store() = default;

  // Applies `transaction` and makes it durable before returning. Returns ABORTED (REVISION_CHANGED,
  // LEASE_LOST, with metadata "resource") when a precondition no longer holds, ABORTED (BLOB_GONE,
  // with metadata "sha256") when a blob was erased meanwhile: put it again. ALREADY_EXISTS
  // (NAME_TAKEN, REQUEST_ID_TAKEN with metadata "resource" and "digest"), INVALID_ARGUMENT
  // (NAME_INVALID, RECORD_TOO_LARGE, TEXT_INVALID for a text but a payload that is no UTF-8 without
  // NUL or longer than 800 bytes). UNKNOWN (COMMIT_OUTCOME_UNKNOWN): the engine was lost while it
  // committed and did not come back in time to be asked; read before doing anything again.
  virtual absl::StatusOr<CommitResult> Commit(Transaction transaction) = 0;

  // NOT_FOUND (RESOURCE_NOT_FOUND).
  virtual absl::StatusOr<Record> Get(std::string_view name) = 0;
  // The same, where the store has it in memory and knows that it stands so; never blocks. nullptr
  // says nothing of what Get would give. A store that others write beside it knows of nothing.
  virtual std::shared_ptr<const Record> Peek(std::string_view /*name*/) { return nullptr; }
  // In order of (create_time, name), newest first unless asked otherwise.
  virtual absl::StatusOr<std::vector<Record>> List(const ListQuery& query) = 0;
  // The resource that this request made, if it did.
  virtual absl::StatusOr<std::optional<Idempotency>> FindRequest(std::string_view caller,
                                                                 std::string_view method,
                                                                 std::string_view request_id) = 0;

  // Rows of a stream with key > after_key, by key.
  virtual absl::StatusOr<std::vector<Row>> ReadRows(std::string_view parent,
                                                    std::string_view stream,
                                                    std::string_view after_key, int limit) = 0;

  // Rows of everybody's streams behind `after`, by (parent, stream, key): for checking them all.
  virtual absl::StatusOr<std::vector<Row>> ReadAllRows(const Row& after, int limit) = 0;

  // Events by (position, index). OUT_OF_RANGE (POSITION_TOO_OLD) when some of them are not kept.
  virtual absl::StatusOr<std::vector<StoredEvent>> ReadEvents(const EventRange& range) = 0;
  // The log's ends.
  virtual absl::StatusOr<LogInfo> ReadLogInfo() = 0;
  // How the engine is. `look_for_damage`: also makes the check that is made when it is opened,
  // which reads up to some ten megabytes. Damage that was found since is told either way.
  virtual absl::StatusOr<Inspection> Inspect(bool look_for_damage) = 0;
  // All records of these kinds and the position at which they stood so, in one read transaction.
  virtual absl::StatusOr<Snapshot> ReadSnapshot(const std::vector<std::string>& kinds) = 0;
  // Called after every commit with events or scheduled work, in any thread, also within Commit and
  // in several at once, with no lock of the store held: must not block. (So nobody commits while he
  // holds a lock that the listener takes.) A wake-up only; missing one must do no harm. There is
  // one; nullptr removes it, and then it is not running any more.
  virtual void SetCommitListener(std::function<void()> listener) = 0;

  // Claims at most `limit` pieces of work that are due and not held, the longest due first.
  virtual absl::StatusOr<std::vector<ClaimedWork>> ClaimWork(std::string_view owner,
                                                             absl::Duration lease_duration,
                                                             int limit) = 0;
  // When the next unheld work is due, as a delay from now: below zero when it has been due for so
  // long and nobody has claimed it; nullopt when there is none.
  virtual absl::StatusOr<std::optional<absl::Duration>> NextDue() = 0;

  // Keeps bytes under their SHA-256 (lower-case hexadecimal), durable before it returns. Where they
  // were kept already and damaged since, they are whole again.
  virtual absl::Status PutBlob(std::string_view sha256, std::string_view bytes) = 0;
  // NOT_FOUND (BLOB_NOT_FOUND); INTERNAL (STORE_CORRUPT) when the bytes are not those that were
  // put.
  virtual absl::StatusOr<std::string> GetBlob(std::string_view sha256) = 0;
  // A file with the blob's bytes, for streaming it out, after all of them were read and found to be
  // those that were put. Errors as GetBlob.
  virtual absl::StatusOr<BlobFile> OpenBlob(std::string_view sha256) = 0;
  // Erases a blob, unless `is_named` finds somebody who names it: OK either way, also when it is
  // not there. Whoever begins to name it while `is_named` looks (Transaction::blobs) has it looked
  // again; so nothing that names it is left without it. `is_named` may use the store.
  virtual absl::Status DeleteBlob(std::string_view sha256, const NameCheck& is_named) = 0;

  // The clock of create times, leases and due times: one for all servers that share the store,
  // whatever their machines' clocks say. Reading it does not block. Lives as long as the store.
  virtual const Clock& clock() const = 0;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_STORE_H_
