#include "server/admin/doctor.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "server/providers/failure.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::admin {
namespace {

using v1::Diagnosis;

constexpr absl::Duration kProviderTime = absl::Seconds(10);
// Webhooks that are signed further away are refused.
constexpr absl::Duration kBadSkew = absl::Seconds(300);
constexpr absl::Duration kNotableSkew = absl::Seconds(5);
constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kLittleSpace = 1024 * kMiB;
constexpr int64_t kNoSpace = 100 * kMiB;
constexpr int kMostBlocked = 20;

Diagnosis Make(std::string_view check, Diagnosis::Severity severity, std::string_view message,
               std::string_view remedy = "") {
  Diagnosis diagnosis;
  diagnosis.set_check(std::string(check));
  diagnosis.set_severity(severity);
  diagnosis.set_message(std::string(message));
  diagnosis.set_remedy(std::string(remedy));
  return diagnosis;
}

std::string Size(int64_t bytes) {
  const double mib = static_cast<double>(bytes) / static_cast<double>(kMiB);
  return mib < 1024 ? absl::StrFormat("%.1f MiB", mib) : absl::StrFormat("%.1f GiB", mib / 1024);
}

std::string Text(const absl::Status& status) { return std::string(status.message()); }

// What keeps a record's work from going on.
template <typename Record>
std::vector<v1::Failure> FailuresOf(const Record& record) {
  return {record.resource().failure()};
}

std::vector<v1::Failure> FailuresOf(const store::v1::DatasetRecord& record) {
  std::vector<v1::Failure> failures;
  for (const auto& file : record.resource().provider_files()) {
    if (file.has_failure()) failures.push_back(file.failure());
  }
  return failures;
}

// Work of one kind that waits for a person in `state`.
template <typename Record>
void FindBlocked(store::Store& store, const char* kind, const char* noun, const char* state,
                 Diagnoses& found) {
  store::ListQuery query;
  query.kind = kind;
  query.state = state;
  query.limit = kMostBlocked + 1;
  const auto rows = store.List(query);
  if (!rows.ok()) {
    found.push_back(Make("work.blocked", Diagnosis::SEVERITY_ERROR,
                         absl::StrCat(kind, " cannot be listed: ", Text(rows.status())),
                         "see the store's diagnoses"));
    return;
  }
  int shown = 0;
  for (const store::Record& row : *rows) {
    Record record;
    if (!record.ParseFromString(row.payload)) continue;  // CheckStore's to find
    for (const v1::Failure& failure : FailuresOf(record)) {
      // What waits for the switch goes on with it; the switch has a diagnosis of its own.
      if (failure.reason() == kWorkPaused) continue;
      const bool by_itself = failure.reason() == providers::kProviderUnreachable;
      const auto severity = by_itself ? Diagnosis::SEVERITY_WARNING : Diagnosis::SEVERITY_ERROR;
      if (++shown > kMostBlocked) {
        found.push_back(Make("work.blocked", Diagnosis::SEVERITY_ERROR,
                             absl::StrCat("there are more blocked ", kind),
                             absl::StrCat("tunegate ", noun, " list --filter state=", state)));
        return;
      }
      found.push_back(Make("work.blocked", severity,
                           absl::StrCat(row.name, ": ", failure.reason(), ": ", failure.message()),
                           failure.remedy()));
    }
  }
}

}  // namespace

Diagnosis DiagnoseDisk(const std::string& path, const DiskSpace& space) {
  const std::string message =
      absl::StrCat(Size(space.free), " of ", Size(space.total), " are free at ", path);
  constexpr char kRemedy[] =
      "free some, or move data_dir to a larger disk; without space nothing is written any more";
  if (space.free < kNoSpace) {
    return Make("disk.space", Diagnosis::SEVERITY_ERROR, message, kRemedy);
  }
  if (space.free < kLittleSpace || space.free < space.total / 50) {
    return Make("disk.space", Diagnosis::SEVERITY_WARNING, message, kRemedy);
  }
  return Make("disk.space", Diagnosis::SEVERITY_OK, message);
}

