#include "tests/crash/dying_ports.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "server/evaluations/run/ledger.h"
#include "server/providers/forwarding_provider.h"
#include "server/store/forwarding_store.h"

namespace tunegate::crash {
namespace {

// Numbers the points by their name ("before commit", "after call"), writes each down as it is
// passed, and dies at one of them, which is then the last line. Thread-safe.
class Fate {
 public:
  // `point` as in DyingOptions; `log` may be null.
  Fate(std::string point, std::FILE* log) : point_(std::move(point)), log_(log) {}
  ~Fate() {
    if (log_ != nullptr) std::fclose(log_);
  }

  // `what` says more about the point, for readers.
  void Pass(std::string_view name, std::string_view what) {
    MutexLock lock(mutex_);
    const std::string point = absl::StrCat(std::string(name), " ", ++passed_[std::string(name)]);
    if (log_ != nullptr) {
      std::fprintf(log_, "%s %.*s\n", point.c_str(), static_cast<int>(what.size()), what.data());
      std::fflush(log_);
    }
    if (point == point_) kill(getpid(), SIGKILL);
  }

 private:
  const std::string point_;
  std::FILE* const log_;
  Mutex mutex_;
  std::map<std::string, int64_t> passed_ ABSL_GUARDED_BY(mutex_);
};

class DyingStore final : public store::ForwardingStore {
 public:
  DyingStore(std::unique_ptr<store::Store> target, std::shared_ptr<Fate> fate)
      : ForwardingStore(target.get()), target_(std::move(target)), fate_(std::move(fate)) {}

  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    const std::string name = NameOf(transaction);
    const auto answers = std::count_if(
        transaction.rows.begin(), transaction.rows.end(),
        [](const store::Row& row) { return row.stream == evaluations::kCallsStream; });
    fate_->Pass("before commit", name);
    auto result = ForwardingStore::Commit(std::move(transaction));
    const bool recorded = result.ok() && answers > 0;
    fate_->Pass("after commit", recorded ? absl::StrCat(name, " answers ", answers) : name);
    return result;
  }

  // Only what claimed something changed anything, and only afterwards is that known.
  absl::StatusOr<std::vector<store::ClaimedWork>> ClaimWork(std::string_view owner,
                                                            absl::Duration lease_duration,
                                                            int limit) override {
    auto claimed = ForwardingStore::ClaimWork(owner, lease_duration, limit);
    if (claimed.ok() && !claimed->empty()) fate_->Pass("after claim", (*claimed)[0].lease.name);
    return claimed;
  }

  absl::Status PutBlob(std::string_view sha256, std::string_view bytes) override {
    fate_->Pass("before blob", "put");
    const absl::Status status = ForwardingStore::PutBlob(sha256, bytes);
    fate_->Pass("after blob", "put");
    return status;
  }
  absl::Status DeleteBlob(std::string_view sha256, const store::NameCheck& is_named) override {
    fate_->Pass("before blob", "delete");
    const absl::Status status = ForwardingStore::DeleteBlob(sha256, is_named);
    fate_->Pass("after blob", "delete");
    return status;
  }

 private:
  static std::string NameOf(const store::Transaction& transaction) {
    if (!transaction.puts.empty()) return transaction.puts[0].record.name;
    return transaction.lease.has_value() ? transaction.lease->name : "";
  }

  const std::unique_ptr<store::Store> target_;
  const std::shared_ptr<Fate> fate_;
};

class DyingProvider final : public providers::ForwardingProvider {
 public:
  DyingProvider(std::shared_ptr<providers::Provider> target, std::shared_ptr<Fate> fate)
      : ForwardingProvider(std::move(target)), fate_(std::move(fate)) {}

 protected:
  void Before(std::string_view method) override { fate_->Pass("before call", method); }
  void After(std::string_view method) override { fate_->Pass("after call", method); }

 private:
  const std::shared_ptr<Fate> fate_;
};

// Whether `point` is "before|after commit|call|claim|blob NUMBER".
bool IsPoint(const std::string& point) {
  const std::vector<std::string> words = absl::StrSplit(point, ' ');
  int64_t number = 0;
  return words.size() == 3 && (words[0] == "before" || words[0] == "after") &&
         (words[1] == "commit" || words[1] == "call" || words[1] == "claim" ||
          words[1] == "blob") &&
         absl::SimpleAtoi(words[2], &number) && number > 0;
}

absl::StatusOr<std::shared_ptr<Fate>> ReadFate(const DyingOptions& options) {
  if (!options.die.empty() && !IsPoint(options.die)) {
    return InvalidField("die", "expected 'before|after commit|call|claim|blob NUMBER'");
  }
  std::FILE* log = nullptr;
  if (!options.log_file.empty()) {
    log = std::fopen(options.log_file.c_str(), "w");
    if (log == nullptr) return InvalidField("log_file", "cannot be written");
  }
  return std::make_shared<Fate>(options.die, log);
}

}  // namespace

absl::StatusOr<PortWrappers> MakeDyingPorts(const DyingOptions& options) {
  TG_ASSIGN_OR_RETURN(const std::shared_ptr<Fate> fate, ReadFate(options));
  PortWrappers wrappers;
  wrappers.store = [fate](std::unique_ptr<store::Store> store) {
    return std::make_unique<DyingStore>(std::move(store), fate);
  };
  wrappers.provider = [fate](std::shared_ptr<providers::Provider> provider) {
    return std::make_shared<DyingProvider>(std::move(provider), fate);
  };
  return wrappers;
}

}  // namespace tunegate::crash
