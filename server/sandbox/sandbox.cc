#include "server/sandbox/sandbox.h"

#include "common/errors.h"
#include "server/sandbox/file_api.h"
#include "server/sandbox/jobs/job_api.h"
#include "server/sandbox/model_api.h"

namespace tunegate::sandbox {

absl::StatusOr<std::unique_ptr<Sandbox>> Sandbox::Open(const Options& options, const Clock& clock) {
  std::unique_ptr<Sandbox> sandbox(new Sandbox());
  const std::string& root = options.data_dir;
  TG_ASSIGN_OR_RETURN(sandbox->files_, FileStore::Open(root + "/files", clock));
  TG_ASSIGN_OR_RETURN(sandbox->models_, ModelStore::Open(root + "/models", clock));
  TG_ASSIGN_OR_RETURN(sandbox->jobs_, JobStore::Open(root + "/jobs", clock));
  sandbox->engine_ =
      std::make_unique<JobEngine>(*sandbox->jobs_, *sandbox->files_, *sandbox->models_, clock);
  sandbox->engine_->SetPace(options.train_time_per_step);
  sandbox->chat_ = std::make_unique<ChatService>(*sandbox->models_, clock);
  Router& router = sandbox->router_;
  sandbox->chat_->AddRoutes(router);  // first: it is asked most
  AddFileRoutes(*sandbox->files_, router);
  AddJobRoutes(*sandbox->engine_, *sandbox->jobs_, *sandbox->files_, router);
  AddModelRoutes(*sandbox->models_, router);
  sandbox->front_ = std::make_unique<Front>(router, clock, Front::Options{options.api_key});
  sandbox->front_->SetChatLatency(options.chat_latency);
  sandbox->engine_->ResumeUnfinished();
  return sandbox;
}

}  // namespace tunegate::sandbox
