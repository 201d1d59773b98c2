#include "server/providers/openai/openai_provider.h"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "server/providers/openai/decode.h"
#include "server/providers/openai/encode.h"
#include "server/providers/openai/exchange.h"
#include "server/providers/openai/rate_limits.h"

namespace tunegate::providers::openai {
namespace {

constexpr size_t kMaxContentBytes = size_t{512} << 20;  // OpenAI's own limit of a file
constexpr size_t kMaxIdBytes = 512;
constexpr int kMaxCheckpointPages = 100;
constexpr char kPageSize[] = "100";
constexpr char kModelInPath[] = "{model}";

// A value that another thread waits for.
template <typename T>
class Awaited {
 public:
  void Set(T value) {
    MutexLock lock(mutex_);
    value_ = std::move(value);
    // Under the lock: the waiter destroys this as soon as it can go on.
    set_.NotifyAll();
  }
  T Wait() {
    MutexLock lock(mutex_);
    set_.Wait(lock, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return value_.has_value(); });
    return *std::move(value_);
  }

 private:
  Mutex mutex_;
  CondVar set_;
  std::optional<T> value_ ABSL_GUARDED_BY(mutex_);
};

TransferSettings::Options TransferOptions(const OpenAiConfig& config, const Endpoint& endpoint) {
  TransferSettings::Options options;
  options.headers = endpoint.headers;
  options.ca_file = config.ca_file;
  options.connect_timeout = config.connect_timeout;
  options.tls = endpoint.tls;
  options.bypass_proxy = endpoint.loopback;  // no proxy knows our loopback
  return options;
}

uint64_t JitterSeed(const OpenAiConfig& config) {
  if (config.jitter_seed.has_value()) return *config.jitter_seed;
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

// An id goes into a path: one that is empty or only dots would name something else.
absl::Status CheckId(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes ||
      id.find_first_not_of('.') == std::string_view::npos) {
    return InvalidArgument("PROVIDER_ID_INVALID",
                           "expected an id that the provider gave, such as 'ftjob-abc123'");
  }
  return absl::OkStatus();
}

class OpenAiProvider : public Provider {
 public:
  OpenAiProvider(const OpenAiConfig& config, Endpoint endpoint, std::unique_ptr<EventLoop> loop,
                 const Clock& clock)
      : config_(config),
        endpoint_(std::move(endpoint)),
        chat_url_(absl::StrContains(config.chat_path, kModelInPath)
                      ? ""
                      : endpoint_.Url(config.chat_path)),
        reporter_(config.name, endpoint_.secrets),
        chat_encoder_(config.max_tokens_field),
        loop_(std::move(loop)),
        transport_(loop_.get(), TransferOptions(config, endpoint_), config.max_connections),
        exchanges_(loop_.get(), &transport_, &reporter_, &clock, config.retry, JitterSeed(config)) {
  }

  ~OpenAiProvider() override {
    Abandon();
    loop_->Stop();
  }

  void Abandon() override {
    loop_->Post([this] {
      exchanges_.ShutDown();
      transport_.ShutDown();
    });
  }

  const std::string& name() const override { return config_.name; }
  const std::string& base_url() const override { return endpoint_.base_url; }
  std::string chat_url() const override { return endpoint_.base_url + config_.chat_path; }

