#include "server/sandbox/sandbox.h"

#include "common/errors.h"
#include "server/sandbox/batches/batch_api.h"
#include "server/sandbox/control_api.h"
#include "server/sandbox/file_api.h"
#include "server/sandbox/jobs/job_api.h"
#include "server/sandbox/model_api.h"
#include "server/sandbox/upload_api.h"

namespace tunegate::sandbox {

absl::StatusOr<std::unique_ptr<Sandbox>> Sandbox::Open(const Options& options, const Clock& clock) {
  std::unique_ptr<Sandbox> sandbox(new Sandbox());
  Sandbox& it = *sandbox;
  const std::string& root = options.data_dir;
  TG_ASSIGN_OR_RETURN(it.files_, FileStore::Open(root + "/files", clock));
  TG_ASSIGN_OR_RETURN(it.uploads_, UploadStore::Open(root + "/uploads", *it.files_, clock));
  TG_ASSIGN_OR_RETURN(it.models_, ModelStore::Open(root + "/models", clock));
  TG_ASSIGN_OR_RETURN(it.jobs_, JobStore::Open(root + "/jobs", clock));
  it.engine_ = std::make_unique<JobEngine>(*it.jobs_, *it.files_, *it.models_, clock);
  it.limiter_ = std::make_unique<RateLimiter>(options.rate_limits, clock);
  it.chat_ = std::make_unique<ChatService>(*it.models_, *it.limiter_, clock);
  TG_ASSIGN_OR_RETURN(it.batches_,
                      BatchEngine::Open(root + "/batches", *it.files_, *it.chat_, clock));
  it.AddRoutes();
  it.front_ = std::make_unique<Front>(it.router_, it.faults_, it.statistics_, clock,
                                      Front::Options{options.api_key});
  it.engine_->SetPace(options.train_time_per_step);
  it.batches_->SetPace(options.batch_time_per_line);
  it.front_->SetChatLatency(options.chat_latency);
  it.Apply(options.faults);
  it.engine_->ResumeUnfinished();
  it.batches_->ResumeUnfinished();
  return sandbox;
}

void Sandbox::AddRoutes() {
  chat_->AddRoutes(router_);  // first: it is asked most
  AddFileRoutes(*files_, router_);
  AddUploadRoutes(*uploads_, router_);
  AddJobRoutes(*engine_, *jobs_, *files_, router_);
  AddModelRoutes(*models_, router_);
  AddBatchRoutes(*batches_, router_);
  AddControlRoutes(
      faults_, statistics_, [this](FaultPlan plan) { Apply(std::move(plan)); }, router_);
}

void Sandbox::Apply(FaultPlan plan) {
  if (plan.chat_latency) front_->SetChatLatency(*plan.chat_latency);
  if (plan.train_time_per_step) engine_->SetPace(*plan.train_time_per_step);
  if (plan.batch_time_per_line) batches_->SetPace(*plan.batch_time_per_line);
  faults_.SetRules(std::move(plan.rules));
}

}  // namespace tunegate::sandbox
