// /fine_tuning/jobs: create, list, read, cancel, pause, resume, events, checkpoints.
#ifndef TUNEGATE_SERVER_SANDBOX_JOBS_JOB_API_H_
#define TUNEGATE_SERVER_SANDBOX_JOBS_JOB_API_H_

#include "server/sandbox/file_store.h"
#include "server/sandbox/http/router.h"
#include "server/sandbox/jobs/job_engine.h"
#include "server/sandbox/jobs/job_store.h"

namespace tunegate::sandbox {

// All of them must outlive the router.
void AddJobRoutes(JobEngine& engine, JobStore& jobs, FileStore& files, Router& router);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_JOBS_JOB_API_H_