  absl::StatusOr<RemoteFile> UploadFile(const std::string& path, const std::string& file_name,
                                        const std::string& purpose,
                                        absl::Duration timeout) override;
  absl::StatusOr<RemoteFile> GetFile(const std::string& id) override;
  absl::StatusOr<Page<RemoteFile>> ListFiles(const std::string& after) override;
  absl::StatusOr<std::string> ReadFileContent(const std::string& id) override;
  absl::Status DownloadFile(const std::string& id, const std::string& path) override;
  absl::Status DeleteFile(const std::string& id) override;
  absl::StatusOr<RemoteJob> CreateJob(const CreateJobCall& call, absl::Duration timeout) override;
  absl::StatusOr<RemoteJob> GetJob(const std::string& id) override;
  absl::StatusOr<Page<RemoteJob>> ListJobs(const std::string& after) override;
  absl::StatusOr<RemoteJob> CancelJob(const std::string& id) override;
  absl::StatusOr<RemoteJob> PauseJob(const std::string& id) override;
  absl::StatusOr<RemoteJob> ResumeJob(const std::string& id) override;
  absl::StatusOr<Page<RemoteEvent>> ListJobEvents(const std::string& id,
                                                  const std::string& after) override;
  absl::StatusOr<std::vector<RemoteCheckpoint>> ListCheckpoints(const std::string& id) override;
  absl::StatusOr<std::string> WriteBatchLine(const std::string& custom_id,
                                             const ChatCall& call) override;
  absl::StatusOr<BatchAnswer> ReadBatchLine(std::string_view line) override;
  absl::StatusOr<RemoteBatch> CreateBatch(const CreateBatchCall& call,
                                          absl::Duration timeout) override;
  absl::StatusOr<RemoteBatch> GetBatch(const std::string& id) override;
  absl::StatusOr<Page<RemoteBatch>> ListBatches(const std::string& after) override;
  absl::StatusOr<RemoteBatch> CancelBatch(const std::string& id) override;
  absl::StatusOr<std::vector<std::string>> ListModels() override;
  void Complete(ChatCall call, std::function<void(ChatAnswer)> done) override;

 private:
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  template <typename T>
  using Decoder = absl::StatusOr<T> (*)(const json::Value&);

  // A request with the limits of ordinary calls.
  ExchangePlan Plan(HttpMethod method, std::string url) const;
  // The same, sent once, within `timeout`.
  ExchangePlan PlanOnce(HttpRequest request, absl::Duration timeout) const;
  // Of a file's content, into memory or to `save_to`.
  ExchangePlan ContentPlan(const std::string& id, const std::string& save_to) const;
  // Sends and waits.
  absl::StatusOr<HttpResponse> Answer(ExchangePlan plan);
  absl::StatusOr<json::Value> AnswerObject(ExchangePlan plan);

  template <typename T>
  absl::StatusOr<T> AnswerAs(ExchangePlan plan, Decoder<T> decode);
  template <typename T>
  absl::StatusOr<Page<T>> AnswerPage(std::string_view path, const std::string& after,
                                     Decoder<T> decode);
  absl::StatusOr<RemoteJob> ActOnJob(const std::string& id, std::string_view action);
  std::string ChatUrl(const std::string& model) const;
  ChatAnswer ChatAnswerOf(ExchangeResult result) const;