Diagnosis DiagnoseProvider(const ProviderAccess& provider, const ProviderLook& look) {
  if (look.status.ok()) {
    return Make("provider.key", Diagnosis::SEVERITY_OK,
                absl::StrCat("provider '", provider.name, "' at ", provider.base_url,
                             " answers and takes the key",
                             look.sandbox ? "; it is the sandbox, no language model" : ""));
  }
  std::string remedy = "look at its status page, and at network and proxy between here and there";
  if (DetailsOf(look.status).reason == "KEY_REJECTED") {
    remedy =
        "give the server a valid key (api_key_file, or the variable api_key_env) and restart "
        "it";
  } else if (absl::IsPermissionDenied(look.status)) {
    remedy = "let the key list models or files";
  } else if (absl::IsInvalidArgument(look.status)) {
    remedy = "mend the configuration of this provider and restart the server";
  }
  return Make("provider.key", Diagnosis::SEVERITY_ERROR,
              absl::StrCat(Text(look.status), " (", provider.base_url, ")"), remedy);
}

Diagnosis DiagnoseClock(const std::string& what, absl::Duration ahead) {
  const absl::Duration off = absl::AbsDuration(ahead);
  const std::string message =
      off < kNotableSkew
          ? absl::StrCat("agrees with the clock of ", what)
          : absl::StrFormat("is %.0f seconds %s the clock of %s", absl::ToDoubleSeconds(off),
                            ahead > absl::ZeroDuration() ? "behind" : "ahead of", what);
  const auto severity = off < kNotableSkew ? Diagnosis::SEVERITY_OK
                        : off < kBadSkew   ? Diagnosis::SEVERITY_WARNING
                                           : Diagnosis::SEVERITY_ERROR;
  return Make(
      "clock.skew", severity, absl::StrCat("this server's clock ", message),
      severity == Diagnosis::SEVERITY_OK ? "" : "run an NTP client: timedatectl set-ntp true");
}

Diagnoses Doctor::Examine() const {
  Diagnoses found;
  ExamineConfig(found);
  ExamineStore(found);
  ExamineProviders(found);
  ExamineDisk(found);
  ExamineWork(found);
  std::stable_sort(found.begin(), found.end(), [](const Diagnosis& a, const Diagnosis& b) {
    return a.severity() > b.severity();
  });
  return found;
}

void Doctor::ExamineConfig(Diagnoses& found) const {
  const config::v1::ServerConfig& config = sources_.config;
  const size_t before = found.size();
  if (config.insecure_public()) {
    found.push_back(Make("config.public", Diagnosis::SEVERITY_WARNING,
                         "insecure_public is set: whoever reaches this server may spend",
                         "set tls and callers instead"));
  }
  const bool webhooks =
      std::any_of(config.providers().begin(), config.providers().end(),
                  [](const auto& provider) { return !provider.webhook_secret_file().empty(); });
  if (webhooks && config.http_listen().empty()) {
    found.push_back(Make("config.webhooks", Diagnosis::SEVERITY_WARNING,
                         "a webhook_secret_file is set, and nobody listens for webhooks",
                         "set http_listen"));
  }
  if (config.sqlite_synchronous() == "normal" && config.store() == "sqlite") {
    found.push_back(Make("config.synchronous", Diagnosis::SEVERITY_WARNING,
                         "a power cut may take the last acknowledged changes along",
                         "set sqlite_synchronous: \"full\", unless that is what you want"));
  }
  if (found.size() == before) {
    found.push_back(Make("config", Diagnosis::SEVERITY_OK,
                         absl::StrCat("is whole; data is kept in ", config.data_dir())));
  }
}

