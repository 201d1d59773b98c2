// What we ask, as the JSON that OpenAI's protocol wants.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_ENCODE_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_ENCODE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "server/providers/provider.h"

namespace tunegate::providers::openai {

// The body of POST /fine_tuning/jobs. What the call leaves empty is left out.
std::string EncodeCreateJob(const CreateJobCall& call);

// The body of POST /batches.
std::string EncodeCreateBatch(const CreateBatchCall& call);
// A line of a batch's input file around `body`, which is a chat completion's.
std::string EncodeBatchLine(std::string_view custom_id, std::string_view body);

// Bodies of chat completions. Thread-safe.
class ChatEncoder {
 public:
  // `max_tokens_field` is the name under which max_output_tokens is sent.
  explicit ChatEncoder(std::string max_tokens_field)
      : max_tokens_field_(std::move(max_tokens_field)) {}

  // INVALID_ARGUMENT when a text is not valid UTF-8 or response_format is not a JSON object.
  absl::StatusOr<std::string> Encode(const ChatCall& call);

 private:
  absl::Status CheckResponseFormat(const std::string& response_format);

  const std::string max_tokens_field_;
  Mutex mutex_;
  // An evaluation sends the same schema thousands of times; it is parsed once.
  std::string last_good_format_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_ENCODE_H_
