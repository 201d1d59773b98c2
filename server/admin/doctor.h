// Doctor: looks at everything that can stop the server from doing its work, and says what to do
// about it: configuration, store, providers, clocks, disk, work that waits for a person. It reads
// and asks; it changes and spends nothing.
#ifndef TUNEGATE_SERVER_ADMIN_DOCTOR_H_
#define TUNEGATE_SERVER_ADMIN_DOCTOR_H_

#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "server/admin/provider_access.h"
#include "server/admin/work_pause.h"
#include "server/store/store.h"
#include "tunegate/config/v1/server_config.pb.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::admin {

using Diagnoses = std::vector<v1::Diagnosis>;

// What a disk has, in bytes.
struct DiskSpace {
  int64_t total = 0;
  int64_t free = 0;
};

// Thread-safe. What it is given by pointer is not owned.
class Doctor {
 public:
  struct Sources {
    config::v1::ServerConfig config;
    store::Store* store;
    const WorkPause* pause;
    const Clock* clock;  // this machine's
    std::vector<ProviderAccess> providers;
  };
  explicit Doctor(Sources sources) : sources_(std::move(sources)) {}

  // Everything that was looked at, the worst first. Blocks on store and providers; what cannot be
  // looked at is a diagnosis of its own.
  Diagnoses Examine() const;

 private:
  void ExamineConfig(Diagnoses& found) const;
  void ExamineStore(Diagnoses& found) const;
  void ExamineProviders(Diagnoses& found) const;
  void ExamineDisk(Diagnoses& found) const;
  void ExamineWork(Diagnoses& found) const;

  const Sources sources_;
};

// --- For tests: what is made of what was seen ----------------------------------------------------

v1::Diagnosis DiagnoseDisk(const std::string& path, const DiskSpace& space);
v1::Diagnosis DiagnoseProvider(const ProviderAccess& provider, const ProviderLook& look);
// `what` is "provider 'openai'".
v1::Diagnosis DiagnoseClock(const std::string& what, absl::Duration ahead);

}  // namespace tunegate::admin

#endif  // TUNEGATE_SERVER_ADMIN_DOCTOR_H_
