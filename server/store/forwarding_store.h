// ForwardingStore: passes every call on to another store. Tests override what they want to fail,
// delay or count.
#ifndef TUNEGATE_SERVER_STORE_FORWARDING_STORE_H_
#define TUNEGATE_SERVER_STORE_FORWARDING_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/store/store.h"

namespace tunegate::store {

// As thread-safe as the other.
class ForwardingStore : public Store {
 public:
  // `target` outlives it.
  explicit ForwardingStore(Store* target) : target_(*target) {}

  absl::StatusOr<CommitResult> Commit(Transaction transaction) override {
    return target_.Commit(std::move(transaction));
  }
  absl::StatusOr<Record> Get(std::string_view name) override { return target_.Get(name); }
  std::shared_ptr<const Record> Peek(std::string_view name) override { return target_.Peek(name); }
  absl::StatusOr<std::vector<Record>> List(const ListQuery& query) override {
    return target_.List(query);
  }
  absl::StatusOr<std::optional<Idempotency>> FindRequest(std::string_view caller,
                                                         std::string_view method,
                                                         std::string_view request_id) override {
    return target_.FindRequest(caller, method, request_id);
  }
  absl::StatusOr<std::vector<Row>> ReadRows(std::string_view parent, std::string_view stream,
                                            std::string_view after_key, int limit) override {
    return target_.ReadRows(parent, stream, after_key, limit);
  }
  absl::StatusOr<std::vector<Row>> ReadAllRows(const Row& after, int limit) override {
    return target_.ReadAllRows(after, limit);
  }
  absl::StatusOr<std::vector<StoredEvent>> ReadEvents(const EventRange& range) override {
    return target_.ReadEvents(range);
  }
  absl::StatusOr<LogInfo> ReadLogInfo() override { return target_.ReadLogInfo(); }
  absl::StatusOr<Inspection> Inspect(bool look_for_damage) override {
    return target_.Inspect(look_for_damage);
  }
  absl::StatusOr<Snapshot> ReadSnapshot(const std::vector<std::string>& kinds) override {
    return target_.ReadSnapshot(kinds);
  }
  void SetCommitListener(std::function<void()> listener) override {
    target_.SetCommitListener(std::move(listener));
  }
  absl::StatusOr<std::vector<ClaimedWork>> ClaimWork(std::string_view owner,
                                                     absl::Duration lease_duration,
                                                     int limit) override {
    return target_.ClaimWork(owner, lease_duration, limit);
  }
  absl::StatusOr<std::optional<absl::Duration>> NextDue() override { return target_.NextDue(); }
  absl::Status PutBlob(std::string_view sha256, std::string_view bytes) override {
    return target_.PutBlob(sha256, bytes);
  }
  absl::StatusOr<std::string> GetBlob(std::string_view sha256) override {
    return target_.GetBlob(sha256);
  }
  absl::StatusOr<BlobFile> OpenBlob(std::string_view sha256) override {
    return target_.OpenBlob(sha256);
  }
  absl::Status DeleteBlob(std::string_view sha256, const NameCheck& is_named) override {
    return target_.DeleteBlob(sha256, is_named);
  }
  const Clock& clock() const override { return target_.clock(); }

 private:
  Store& target_;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_FORWARDING_STORE_H_
