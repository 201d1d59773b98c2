#include "server/admin/admin_api.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "common/utf8.h"
#include "server/maintenance/backup.h"
#include "server/maintenance/compaction.h"
#include "server/maintenance/store_check.h"

namespace tunegate::admin {
namespace {

// What every client asks first must not wait long for a provider.
constexpr absl::Duration kLookTime = absl::Seconds(2);

}  // namespace

absl::StatusOr<v1::GetServerInfoResponse> AdminApi::GetServerInfo(const rpc::Caller&,
                                                                  const v1::GetServerInfoRequest&) {
  TG_ASSIGN_OR_RETURN(const store::LogInfo log, store_->ReadLogInfo());
  TG_ASSIGN_OR_RETURN(const PauseState pause, pause_->Read());
  lookout_->Look(kLookTime);
  const providers::ConfiguredProvider& provider = providers_->first();
  v1::GetServerInfoResponse response;
  response.set_version(facts_.version);
  response.set_default_provider(provider.provider->name());
  response.set_provider_base_url(provider.provider->base_url());
  response.set_provider_is_sandbox(providers_->IsSandbox(""));
  response.set_oldest_position(log.oldest_position);
  response.set_newest_position(log.newest_position);
  response.set_log_id(log.log_id);
  response.set_work_paused(pause.paused);
  if (pause.paused) response.set_work_paused_reason(pause.reason);
  *response.mutable_start_time() = ToProto(facts_.start_time);
  response.set_store(facts_.store_kind);
  response.set_default_base_model(facts_.default_base_model);
  response.set_decision_public_key(facts_.decision_public_key);
  return response;
}

absl::StatusOr<v1::PauseWorkResponse> AdminApi::PauseWork(const rpc::Caller& caller,
                                                          const v1::PauseWorkRequest& request) {
  if (request.reason().empty() || CodePointCount(request.reason()) > 500) {
    return InvalidField(
        "reason", "is required, with at most 500 characters: who finds work waiting reads it");
  }
  TG_ASSIGN_OR_RETURN(const PauseState pause, pause_->Set(true, request.reason()));
  log::Warning("work paused", {{"caller", caller.name}, {"reason", request.reason()}});
  v1::PauseWorkResponse response;
  *response.mutable_pause_time() = ToProto(pause.since);
  return response;
}

absl::StatusOr<v1::ResumeWorkResponse> AdminApi::ResumeWork(const rpc::Caller& caller,
                                                            const v1::ResumeWorkRequest&) {
  TG_RETURN_IF_ERROR(pause_->Set(false, "").status());
  log::Info("work resumed", {{"caller", caller.name}});
  return v1::ResumeWorkResponse();
}

absl::StatusOr<v1::DiagnoseResponse> AdminApi::Diagnose(const rpc::Caller&,
                                                        const v1::DiagnoseRequest&) {
  v1::DiagnoseResponse response;
  for (v1::Diagnosis& diagnosis : doctor_->Examine()) {
    *response.add_diagnoses() = std::move(diagnosis);
  }
  return response;
}

store::StopCheck AdminApi::StopOf(const rpc::Caller& caller) const {
  return [this, gone = caller.gone] { return !turn_.CheckOpen().ok() || (gone && gone()); };
}

absl::Status AdminApi::Told(const absl::Status& status) const {
  if (!absl::IsCancelled(status)) return status;
  const absl::Status open = turn_.CheckOpen();
  return open.ok() ? status : open;
}

absl::StatusOr<AdminApi::BackupPieces> AdminApi::CreateBackup(const rpc::Caller& caller,
                                                              const v1::CreateBackupRequest&) {
  TG_ASSIGN_OR_RETURN(const auto turn, turn_.Take());
  auto begun = maintenance::Backup::Begin(*care_.caretaker, facts_.version, store_->clock().Now(),
                                          StopOf(caller));
  if (!begun.ok()) return Told(begun.status());
  const backup::Manifest& manifest = (*begun)->manifest();
  log::Info("backup begun", {{"caller", caller.name},
                             {"position", manifest.position},
                             {"database_bytes", manifest.database_bytes},
                             {"blobs", manifest.blob_count}});
  // The turn ends when the backup is gone, with all that it keeps on the disk.
  std::shared_ptr<maintenance::Backup> backup(begun->release(),
                                              [turn](maintenance::Backup* done) { delete done; });
  return [this, backup]() -> absl::StatusOr<std::optional<v1::CreateBackupResponse>> {
    TG_RETURN_IF_ERROR(turn_.CheckOpen());
    TG_ASSIGN_OR_RETURN(std::string piece, backup->Next());
    if (piece.empty()) {
      log::Info("backup sent", {{"position", backup->manifest().position}});
      return std::nullopt;
    }
    v1::CreateBackupResponse response;
    response.set_chunk(std::move(piece));
    return response;
  };
}

absl::StatusOr<v1::CheckStoreResponse> AdminApi::CheckStore(const rpc::Caller& caller,
                                                            const v1::CheckStoreRequest&) {
  TG_ASSIGN_OR_RETURN(const auto turn, turn_.Take());
  auto response = maintenance::CheckStore(*store_, *care_.caretaker, StopOf(caller));
  if (!response.ok()) return Told(response.status());
  return response;
}

absl::StatusOr<v1::CompactStoreResponse> AdminApi::CompactStore(const rpc::Caller& caller,
                                                                const v1::CompactStoreRequest&) {
  TG_ASSIGN_OR_RETURN(const auto turn, turn_.Take());
  auto response =
      maintenance::CompactStore(*store_, *care_.caretaker, care_.retention, StopOf(caller));
  if (!response.ok()) return Told(response.status());
  log::Info("store compacted", {{"caller", caller.name},
                                {"dropped_events", response->dropped_events()},
                                {"dropped_blobs", response->dropped_blobs()},
                                {"freed_bytes", response->freed_bytes()}});
  return response;
}

}  // namespace tunegate::admin
