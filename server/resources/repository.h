// Repository: typed access to resources, once for all kinds. It knows the fields that every
// resource has (1-10 of tunegate.v1) by reflection, so that a new kind costs no line here.
//
//   TG_ASSIGN_OR_RETURN(Stored<JobRecord> job, repository.Get<JobRecord>("jobs/x"));
//   job.record.mutable_resource()->set_state(v1::Job::STATE_RUNNING);
//   store::Transaction t;
//   repository.Write(t, job, v1::Event::TYPE_STATE_CHANGED, "running: 3 epochs");
//   TG_RETURN_IF_ERROR(store->Commit(std::move(t)).status());
#ifndef TUNEGATE_SERVER_RESOURCES_REPOSITORY_H_
#define TUNEGATE_SERVER_RESOURCES_REPOSITORY_H_

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
#include "common/clock.h"
#include "common/errors.h"
#include "server/rpc/caller.h"
#include "server/store/store.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::resources {

// What sets one kind of resource apart.
struct Kind {
  std::string_view collection;  // "jobs"
  std::string_view noun;        // "job"
  // States, without prefix, in which it no longer changes by itself. A kind without states is
  // always in one.
  std::vector<std::string_view> terminal_states;
};

// The kind of a stored record; each domain specializes it for its own.
template <typename Record>
const Kind& KindOf();

// A record as read, with the revision that a write expects.
template <typename Record>
struct Stored {
  Record record;
  int64_t revision = 0;

  auto& resource() { return *record.mutable_resource(); }
  const auto& resource() const { return record.resource(); }
};

// What every List request says.
struct ListArguments {
  int page_size = 0;
  std::string_view page_token, filter, order_by;
};

template <typename Request>
ListArguments ListArgumentsOf(const Request& request) {
  return {request.page_size(), request.page_token(), request.filter(), request.order_by()};
}

template <typename Record>
struct Page {
  std::vector<Record> records;
  std::string next_page_token;
};

// A Create call that may be a repetition.
struct Creation {
  rpc::Caller caller;
  std::string_view method;
  std::string request_id;  // empty: not idempotent
  std::string digest;      // of the request
};

// The creation of `request`, whose own request_id is its identity.
template <typename Request>
Creation CreationOf(const rpc::Caller& caller, std::string_view method, const Request& request);

// The path at which a wrong state is named: FAILED_PRECONDITION (WRONG_STATE).
Error WrongState(std::string_view name, std::string_view state, std::string_view wanted);

// Thread-safe; every method but Peek blocks on the store.
class Repository {
 public:
  Repository(store::Store* store, const Clock* clock) : store_(store), clock_(clock) {}

  store::Store& store() { return *store_; }
  const Clock& clock() const { return *clock_; }

  // NOT_FOUND (RESOURCE_NOT_FOUND) and INVALID_FIELD for `field` name the resource.
  template <typename Record>
  absl::StatusOr<Stored<Record>> Get(std::string_view name, std::string_view field = "name") {
    Stored<Record> stored;
    TG_ASSIGN_OR_RETURN(stored.revision, Load(KindOf<Record>(), name, field, stored.record));
    return stored;
  }

  // As Get, where that takes no waiting (Store::Peek): copies what is public of it. False: ask Get,
  // which finds it, or says what is wrong.
  template <typename Record, typename Resource>
  bool Peek(std::string_view name, Resource& resource) {
    Record record;
    if (!LoadKnown(KindOf<Record>(), name, record)) return false;
    resource = std::move(*record.mutable_resource());
    return true;
  }

  // Puts the record into `transaction` with its bookkeeping fields set, and logs the change. The
  // stored revision moves on as if the commit had happened: after a failed one read again.
  template <typename Record>
  void Write(store::Transaction& transaction, Stored<Record>& stored, v1::Event::Type type,
             std::string_view message) {
    AddWrite(KindOf<Record>(), transaction, stored.record, stored.revision++, type, message);
  }

  // The same without an event: for private fields, in which nobody who watches takes an interest.
  template <typename Record>
  void WriteQuietly(store::Transaction& transaction, Stored<Record>& stored) {
    Write(transaction, stored, v1::Event::TYPE_UPDATED, "");
    transaction.events.pop_back();
  }

  // Reads the record, lets `change(stored, transaction)` write it, and commits; from the start
  // again whenever somebody else was faster, or has erased bytes that `change` had put, so that
  // what `change` knows of the world is never dropped. `change` returns an absl::Status and may run
  // more than once. Returns the record as committed.
  template <typename Record, typename Change>
  absl::StatusOr<Stored<Record>> Update(std::string_view name, Change change) {
    while (true) {
      TG_ASSIGN_OR_RETURN(Stored<Record> stored, Get<Record>(name));
      store::Transaction transaction;
      TG_RETURN_IF_ERROR(change(stored, transaction));
      const absl::Status status = store_->Commit(std::move(transaction)).status();
      if (status.ok()) return stored;
      const std::string reason = DetailsOf(status).reason;
      if (reason != "REVISION_CHANGED" && reason != "BLOB_GONE") return status;
    }
  }

  // Commits a transaction that creates `name`. Returns the name of what the request made, which for
  // a repeated request is what its first made. ALREADY_EXISTS (NAME_TAKEN, REQUEST_ID_REUSED).
  absl::StatusOr<std::string> CommitCreation(store::Transaction transaction,
                                             const Creation& creation, const std::string& name);
  // What an earlier call with the same request_id made; nullopt when there was none.
  // ALREADY_EXISTS (REQUEST_ID_REUSED) when it had another body.
  absl::StatusOr<std::optional<std::string>> FindCreated(const Creation& creation);

  // One page of a kind. INVALID_FIELD for what cannot be read in the arguments.
  template <typename Record>
  absl::StatusOr<Page<Record>> List(const ListArguments& arguments) {
    Page<Record> page;
    Record prototype;
    TG_RETURN_IF_ERROR(ListInto(KindOf<Record>(), arguments, prototype, page.next_page_token,
                                [&page](google::protobuf::Message& record) {
                                  page.records.push_back(std::move(static_cast<Record&>(record)));
                                }));
    return page;
  }

 private:
  absl::StatusOr<int64_t> Load(const Kind& kind, std::string_view name, std::string_view field,
                               google::protobuf::Message& record);
  bool LoadKnown(const Kind& kind, std::string_view name, google::protobuf::Message& record);
  void AddWrite(const Kind& kind, store::Transaction& transaction,
                google::protobuf::Message& record, int64_t revision, v1::Event::Type type,
                std::string_view message);
  absl::Status ListInto(const Kind& kind, const ListArguments& arguments,
                        google::protobuf::Message& scratch, std::string& next_page_token,
                        const std::function<void(google::protobuf::Message&)>& take);

  store::Store* store_;
  const Clock* clock_;
};

// A digest of the message that is the same for the same content.
std::string MessageDigest(const google::protobuf::Message& message);

template <typename Request>
Creation CreationOf(const rpc::Caller& caller, std::string_view method, const Request& request) {
  return {caller, method, request.request_id(), MessageDigest(request)};
}

// OK when `etag` is empty or the resource's; otherwise ABORTED (ETAG_MISMATCH).
absl::Status CheckEtag(std::string_view name, std::string_view etag, std::string_view current);

// Checks display_name and labels of a resource in a request. INVALID_FIELD under `field`.
absl::Status CheckCommonFields(const google::protobuf::Message& resource, std::string_view field);

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_RESOURCES_REPOSITORY_H_
