#include "server/events/watch_stream.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "server/events/event_api.h"
#include "server/metrics/catalogue.h"
#include "server/rpc/status.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::events {
namespace {

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// A slice that shares `bytes`.
grpc::Slice SliceOf(const std::shared_ptr<const std::string>& bytes) {
  using Owner = std::shared_ptr<const std::string>;
  return grpc::Slice(
      const_cast<char*>(bytes->data()), bytes->size(),
      [](void* owner) { delete static_cast<Owner*>(owner); }, new Owner(bytes));
}

grpc::ByteBuffer BufferOf(const WatchMessage& message) {
  absl::InlinedVector<grpc::Slice, 2> slices;
  for (const auto& event : message.events) slices.push_back(SliceOf(event));
  slices.emplace_back(message.rest);
  return grpc::ByteBuffer(slices.data(), slices.size());
}

absl::Status Draining(std::optional<int64_t> position) {
  if (!position) {
    return Unavailable("SERVER_DRAINING", "the server shuts down; begin anew");
  }
  return Unavailable("SERVER_DRAINING",
                     absl::StrCat("the server shuts down; go on with after_position ", *position))
      .Metadata("position", absl::StrCat(*position));
}

}  // namespace

WatchStream::WatchStream(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request,
                         const WatchContext& watch)
    : watch_(watch) {
  watch_.hub->Enter(this);
  call_.record = rpc::Dispatcher::Open(context, "WatchEvents", rpc::CallRecord::Shape::kWatch);
  const absl::Status admitted = Admit(*context);
  if (!admitted.ok()) {
    End(admitted);
  } else if (!RunOnThePool([this, bytes = BytesOf(request)] { Open(bytes); })) {
    End(rpc::Dispatcher::Overloaded());
  }
}

absl::Status WatchStream::Admit(const grpc::CallbackServerContext& context) {
  TG_RETURN_IF_ERROR(watch_.dispatcher->Identify(context, call_));
  TG_ASSIGN_OR_RETURN(call_.slot, watch_.slots->Take(call_.caller.client));
  return absl::OkStatus();
}

void WatchStream::Open(const std::string& request) {
  v1::WatchEventsRequest parsed;
  if (!parsed.ParseFromString(request)) {
    return End(InvalidArgument("MALFORMED_REQUEST", "the request is no WatchEventsRequest"));
  }
  call_.record->SetResource(absl::StrJoin(parsed.resources(), ","));
  absl::StatusOr<WatchRequest> asked = ReadWatchRequest(parsed);
  if (!asked.ok()) return End(asked.status());
  // It may have waited for long, and a snapshot costs much.
  if (absl::Status over = CheckGoesOn(asked->after_position); !over.ok()) return End(over);
  auto core = WatchCore::Open(watch_.feed, watch_.store, *std::move(asked), watch_.options);
  if (!core.ok()) return End(core.status());
  core_ = *std::move(core);
  Pump(WatchCore::Mode::kMayBlock);
}

absl::Status WatchStream::CheckGoesOn(std::optional<int64_t> position) const {
  if (cancelled_) return absl::CancelledError("the subscriber has cancelled");
  if (watch_.hub->draining()) return Draining(position);
  return absl::OkStatus();
}

void WatchStream::Pump(WatchCore::Mode mode) {
  while (true) {
    if (ended_) return;
    const uint64_t generation = watch_.hub->generation();
    if (absl::Status over = CheckGoesOn(core_->position()); !over.ok()) return End(over);
    absl::StatusOr<std::optional<WatchMessage>> next = core_->NextMessage(mode);
    if (!next.ok()) return End(next.status());
    if (next->has_value()) {
      message_ = BufferOf(**next);
      sent_position_ = core_->position().value_or(kNothingSent);
      metrics::TheCatalogue().watch_messages.Add();
      StartWrite(&message_);
      return;
    }
    if (core_->ended()) return End(absl::OkStatus());
    if (core_->must_block()) return PumpOnThePool();
    // Once it waits, the stream may be woken and gone: nothing of it may be touched any more.
    if (watch_.hub->Wait(this, generation)) return;
  }
}

void WatchStream::PumpOnThePool() {
  if (!RunOnThePool([this] { Pump(WatchCore::Mode::kMayBlock); })) {
    End(Draining(core_->position()));
  }
}

bool WatchStream::RunOnThePool(std::function<void()> work) {
  return watch_.readers->Submit([this, work = std::move(work)] {
    const rpc::CallScope scope(*call_.record);
    work();  // after which the stream may be gone
  });
}

void WatchStream::OnWriteDone(bool ok) {
  if (!ok) return End(absl::CancelledError("the subscriber has gone"));
  Pump(WatchCore::Mode::kNeverBlocks);
}

void WatchStream::Wake() { Pump(WatchCore::Mode::kNeverBlocks); }

bool WatchStream::BookmarkDue() { return core_->UntilBookmark() <= absl::ZeroDuration(); }

void WatchStream::OnCancel() {
  cancelled_ = true;
  // Idle: the turn is taken back and the stream ends here. Otherwise whoever has it sees the flag.
  if (watch_.hub->Remove(this)) Pump(WatchCore::Mode::kNeverBlocks);
}

void WatchStream::End(const absl::Status& status) {
  if (ended_.exchange(true)) return;
  call_.record->End(status);
  Finish(rpc::ToGrpcStatus(status));
}

void WatchStream::OnDone() {
  call_ = {};  // before Leave: after it the server may be gone
  watch_.hub->Leave(this);
  delete this;
}

}  // namespace tunegate::events
