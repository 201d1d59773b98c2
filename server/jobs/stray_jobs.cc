#include "server/jobs/stray_jobs.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/proto_time.h"
#include "server/jobs/job_observation.h"
#include "server/providers/failure.h"

namespace tunegate::jobs {
namespace {

using providers::Consequence;
using providers::RemoteJob;
using store::v1::JobRecord;
using store::v1::StrayJob;

// So often in a row the provider must deny that it knows it before that is believed: one that comes
// back from an outage may not know for a while what it knew.
constexpr int kDenials = 6;

absl::Time TimeOf(const StrayJob& stray) {
  return stray.has_next_attempt_time() ? FromProto(stray.next_attempt_time())
                                       : absl::InfinitePast();
}

auto FindStray(const std::string& provider_job, JobRecord& record) {
  auto& strays = *record.mutable_strays();
  return std::find_if(strays.begin(), strays.end(),
                      [&](const StrayJob& stray) { return stray.provider_job() == provider_job; });
}

}  // namespace

bool HasStrayWork(const JobRecord& record) {
  return !record.strays().empty() || record.has_next_stray_look_time();
}

absl::Time NextStrayTime(const JobRecord& record) {
  absl::Time next = record.has_next_stray_look_time() ? FromProto(record.next_stray_look_time())
                                                      : absl::InfiniteFuture();
  for (const StrayJob& stray : record.strays()) next = std::min(next, TimeOf(stray));
  return next;
}

bool StrayLookIsDue(const JobRecord& record, absl::Time now) {
  return record.has_next_stray_look_time() && now >= FromProto(record.next_stray_look_time());
}

void MoveStrayLook(absl::Time time, JobRecord& record) {
  if (record.has_next_stray_look_time()) *record.mutable_next_stray_look_time() = ToProto(time);
}

bool AddStray(const std::string& provider_job, JobRecord& record) {
  if (provider_job == record.resource().provider_job()) return false;
  if (FindStray(provider_job, record) != record.mutable_strays()->end()) return false;
  record.add_strays()->set_provider_job(provider_job);
  return true;
}

void KeepJob(const std::string& provider_job, JobRecord& record) {
  record.mutable_resource()->set_provider_job(provider_job);
  const auto stray = FindStray(provider_job, record);
  if (stray != record.mutable_strays()->end()) record.mutable_strays()->erase(stray);
}

void AddLostJob(JobRecord& record) {
  record.add_strays()->set_provider_job(record.resource().provider_job());
}

std::string NameOfStray(const std::string& provider_job, const JobRecord& record) {
  const bool lost = provider_job == record.resource().provider_job();
  return absl::StrCat(lost ? "lost job " : "twin ", provider_job);
}

std::vector<StrayJob> DueStrays(const JobRecord& record, absl::Time now) {
  std::vector<StrayJob> due;
  std::copy_if(record.strays().begin(), record.strays().end(), std::back_inserter(due),
               [&](const StrayJob& stray) { return TimeOf(stray) <= now; });
  return due;
}

StrayAttempt CancelStray(providers::Provider& provider, const StrayJob& stray) {
  const std::string& id = stray.provider_job();
  StrayAttempt attempt;
  attempt.provider_job = id;
  absl::StatusOr<RemoteJob> seen = provider.CancelJob(id);
  // A refusal may mean that it has ended by itself.
  if (!seen.ok() && providers::ConsequenceOf(seen.status()) == Consequence::kGiveUp) {
    const absl::Status refusal = seen.status();
    seen = provider.GetJob(id);
    attempt.denied = absl::IsNotFound(seen.status());
    if (seen.ok() && !HasEnded(*seen)) seen = refusal;
  }
  attempt.retry_delay = providers::TryAgainDelay(seen.status(), stray.attempts() + 1);
  if (seen.ok()) {
    attempt.ended = HasEnded(*seen);
    attempt.message = absl::StrCat(attempt.ended ? "" : "is asked to end: ", seen->status);
    return attempt;
  }
  attempt.ended = attempt.denied && stray.denials() + 1 >= kDenials;
  attempt.message = absl::StrCat(attempt.ended ? "is not known any more: " : "not cancelled yet: ",
                                 std::string(seen.status().message()));
  return attempt;
}

void RecordAttempts(const std::vector<StrayAttempt>& attempts, absl::Time now, JobRecord& record) {
  for (const StrayAttempt& attempt : attempts) {
    const auto stray = FindStray(attempt.provider_job, record);
    if (stray == record.mutable_strays()->end()) continue;
    if (attempt.ended) {
      record.mutable_strays()->erase(stray);
      continue;
    }
    stray->set_attempts(stray->attempts() + 1);
    stray->set_denials(attempt.denied ? stray->denials() + 1 : 0);
    *stray->mutable_next_attempt_time() = ToProto(now + attempt.retry_delay);
  }
}

}  // namespace tunegate::jobs
