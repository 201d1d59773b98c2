#include "tests/crash/dying_ports.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "server/providers/forwarding_provider.h"
#include "server/store/forwarding_store.h"

namespace tunegate::crash {
namespace {

// Counts the points of each kind ("commit", "call") and dies at one of them. Thread-safe.
class Fate {
 public:
  Fate(std::string when, std::string kind, int64_t number, std::FILE* log)
      : when_(std::move(when)), kind_(std::move(kind)), number_(number), log_(log) {}
  ~Fate() {
    if (log_ != nullptr) std::fclose(log_);
  }

  // The point's number.
  int64_t Before(std::string_view kind, std::string_view what) {
    MutexLock lock(mutex_);
    const int64_t number = ++passed_[std::string(kind)];
    if (log_ != nullptr) {
      std::fprintf(log_, "%.*s %lld %.*s\n", static_cast<int>(kind.size()), kind.data(),
                   static_cast<long long>(number), static_cast<int>(what.size()), what.data());
      std::fflush(log_);
    }
    DieIf("before", kind, number);
    return number;
  }
  void After(std::string_view kind, int64_t number) const { DieIf("after", kind, number); }

 private:
  void DieIf(std::string_view when, std::string_view kind, int64_t number) const {
    if (when == when_ && kind == kind_ && number == number_) kill(getpid(), SIGKILL);
  }

  const std::string when_, kind_;
  const int64_t number_;
  std::FILE* const log_;
  Mutex mutex_;
  std::map<std::string, int64_t> passed_ ABSL_GUARDED_BY(mutex_);
};

class DyingStore final : public store::ForwardingStore {
 public:
  DyingStore(std::unique_ptr<store::Store> target, std::shared_ptr<Fate> fate)
      : ForwardingStore(target.get()), target_(std::move(target)), fate_(std::move(fate)) {}

  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    const int64_t number = fate_->Before("commit", NameOf(transaction));
    auto result = ForwardingStore::Commit(std::move(transaction));
    fate_->After("commit", number);
    return result;
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
  void Before(std::string_view method) override { fate_->Before("call", method); }
  // Answers come in their own order: the n-th answer, whichever call it belongs to.
  void After(std::string_view) override { fate_->After("call", answers_.fetch_add(1) + 1); }

 private:
  const std::shared_ptr<Fate> fate_;
  std::atomic<int64_t> answers_{0};
};

absl::StatusOr<std::shared_ptr<Fate>> ReadFate(const DyingOptions& options) {
  std::FILE* log = nullptr;
  if (!options.log_file.empty()) {
    log = std::fopen(options.log_file.c_str(), "w");
    if (log == nullptr) return InvalidField("log_file", "cannot be written");
  }
  if (options.die.empty()) return std::make_shared<Fate>("", "", 0, log);
  const std::vector<std::string> words = absl::StrSplit(options.die, ' ');
  int64_t number = 0;
  if (words.size() != 3 || !absl::SimpleAtoi(words[2], &number) || number < 1 ||
      (words[0] != "before" && words[0] != "after") ||
      (words[1] != "commit" && words[1] != "call")) {
    return InvalidField("die", "expected 'before|after commit|call NUMBER'");
  }
  return std::make_shared<Fate>(words[0], words[1], number, log);
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
