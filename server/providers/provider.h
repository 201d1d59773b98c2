// Provider: the port to who trains and answers. One adapter, openai/, speaks OpenAI's REST protocol
// to whatever base URL is configured; nothing else in the server knows HTTP.
//
// The blocking methods are for worker threads. Complete is asynchronous: an evaluation has hundreds
// of calls in flight. All methods are thread-safe.
//
// Errors: what the provider said travels in the status: code by HTTP status (400 INVALID_ARGUMENT,
// 401 UNAUTHENTICATED, 403 PERMISSION_DENIED, 404 NOT_FOUND, 409 ABORTED, 429 RESOURCE_EXHAUSTED,
// >= 500 and no connection UNAVAILABLE, time-out DEADLINE_EXCEEDED, an answer that cannot be
// understood INTERNAL with reason PROVIDER_ANSWER_INVALID), reason PROVIDER_ERROR or, for what
// needs a person, QUOTA_EXHAUSTED, KEY_REJECTED; metadata "provider_code", "provider_type",
// "provider_param", "provider_request_id", "http_status", and "sent": whether the provider may have
// acted on the request: "no" (never sent, or refused by a 4xx but 408), "maybe" (no answer, a 408
// or a 5xx), "yes" (accepted by a 2xx whose body made no sense). provider_error.h reads it.
#ifndef TUNEGATE_SERVER_PROVIDERS_PROVIDER_H_
#define TUNEGATE_SERVER_PROVIDERS_PROVIDER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/json.h"

namespace tunegate::providers {

// A file at the provider.
struct RemoteFile {
  std::string id;
  std::string file_name;
  int64_t size_bytes = 0;
  std::string purpose;
  std::string status;  // verbatim
  absl::Time create_time;
};

// A fine-tuning job at the provider. Strings are verbatim; unknown values are tolerated.
struct RemoteJob {
  std::string id;
  std::string status;
  std::string model;
  std::string fine_tuned_model;
  std::string training_file;
  std::string validation_file;
  std::vector<std::string> result_files;
  std::map<std::string, std::string> metadata;
  std::string error_code, error_message;  // empty when there is no error
  int64_t trained_tokens = 0;
  absl::Time create_time;
  std::optional<absl::Time> finish_time;
  std::optional<absl::Time> estimated_finish_time;
  std::optional<int64_t> seed;
  json::Value method;  // as the provider says it
};

// One event of a job.
struct RemoteEvent {
  std::string id;
  absl::Time time;
  std::string level, type, message;
  // Numeric members of `data`: step, total_steps, train_loss ...
  std::map<std::string, double> figures;
};

// A batch of chat completions at the provider. Strings are verbatim; unknown values are tolerated.
struct RemoteBatch {
  // What is wrong with its input file.
  struct Fault {
    std::string code, message;
    int64_t line = 0;  // 0: the file as a whole
  };

  std::string id;
  std::string status;
  std::string input_file, output_file, error_file;  // empty: none
  std::map<std::string, std::string> metadata;
  std::vector<Fault> faults;
  int64_t total = 0, completed = 0, failed = 0;  // lines
  absl::Time create_time;
};

struct RemoteCheckpoint {
  std::string id;
  std::string model;
  int64_t step = 0;
  std::map<std::string, double> metrics;
};

struct CreateJobCall {
  std::string model;
  std::string training_file;
  std::string validation_file;  // empty: none
  std::string suffix;           // empty: none
  std::optional<int64_t> seed;
  json::Value method;  // null: the provider's default
  std::map<std::string, std::string> metadata;
};

// Always for chat completions, within 24 hours.
struct CreateBatchCall {
  std::string input_file;
  std::map<std::string, std::string> metadata;
};

// One page; `next_after` is empty on the last.
template <typename T>
struct Page {
  std::vector<T> items;
  std::string next_after;
};

// Says when the further attempts of a chat call may begin, so that whoever asks many calls keeps to
// limits of its own. Called on the provider's own thread; must not block.
class RetryGate {
 public:
  virtual ~RetryGate() = default;
  // An attempt failed and another one is to come: until then nothing of the call is under way.
  virtual void OnBackOff() = 0;
  // That attempt is due. `go` is called once, at once or later, on any thread: with true it begins,
  // with false the call ends with its last failure.
  virtual void WhenFree(std::function<void(bool)> go) = 0;
};

// What is asked of a model.
struct ChatCall {
  std::string model;
  std::vector<std::pair<std::string, std::string>> messages;  // (role, content)
  std::optional<double> temperature;
  int max_output_tokens = 0;    // 0: not sent
  std::string response_format;  // a JSON object's text, or empty
  bool logprobs = false;        // asks for the answer's log-probabilities
  absl::Duration attempt_timeout = absl::Seconds(60);
  int max_attempts = 6;
  // From the call to its answer, back-off included: no attempt begins that could not end in it.
  absl::Duration deadline = absl::Minutes(10);
  std::shared_ptr<RetryGate> gate;  // null: further attempts begin when they are due
};

// The rate limits that the last answer told of; unset where it said nothing.
struct RateLimits {
  std::optional<int64_t> limit_requests, remaining_requests, limit_tokens, remaining_tokens;
  std::optional<absl::Duration> reset_requests, reset_tokens;
};

// What came of one ChatCall.
struct ChatAnswer {
  absl::Status status;  // OK, or why there is no answer after all attempts
  std::string text;     // bytes as they came; may be invalid UTF-8
  bool refused = false;
  std::string finish_reason;
  std::string answering_model;
  std::string request_id;
  int64_t input_tokens = 0, cached_input_tokens = 0, output_tokens = 0;
  // The probability of the whole answer, in [0, 1]: e to the sum of its tokens' log-probabilities.
  // Unset where the provider gave none, also when it was asked for them.
  std::optional<double> confidence;
  int attempts = 0;
  absl::Duration response_time;   // request sent to last byte, of the successful attempt
  bool fresh_connection = false;  // that attempt had to connect first
  RateLimits rate_limits;
};

// One line of what a batch gave.
struct BatchAnswer {
  std::string custom_id;
  // As Complete would have given it, without attempts, times and limits. A line that the provider
  // did not get to, as in a batch that expired, is UNAVAILABLE.
  ChatAnswer answer;
};

class Provider {
 public:
  virtual ~Provider() = default;