void Doctor::ExamineStore(Diagnoses& found) const {
  const auto inspection = sources_.store->Inspect(/*look_for_damage=*/true);
  if (!inspection.ok()) {
    found.push_back(Make("store", Diagnosis::SEVERITY_ERROR, Text(inspection.status()),
                         "mend what is said above; nothing is acknowledged that is not kept"));
    return;
  }
  const bool newer = inspection->schema_version > inspection->known_schema_version;
  found.push_back(
      Make("store.schema", newer ? Diagnosis::SEVERITY_WARNING : Diagnosis::SEVERITY_OK,
           absl::StrCat("schema ", inspection->schema_version, " at ", inspection->place,
                        ", this program knows up to ", inspection->known_schema_version),
           newer ? "a newer server has changed it: bring this one up to date" : ""));
  if (inspection->damage.empty()) {
    found.push_back(Make("store.integrity", Diagnosis::SEVERITY_OK,
                         absl::StrCat("no damage was found; checked: ", inspection->checked)));
  } else {
    found.push_back(Make("store.integrity", Diagnosis::SEVERITY_ERROR, inspection->damage,
                         "stop the server, keep a copy of the data, restore a backup"));
  }
  const auto log = sources_.store->ReadLogInfo();
  found.push_back(Make("store.size", log.ok() ? Diagnosis::SEVERITY_OK : Diagnosis::SEVERITY_ERROR,
                       log.ok() ? absl::StrCat(Size(inspection->size_bytes), ", positions ",
                                               log->oldest_position, " to ", log->newest_position)
                                : Text(log.status())));
  found.push_back(
      DiagnoseClock("the store", sources_.store->clock().Now() - sources_.clock->Now()));
}

void Doctor::ExamineProviders(Diagnoses& found) const {
  for (const ProviderAccess& provider : sources_.providers) {
    const ProviderLook look = provider.look(kProviderTime);
    found.push_back(DiagnoseProvider(provider, look));
    if (look.clock_ahead.has_value()) {
      found.push_back(
          DiagnoseClock(absl::StrCat("provider '", provider.name, "'"), *look.clock_ahead));
    }
  }
}

void Doctor::ExamineDisk(Diagnoses& found) const {
  const std::string& path = sources_.config.data_dir();
  struct statvfs disk {};
  if (statvfs(path.c_str(), &disk) != 0) {
    found.push_back(Make("disk.space", Diagnosis::SEVERITY_ERROR,
                         absl::StrCat("cannot look at ", path, ": ", std::strerror(errno)),
                         "let the server's user read the directory"));
    return;
  }
  const auto block = static_cast<int64_t>(disk.f_frsize);
  found.push_back(DiagnoseDisk(path, {.total = static_cast<int64_t>(disk.f_blocks) * block,
                                      .free = static_cast<int64_t>(disk.f_bavail) * block}));
}

void Doctor::ExamineWork(Diagnoses& found) const {
  const absl::StatusOr<PauseState> pause = sources_.pause->Read();
  if (!pause.ok()) {
    found.push_back(Make("work.paused", Diagnosis::SEVERITY_ERROR, Text(pause.status()),
                         "see the store's diagnoses"));
  } else if (pause->paused) {
    found.push_back(Make("work.paused", Diagnosis::SEVERITY_ERROR,
                         absl::StrCat("all work is paused: ", pause->reason),
                         "tunegate admin resume"));
  } else {
    found.push_back(Make("work.paused", Diagnosis::SEVERITY_OK, "work is not paused"));
  }
  const size_t before = found.size();
  store::Store& store = *sources_.store;
  FindBlocked<store::v1::JobRecord>(store, "jobs", "job", "BLOCKED", found);
  FindBlocked<store::v1::EvaluationRecord>(store, "evaluations", "eval", "BLOCKED", found);
  FindBlocked<store::v1::WorkflowRecord>(store, "workflows", "workflow", "BLOCKED", found);
  FindBlocked<store::v1::DatasetRecord>(store, "datasets", "dataset", "DELETING", found);
  if (found.size() == before) {
    found.push_back(Make("work.blocked", Diagnosis::SEVERITY_OK, "nothing waits for a person"));
  }
}

}  // namespace tunegate::admin
