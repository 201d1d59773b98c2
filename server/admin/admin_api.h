// AdminApi: the methods of AdminService, without gRPC.
#ifndef TUNEGATE_SERVER_ADMIN_ADMIN_API_H_
#define TUNEGATE_SERVER_ADMIN_ADMIN_API_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/admin/doctor.h"
#include "server/admin/sandbox_lookout.h"
#include "server/admin/work_pause.h"
#include "server/maintenance/care_turn.h"
#include "server/providers/provider_set.h"
#include "server/rpc/caller.h"
#include "server/store/caretaker.h"
#include "server/store/store.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::admin {

// What does not change while the server runs.
struct ServerFacts {
  std::string version;
  std::string store_kind;
  std::string default_base_model;
  absl::Time start_time;
  std::string decision_public_key = "";  // PEM; empty: decisions are not signed
};

// What the store is cared for with.
struct StoreCare {
  store::Caretaker* caretaker = nullptr;
  store::Retention retention = {};
};

// Thread-safe; blocks on the store. What it is given is not owned.
//
// CheckStore, CompactStore and CreateBackup go one at a time: RESOURCE_EXHAUSTED (CARE_UNDER_WAY).
// A caller who goes away stops them, and so does the server's drain: UNAVAILABLE (SERVER_DRAINING),
// soon, but for a caller of CreateBackup who reads nothing, who is let go when the drain is over.
class AdminApi {
 public:
  // Gives the archive's next bytes; nullopt at its end. What is kept for it goes with the last
  // copy.
  using BackupPieces = std::function<absl::StatusOr<std::optional<v1::CreateBackupResponse>>()>;

  AdminApi(store::Store* store, const providers::ProviderSet* providers, WorkPause* pause,
           const Doctor* doctor, SandboxLookout* lookout, ServerFacts facts, StoreCare care)
      : store_(store),
        providers_(providers),
        pause_(pause),
        doctor_(doctor),
        lookout_(lookout),
        facts_(std::move(facts)),
        care_(care) {}

  absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo(const rpc::Caller& caller,
                                                          const v1::GetServerInfoRequest& request);
  // INVALID_FIELD without a reason.
  absl::StatusOr<v1::PauseWorkResponse> PauseWork(const rpc::Caller& caller,
                                                  const v1::PauseWorkRequest& request);
  absl::StatusOr<v1::ResumeWorkResponse> ResumeWork(const rpc::Caller& caller,
                                                    const v1::ResumeWorkRequest& request);
  absl::StatusOr<v1::DiagnoseResponse> Diagnose(const rpc::Caller& caller,
                                                const v1::DiagnoseRequest& request);
  // FAILED_PRECONDITION (NOT_HERE) where the store's own tools do it.
  absl::StatusOr<BackupPieces> CreateBackup(const rpc::Caller& caller,
                                            const v1::CreateBackupRequest& request);
  absl::StatusOr<v1::CheckStoreResponse> CheckStore(const rpc::Caller& caller,
                                                    const v1::CheckStoreRequest& request);
  absl::StatusOr<v1::CompactStoreResponse> CompactStore(const rpc::Caller& caller,
                                                        const v1::CompactStoreRequest& request);

  // Ends what takes long, and refuses more of it from now on. Does not block.
  void Drain() { turn_.Close(); }

 private:
  // What stops a call that takes long.
  store::StopCheck StopOf(const rpc::Caller& caller) const;
  // `status` of such a call as its caller is told it.
  absl::Status Told(const absl::Status& status) const;

  store::Store* store_;
  const providers::ProviderSet* providers_;
  WorkPause* pause_;
  const Doctor* doctor_;
  SandboxLookout* lookout_;
  const ServerFacts facts_;
  const StoreCare care_;
  maintenance::CareTurn turn_;
};

}  // namespace tunegate::admin

#endif  // TUNEGATE_SERVER_ADMIN_ADMIN_API_H_
