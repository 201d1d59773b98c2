// Slots: how many things of a kind one client, and all of them together, may hold at the same time.
//
//   Slots watches({.total = 20000, .per_client = 10000, .reason = "TOO_MANY_WATCHES",
//                  .what = "open watches"});
//   TG_ASSIGN_OR_RETURN(Slots::Slot slot, watches.Take(client));   // given back when destroyed
#ifndef TUNEGATE_SERVER_RPC_SLOTS_H_
#define TUNEGATE_SERVER_RPC_SLOTS_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/mutex.h"

namespace tunegate::rpc {

struct SlotLimits {
  int total = 0;       // 0: no limit
  int per_client = 0;  // 0: no limit
  std::string reason;  // of the error: "TOO_MANY_CALLS"
  std::string what;    // for people: "calls under way"
};

// Thread-safe. Outlives its slots.
class Slots {
 public:
  explicit Slots(SlotLimits limits) : limits_(std::move(limits)) {}
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  // One place, held until destroyed. Movable, not thread-safe.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept;
    Slot& operator=(Slot&& other) noexcept;
    ~Slot();

   private:
    friend class Slots;
    Slot(Slots* slots, std::string client) : slots_(slots), client_(std::move(client)) {}
    Slots* slots_ = nullptr;
    std::string client_;
  };

  // RESOURCE_EXHAUSTED (the limits' reason, with RetryInfo) when the client, or all together, hold
  // as many as they may.
  absl::StatusOr<Slot> Take(std::string_view client);

  // How many are held.
  int held() const;

 private:
  void GiveBack(const std::string& client);

  const SlotLimits limits_;
  mutable Mutex mutex_;
  int held_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int, std::less<>> by_client_ ABSL_GUARDED_BY(mutex_);
};

// Who a limit counts for: the caller's name where it is proven, otherwise the address without its
// port. `peer` is gRPC's ("ipv4:192.0.2.1:1234", "ipv6:%5B::1%5D:1234", "unix:").
std::string ClientOf(std::string_view caller, bool authenticated, std::string_view peer);

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_SLOTS_H_
