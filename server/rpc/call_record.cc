#include "server/rpc/call_record.h"

#include <algorithm>
#include <atomic>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/utf8.h"

namespace tunegate::rpc {
namespace {

constexpr size_t kLongestId = 64;
constexpr size_t kLongestResource = 200;

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  std::string_view("._:-").find(c) != std::string_view::npos;
         });
}

// How every subscriber's watch ends: it leaves, or the server tells it to go on elsewhere. When a
// crowd of them ends so at once, the log is for others.
bool IsUsualEnd(CallRecord::Shape shape, const absl::Status& status) {
  return shape == CallRecord::Shape::kWatch &&
         (absl::IsCancelled(status) || DetailsOf(status).reason == "SERVER_DRAINING");
}

}  // namespace

std::string RequestIdFrom(std::string_view given) {
  if (IsId(given)) return std::string(given);
  static const std::string& process = *new std::string(RandomHex(6));
  static std::atomic<uint64_t> count{0};
  return absl::StrCat(process, "-", absl::Hex(++count));
}

CallRecord::CallRecord(std::string_view method, Shape shape, std::string_view given_id)
    : method_(method),
      shape_(shape),
      id_(RequestIdFrom(given_id)),
      begin_(RealClock().Monotonic()),
      in_flight_(metrics::TheCatalogue().rpcs_in_flight) {}

CallRecord::~CallRecord() { End(absl::CancelledError("the call was left")); }

void CallRecord::SetResource(std::string_view resource) {
  resource_ = Abbreviate(ToValidUtf8(resource), kLongestResource);
}

void CallRecord::End(const absl::Status& status) {
  if (ended_) return;
  ended_ = true;
  metrics::Catalogue& metrics = metrics::TheCatalogue();
  const std::string code = absl::StatusCodeToString(status.code());
  const absl::Duration took = RealClock().Monotonic() - begin_;
  metrics.rpcs.Of({method_, code}).Add();
  if (shape_ == Shape::kUnary) metrics.rpc_seconds.Of({method_}).Observe(took);
  if (status.ok()) return;
  const CallScope scope(*this);
  const log::Fields fields = {{"method", std::string(method_)},
                              {"caller", caller_},
                              {"code", code},
                              {"reason", DetailsOf(status).reason},
                              {"message", std::string(status.message())},
                              {"seconds", absl::ToDoubleSeconds(took)}};
  const auto write = IsUsualEnd(shape_, status) ? log::Debug : log::Info;
  write("call failed", fields);
}

}  // namespace tunegate::rpc
