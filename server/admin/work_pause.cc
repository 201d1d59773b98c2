#include "server/admin/work_pause.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::admin {
namespace {

constexpr char kName[] = "settings/work";

}  // namespace

absl::StatusOr<PauseState> WorkPause::Read() const {
  absl::StatusOr<store::Record> row = store_->Get(kName);
  if (absl::IsNotFound(row.status())) return PauseState{};
  TG_RETURN_IF_ERROR(row.status());
  store::v1::WorkPauseRecord record;
  if (!record.ParseFromString(row->payload)) {
    return Internal("STORE_CORRUPT", "the stored record settings/work cannot be parsed");
  }
  return PauseState{record.paused(), record.reason(), FromProto(record.pause_time())};
}

absl::StatusOr<PauseState> WorkPause::Set(bool paused, std::string_view reason) {
  while (true) {
    absl::StatusOr<store::Record> row = store_->Get(kName);
    if (!row.ok() && !absl::IsNotFound(row.status())) return row.status();
    store::v1::WorkPauseRecord record;
    record.set_paused(paused);
    record.set_reason(std::string(reason));
    *record.mutable_pause_time() = ToProto(clock_->Now());
    store::Put put;
    put.expected_revision = row.ok() ? row->revision : 0;
    put.record.name = kName;
    put.record.payload = record.SerializeAsString();
    store::Transaction transaction;
    transaction.puts.push_back(std::move(put));
    const absl::Status status = store_->Commit(std::move(transaction)).status();
    // Somebody else switched at the same time: ours comes after theirs.
    if (absl::IsAborted(status) || absl::IsAlreadyExists(status)) continue;
    TG_RETURN_IF_ERROR(status);
    return PauseState{paused, record.reason(), FromProto(record.pause_time())};
  }
}

v1::Failure WorkPause::FailureFor(const PauseState& state) {
  v1::Failure failure;
  failure.set_reason(std::string(kWorkPaused));
  failure.set_message(absl::StrCat("all work is paused: ", state.reason));
  failure.set_remedy("tunegate admin resume");
  return failure;
}

}  // namespace tunegate::admin
