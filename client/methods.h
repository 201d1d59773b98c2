// Every unary method of tunegate.v1, once: what it answers, how long it may take, and whether
// repeating it is safe. Each RPC has a request type of its own, so the request names the method:
//
//   TG_ASSIGN_OR_RETURN(v1::GetJobResponse response, client.Call(request));
//
// The retry rules given to gRPC (ServiceConfig) come from the same table.
#ifndef TUNEGATE_CLIENT_METHODS_H_
#define TUNEGATE_CLIENT_METHODS_H_

#include <span>
#include <string>
#include <string_view>

namespace tunegate::client {

enum class Repeat {
  // Reads, and creations that carry a request_id: repeated when the server could not be reached.
  kSafe,
  // May have been done although no answer came: never repeated by itself.
  kUnsafe,
};

struct Method {
  std::string_view service;  // "tunegate.v1.JobService"
  std::string_view name;     // "GetJob"
  Repeat repeat;
  int deadline_seconds;

  // "/tunegate.v1.JobService/GetJob"
  std::string Path() const;
};

// X(service, method, repeat, deadline in seconds)
#define TUNEGATE_UNARY_METHODS(X)                       \
  X(AdminService, GetServerInfo, kSafe, 10)             \
  X(AdminService, PauseWork, kUnsafe, 20)               \
  X(AdminService, ResumeWork, kUnsafe, 20)              \
  X(AdminService, Diagnose, kSafe, 60)                  \
  X(AdminService, CheckStore, kSafe, 3600)              \
  X(AdminService, CompactStore, kUnsafe, 3600)          \
  X(TaskService, CreateTask, kSafe, 20)                 \
  X(TaskService, InferTask, kSafe, 60)                  \
  X(TaskService, GetTask, kSafe, 15)                    \
  X(TaskService, ListTasks, kSafe, 20)                  \
  X(DatasetService, GenerateDatasets, kSafe, 120)       \
  X(DatasetService, UploadDataset, kUnsafe, 30)         \
  X(DatasetService, GetDataset, kSafe, 15)              \
  X(DatasetService, ListDatasets, kSafe, 20)            \
  X(DatasetService, ListFindings, kSafe, 20)            \
  X(DatasetService, DeleteDataset, kUnsafe, 30)         \
  X(JobService, CreateJob, kSafe, 30)                   \
  X(JobService, AdoptJob, kSafe, 60)                    \
  X(JobService, GetJob, kSafe, 15)                      \
  X(JobService, ListJobs, kSafe, 60)                    \
  X(JobService, ListJobMetrics, kSafe, 20)              \
  X(JobService, ListProviderEvents, kSafe, 20)          \
  X(JobService, CancelJob, kUnsafe, 30)                 \
  X(JobService, PauseJob, kUnsafe, 30)                  \
  X(JobService, ResumeJob, kUnsafe, 30)                 \
  X(EvaluationService, CreateEvaluation, kSafe, 30)     \
  X(EvaluationService, GetEvaluation, kSafe, 30)        \
  X(EvaluationService, ListEvaluations, kSafe, 20)      \
  X(EvaluationService, ListResults, kSafe, 30)          \
  X(EvaluationService, CancelEvaluation, kUnsafe, 30)   \
  X(EvaluationService, ResumeEvaluation, kUnsafe, 30)   \
  X(DecisionService, CreateDecision, kSafe, 60)         \
  X(DecisionService, GetDecision, kSafe, 15)            \
  X(DecisionService, ListDecisions, kSafe, 20)          \
  X(DecisionService, OverrideDecision, kUnsafe, 20)     \
  X(DecisionService, GetDecisionCertificate, kSafe, 15) \
  X(DecisionService, ForecastDecision, kSafe, 60)       \
  X(WorkflowService, CreateWorkflow, kSafe, 60)         \
  X(WorkflowService, GetWorkflow, kSafe, 15)            \
  X(WorkflowService, ListWorkflows, kSafe, 20)          \
  X(WorkflowService, CancelWorkflow, kUnsafe, 30)       \
  X(WorkflowService, ResumeWorkflow, kUnsafe, 30)       \
  X(EventService, ListEvents, kSafe, 20)

// The table as data, in its order.
std::span<const Method> UnaryMethods();

// gRPC's service config (JSON): calls are spread over the servers that are named; methods safe to
// repeat get up to four attempts, with back-off, and only on UNAVAILABLE. Published for clients in
// other languages as proto/tunegate/v1/service_config.json; like ours they must give every creation
// a request_id, without which a creation whose answer was lost is done twice.
std::string ServiceConfig();

// The method of a request type and what it answers.
template <typename Request>
struct MethodOf;

}  // namespace tunegate::client

namespace tunegate::v1 {
#define TUNEGATE_DECLARE_MESSAGES(service, method, repeat, seconds) \
  class method##Request;                                            \
  class method##Response;
TUNEGATE_UNARY_METHODS(TUNEGATE_DECLARE_MESSAGES)
#undef TUNEGATE_DECLARE_MESSAGES
}  // namespace tunegate::v1

namespace tunegate::client {
#define TUNEGATE_METHOD_OF(service, method, repeat, seconds)                                    \
  template <>                                                                                   \
  struct MethodOf<v1::method##Request> {                                                        \
    using Response = v1::method##Response;                                                      \
    static constexpr Method kMethod{"tunegate.v1." #service, #method, Repeat::repeat, seconds}; \
  };
TUNEGATE_UNARY_METHODS(TUNEGATE_METHOD_OF)
#undef TUNEGATE_METHOD_OF
}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_METHODS_H_
