#include "server/jobs/job_lookup.h"

#include "common/errors.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::jobs {

using store::v1::JobRecord;

namespace {

bool Follows(const v1::Job& job, const std::string& provider, const std::string& provider_job) {
  return job.provider() == provider && job.provider_job() == provider_job &&
         job.failure().reason() != kProviderJobLost;
}

}  // namespace

absl::StatusOr<std::string> FindByProviderJob(store::Store& store, const std::string& provider,
                                              const std::string& provider_job) {
  store::ListQuery query;
  query.kind = "jobs";
  query.limit = 1000;
  while (true) {
    TG_ASSIGN_OR_RETURN(const auto rows, store.List(query));
    for (const store::Record& row : rows) {
      JobRecord record;
      if (record.ParseFromString(row.payload) &&
          Follows(record.resource(), provider, provider_job)) {
        return row.name;
      }
    }
    if (rows.size() < static_cast<size_t>(query.limit)) return std::string();
    query.after_create_time = rows.back().create_time;
    query.after_name = rows.back().name;
  }
}

}  // namespace tunegate::jobs