  const OpenAiConfig config_;
  const Endpoint endpoint_;
  const std::string chat_url_;  // empty: it depends on the model
  const FailureReporter reporter_;
  ChatEncoder chat_encoder_;
  const std::unique_ptr<EventLoop> loop_;
  HttpTransport transport_;
  Exchanges exchanges_;
};

ExchangePlan OpenAiProvider::Plan(HttpMethod method, std::string url) const {
  auto request = std::make_shared<HttpRequest>();
  request->method = method;
  request->url = std::move(url);
  request->urgent = true;  // an evaluation's thousand chats must not hold up a cancel
  ExchangePlan plan;
  plan.request = std::move(request);
  plan.max_attempts = config_.max_attempts;
  plan.attempt_timeout = config_.call_timeout;
  plan.deadline = config_.call_deadline;
  return plan;
}

ExchangePlan OpenAiProvider::PlanOnce(HttpRequest request, absl::Duration timeout) const {
  request.method = HttpMethod::kPost;
  request.urgent = true;
  request.once = true;
  ExchangePlan plan;
  plan.request = std::make_shared<const HttpRequest>(std::move(request));
  plan.attempt_timeout = timeout;
  return plan;
}

absl::StatusOr<HttpResponse> OpenAiProvider::Answer(ExchangePlan plan) {
  if (loop_->OnThread()) {
    return FailedPrecondition("WOULD_DEADLOCK",
                              "a blocking provider call was made from the provider's own thread");
  }
  Awaited<ExchangeResult> awaited;
  exchanges_.Call(std::move(plan),
                  [&awaited](ExchangeResult result) { awaited.Set(std::move(result)); });
  ExchangeResult result = awaited.Wait();
  if (!result.status.ok()) return result.status;
  return std::move(result.response);
}

template <typename T>
absl::StatusOr<T> OpenAiProvider::AnswerAs(ExchangePlan plan, Decoder<T> decode) {
  TG_ASSIGN_OR_RETURN(const HttpResponse response, Answer(std::move(plan)));
  const absl::StatusOr<json::Value> object = DecodeObject(response.body);
  absl::StatusOr<T> decoded = object.ok() ? decode(*object) : absl::StatusOr<T>(object.status());
  if (!decoded.ok()) return reporter_.UndecodableStatus(response, decoded.status());
  return decoded;
}

template <typename T>
absl::StatusOr<Page<T>> OpenAiProvider::AnswerPage(std::string_view path, const std::string& after,
                                                   Decoder<T> decode) {
  Parameters parameters = {{"limit", kPageSize}};
  if (!after.empty()) parameters.emplace_back("after", after);
  TG_ASSIGN_OR_RETURN(const HttpResponse response,
                      Answer(Plan(HttpMethod::kGet, endpoint_.Url(path, parameters))));
  const absl::StatusOr<json::Value> object = DecodeObject(response.body);
  absl::StatusOr<Page<T>> page =
      object.ok() ? DecodePage(*object, after, decode) : absl::StatusOr<Page<T>>(object.status());
  if (!page.ok()) return reporter_.UndecodableStatus(response, page.status());
  return page;
}

// --- Files ---------------------------------------------------------------------------------------

absl::StatusOr<RemoteFile> OpenAiProvider::UploadFile(const std::string& path,
                                                      const std::string& file_name,
                                                      const std::string& purpose,
                                                      absl::Duration timeout) {
  if (access(path.c_str(), R_OK) != 0) {
    return NotFound("FILE_NOT_READABLE", absl::StrCat("cannot read ", path)).Metadata("path", path);
  }
  HttpRequest request;
  request.url = endpoint_.Url("/files");
  request.upload = FormUpload{{{"purpose", purpose}}, path, file_name};
  return AnswerAs<RemoteFile>(PlanOnce(std::move(request), timeout), &DecodeFile);
}

absl::StatusOr<RemoteFile> OpenAiProvider::GetFile(const std::string& id) {
  TG_RETURN_IF_ERROR(CheckId(id));
  const std::string url = endpoint_.Url("/files/" + PercentEncode(id));
  return AnswerAs<RemoteFile>(Plan(HttpMethod::kGet, url), &DecodeFile);
}

absl::StatusOr<Page<RemoteFile>> OpenAiProvider::ListFiles(const std::string& after) {
  return AnswerPage<RemoteFile>("/files", after, &DecodeFile);
}

ExchangePlan OpenAiProvider::ContentPlan(const std::string& id, const std::string& save_to) const {
  ExchangePlan plan =
      Plan(HttpMethod::kGet, endpoint_.Url("/files/" + PercentEncode(id) + "/content"));
  HttpRequest request = *plan.request;
  request.max_answer_bytes = kMaxContentBytes;
  request.save_to = save_to;
  plan.request = std::make_shared<const HttpRequest>(std::move(request));
  plan.attempt_timeout = config_.content_timeout;
  plan.deadline = config_.content_timeout;
  return plan;
}

absl::StatusOr<std::string> OpenAiProvider::ReadFileContent(const std::string& id) {
  TG_RETURN_IF_ERROR(CheckId(id));
  TG_ASSIGN_OR_RETURN(HttpResponse response, Answer(ContentPlan(id, "")));
  return std::move(response.body);
}

absl::Status OpenAiProvider::DownloadFile(const std::string& id, const std::string& path) {
  TG_RETURN_IF_ERROR(CheckId(id));
  return Answer(ContentPlan(id, path)).status();
}

absl::Status OpenAiProvider::DeleteFile(const std::string& id) {
  TG_RETURN_IF_ERROR(CheckId(id));
  const std::string url = endpoint_.Url("/files/" + PercentEncode(id));
  return Answer(Plan(HttpMethod::kDelete, url)).status();
}

// --- Jobs ----------------------------------------------------------------------------------------

constexpr std::string_view kJobs = "/fine_tuning/jobs";

std::string JobPath(const std::string& id, std::string_view below = "") {
  return absl::StrCat(std::string(kJobs), "/", PercentEncode(id), std::string(below));
}

absl::StatusOr<RemoteJob> OpenAiProvider::CreateJob(const CreateJobCall& call,
                                                    absl::Duration timeout) {
  HttpRequest request;
  request.url = endpoint_.Url(kJobs);
  request.body = EncodeCreateJob(call);
  return AnswerAs<RemoteJob>(PlanOnce(std::move(request), timeout), &DecodeJob);
}

absl::StatusOr<RemoteJob> OpenAiProvider::GetJob(const std::string& id) {
  TG_RETURN_IF_ERROR(CheckId(id));
  return AnswerAs<RemoteJob>(Plan(HttpMethod::kGet, endpoint_.Url(JobPath(id))), &DecodeJob);
}

absl::StatusOr<Page<RemoteJob>> OpenAiProvider::ListJobs(const std::string& after) {
  return AnswerPage<RemoteJob>(kJobs, after, &DecodeJob);
}

absl::StatusOr<RemoteJob> OpenAiProvider::ActOnJob(const std::string& id, std::string_view action) {
  TG_RETURN_IF_ERROR(CheckId(id));
  return AnswerAs<RemoteJob>(Plan(HttpMethod::kPost, endpoint_.Url(JobPath(id, action))),
                             &DecodeJob);
}

absl::StatusOr<RemoteJob> OpenAiProvider::CancelJob(const std::string& id) {
  return ActOnJob(id, "/cancel");
}

absl::StatusOr<RemoteJob> OpenAiProvider::PauseJob(const std::string& id) {
  return ActOnJob(id, "/pause");
}

absl::StatusOr<RemoteJob> OpenAiProvider::ResumeJob(const std::string& id) {
  return ActOnJob(id, "/resume");
}

absl::StatusOr<Page<RemoteEvent>> OpenAiProvider::ListJobEvents(const std::string& id,
                                                                const std::string& after) {
  TG_RETURN_IF_ERROR(CheckId(id));
  return AnswerPage<RemoteEvent>(JobPath(id, "/events"), after, &DecodeEvent);
}

absl::StatusOr<std::vector<RemoteCheckpoint>> OpenAiProvider::ListCheckpoints(
    const std::string& id) {
  TG_RETURN_IF_ERROR(CheckId(id));
  std::vector<RemoteCheckpoint> checkpoints;
  std::string after;
  for (int i = 0; i < kMaxCheckpointPages; ++i) {
    TG_ASSIGN_OR_RETURN(
        Page<RemoteCheckpoint> page,
        AnswerPage<RemoteCheckpoint>(JobPath(id, "/checkpoints"), after, &DecodeCheckpoint));
    std::move(page.items.begin(), page.items.end(), std::back_inserter(checkpoints));
    after = std::move(page.next_after);
    if (after.empty()) break;
  }
  return checkpoints;
}

// --- Batches -------------------------------------------------------------------------------------

constexpr std::string_view kBatches = "/batches";

std::string BatchPath(const std::string& id, std::string_view below = "") {
  return absl::StrCat(std::string(kBatches), "/", PercentEncode(id), std::string(below));
}

absl::StatusOr<std::string> OpenAiProvider::WriteBatchLine(const std::string& custom_id,
                                                           const ChatCall& call) {
  TG_ASSIGN_OR_RETURN(const std::string body, chat_encoder_.Encode(call));
  return EncodeBatchLine(custom_id, body);
}

absl::StatusOr<BatchAnswer> OpenAiProvider::ReadBatchLine(std::string_view text) {
  absl::StatusOr<BatchLine> line = DecodeBatchLine(text);
  if (!line.ok()) return reporter_.UndecodableLineStatus(text, line.status());
  BatchAnswer answer{std::move(line->custom_id), std::move(line->answer)};
  answer.answer.status = reporter_.StatusOfLine(*line);
  answer.answer.request_id = reporter_.Redact(line->request_id);
  return answer;
}

absl::StatusOr<RemoteBatch> OpenAiProvider::CreateBatch(const CreateBatchCall& call,
                                                        absl::Duration timeout) {
  HttpRequest request;
  request.url = endpoint_.Url(kBatches);
  request.body = EncodeCreateBatch(call);
  return AnswerAs<RemoteBatch>(PlanOnce(std::move(request), timeout), &DecodeBatch);
}

absl::StatusOr<RemoteBatch> OpenAiProvider::GetBatch(const std::string& id) {
  TG_RETURN_IF_ERROR(CheckId(id));
  return AnswerAs<RemoteBatch>(Plan(HttpMethod::kGet, endpoint_.Url(BatchPath(id))), &DecodeBatch);
}

absl::StatusOr<Page<RemoteBatch>> OpenAiProvider::ListBatches(const std::string& after) {
  return AnswerPage<RemoteBatch>(kBatches, after, &DecodeBatch);
}

absl::StatusOr<RemoteBatch> OpenAiProvider::CancelBatch(const std::string& id) {
  TG_RETURN_IF_ERROR(CheckId(id));
  return AnswerAs<RemoteBatch>(Plan(HttpMethod::kPost, endpoint_.Url(BatchPath(id, "/cancel"))),
                               &DecodeBatch);
}

// --- Models --------------------------------------------------------------------------------------

absl::StatusOr<std::vector<std::string>> OpenAiProvider::ListModels() {
  TG_ASSIGN_OR_RETURN(Page<std::string> page, AnswerPage<std::string>("/models", "", &DecodeModel));
  return std::move(page.items);
}

// --- Chat ----------------------------------------------------------------------------------------

void OpenAiProvider::Complete(ChatCall call, std::function<void(ChatAnswer)> done) {
  absl::StatusOr<std::string> body = chat_encoder_.Encode(call);
  if (!body.ok()) {
    loop_->Post([status = body.status(), done = std::move(done)] {
      ChatAnswer answer;
      answer.status = status;
      done(std::move(answer));
    });
    return;
  }
  auto request = std::make_shared<HttpRequest>();
  request->method = HttpMethod::kPost;
  request->url = ChatUrl(call.model);
  request->body = *std::move(body);
  ExchangePlan plan;
  plan.request = std::move(request);
  plan.max_attempts = std::max(1, call.max_attempts);
  plan.attempt_timeout = call.attempt_timeout;
  plan.deadline = call.deadline;
  plan.gate = std::move(call.gate);
  exchanges_.Call(std::move(plan), [this, done = std::move(done)](ExchangeResult result) {
    done(ChatAnswerOf(std::move(result)));
  });
}

std::string OpenAiProvider::ChatUrl(const std::string& model) const {
  if (!chat_url_.empty()) return chat_url_;
  return endpoint_.Url(
      absl::StrReplaceAll(config_.chat_path, {{kModelInPath, PercentEncode(model)}}));
}

ChatAnswer OpenAiProvider::ChatAnswerOf(ExchangeResult result) const {
  const HttpResponse& response = result.response;
  ChatAnswer answer;
  answer.status = std::move(result.status);
  answer.attempts = result.attempts;
  answer.request_id = reporter_.Redact(RequestIdOf(response));
  answer.rate_limits = ParseRateLimits(response.headers);
  answer.fresh_connection = response.fresh_connection;
  if (!answer.status.ok()) return answer;
  answer.response_time = response.response_time;
  if (const absl::Status decoded = DecodeChat(response.body, answer); !decoded.ok()) {
    answer.status = reporter_.UndecodableStatus(response, decoded);
  }
  return answer;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Provider>> NewOpenAiProvider(const OpenAiConfig& config,
                                                            const Clock& clock) {
  TG_ASSIGN_OR_RETURN(Endpoint endpoint, ResolveEndpoint(config));
  TG_ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Create());
  return std::make_unique<OpenAiProvider>(config, std::move(endpoint), std::move(loop), clock);
}

}  // namespace tunegate::providers::openai