  // For screens and records: the configured name and the base URL without credentials.
  virtual const std::string& name() const = 0;
  virtual const std::string& base_url() const = 0;
  // Where chats are asked for: the base URL and the path behind it, "{model}" left as it is. Two
  // providers with the same one are the same endpoint.
  virtual std::string chat_url() const = 0;

  // Uploads the file at `path` under `file_name`, streamed from disk. Not retried on doubt.
  virtual absl::StatusOr<RemoteFile> UploadFile(const std::string& path,
                                                const std::string& file_name,
                                                const std::string& purpose,
                                                absl::Duration timeout) = 0;
  virtual absl::StatusOr<RemoteFile> GetFile(const std::string& id) = 0;
  virtual absl::StatusOr<Page<RemoteFile>> ListFiles(const std::string& after) = 0;
  virtual absl::StatusOr<std::string> ReadFileContent(const std::string& id) = 0;
  // Writes a file's content to `path`, streamed; what stood there is lost, also by a failure.
  // FILE_NOT_WRITABLE (INTERNAL) when it cannot be written.
  virtual absl::Status DownloadFile(const std::string& id, const std::string& path) = 0;
  virtual absl::Status DeleteFile(const std::string& id) = 0;

  // Never retried: on doubt ("sent" = "maybe") list and match the metadata.
  virtual absl::StatusOr<RemoteJob> CreateJob(const CreateJobCall& call,
                                              absl::Duration timeout) = 0;
  virtual absl::StatusOr<RemoteJob> GetJob(const std::string& id) = 0;
  virtual absl::StatusOr<Page<RemoteJob>> ListJobs(const std::string& after) = 0;
  virtual absl::StatusOr<RemoteJob> CancelJob(const std::string& id) = 0;
  virtual absl::StatusOr<RemoteJob> PauseJob(const std::string& id) = 0;
  virtual absl::StatusOr<RemoteJob> ResumeJob(const std::string& id) = 0;
  // Newest first, as the provider gives them.
  virtual absl::StatusOr<Page<RemoteEvent>> ListJobEvents(const std::string& id,
                                                          const std::string& after) = 0;
  virtual absl::StatusOr<std::vector<RemoteCheckpoint>> ListCheckpoints(const std::string& id) = 0;

  // The line of a batch's input file that asks what Complete(call) asks, without its end.
  // INVALID_ARGUMENT for a call that cannot be written as JSON.
  virtual absl::StatusOr<std::string> WriteBatchLine(const std::string& custom_id,
                                                     const ChatCall& call) = 0;
  // A line of a batch's output or error file. INTERNAL (PROVIDER_ANSWER_INVALID) for one that does
  // not say which call it is about.
  virtual absl::StatusOr<BatchAnswer> ReadBatchLine(std::string_view line) = 0;
  // Never retried, as CreateJob. The input file has the purpose "batch".
  virtual absl::StatusOr<RemoteBatch> CreateBatch(const CreateBatchCall& call,
                                                  absl::Duration timeout) = 0;
  virtual absl::StatusOr<RemoteBatch> GetBatch(const std::string& id) = 0;
  virtual absl::StatusOr<Page<RemoteBatch>> ListBatches(const std::string& after) = 0;
  virtual absl::StatusOr<RemoteBatch> CancelBatch(const std::string& id) = 0;

  // The ids of the models that the key may use.
  virtual absl::StatusOr<std::vector<std::string>> ListModels() = 0;

  // Asks a model; `done` is called once, from the provider's own thread, and must not block. It may
  // call Complete again. Calls beyond the provider's connections wait their turn; those that back
  // off hold no connection, so that whoever asks more calls than there are connections keeps them
  // busy through a storm of errors.
  virtual void Complete(ChatCall call, std::function<void(ChatAnswer)> done) = 0;

  // For a server that must stop: what is under way, and all that is asked from here on, is answered
  // soon with UNAVAILABLE, as if the connection had broken. Does not block.
  virtual void Abandon() {}
};

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_PROVIDER_H_
