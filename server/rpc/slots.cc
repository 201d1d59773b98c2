#include "server/rpc/slots.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/errors.h"

namespace tunegate::rpc {

Slots::Slot::Slot(Slot&& other) noexcept
    : slots_(std::exchange(other.slots_, nullptr)), client_(std::move(other.client_)) {}

Slots::Slot& Slots::Slot::operator=(Slot&& other) noexcept {
  std::swap(slots_, other.slots_);
  std::swap(client_, other.client_);
  return *this;
}

Slots::Slot::~Slot() {
  if (slots_ != nullptr) slots_->GiveBack(client_);
}

absl::StatusOr<Slots::Slot> Slots::Take(std::string_view client) {
  MutexLock lock(mutex_);
  const auto found = by_client_.find(client);
  const int of_client = found == by_client_.end() ? 0 : found->second;
  const bool client_is_full = limits_.per_client > 0 && of_client >= limits_.per_client;
  if (client_is_full || (limits_.total > 0 && held_ >= limits_.total)) {
    const int limit = client_is_full ? limits_.per_client : limits_.total;
    return ResourceExhausted(limits_.reason,
                             absl::StrCat(client_is_full ? "this client has " : "this server has ",
                                          limit, " ", limits_.what,
                                          ", which is its limit; end some, or raise `limits` in "
                                          "the server's configuration"))
        .Metadata("limit", absl::StrCat(limit))
        .RetryAfter(absl::Seconds(1));
  }
  ++held_;
  ++by_client_[std::string(client)];
  return Slot(this, std::string(client));
}

int Slots::held() const {
  MutexLock lock(mutex_);
  return held_;
}

void Slots::GiveBack(const std::string& client) {
  MutexLock lock(mutex_);
  --held_;
  const auto found = by_client_.find(client);
  if (--found->second == 0) by_client_.erase(found);
}

std::string ClientOf(std::string_view caller, bool authenticated, std::string_view peer) {
  if (authenticated) return absl::StrCat("caller ", std::string(caller));
  const size_t port = peer.starts_with("ip") ? peer.rfind(':') : std::string_view::npos;
  return std::string(peer.substr(0, port));
}

}  // namespace tunegate::rpc
