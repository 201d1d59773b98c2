#include "server/sandbox/batches/batch_output.h"

#include "common/digest.h"
#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {
namespace {

std::string Line(const std::string& custom_id, json::Value response, json::Value error) {
  return json::Write(json::Object({{"id", "batch_req_" + RandomHex(12)},
                                   {"custom_id", custom_id},
                                   {"response", std::move(response)},
                                   {"error", std::move(error)}})) +
         "\n";
}

}  // namespace

void BatchOutput::Add(const std::string& custom_id, const absl::StatusOr<Completion>& completion) {
  const Response response =
      completion.ok() ? JsonResponse(completion->ToJson()) : ErrorResponse(completion.status());
  json::Value answer = json::Object({{"status_code", response.status},
                                     {"request_id", "req_" + RandomHex(16)},
                                     {"body", *json::Parse(response.body)}});
  (completion.ok() ? answers_ : errors_) += Line(custom_id, std::move(answer), json::Value());
  ++(completion.ok() ? completed_ : failed_);
  if (!completion.ok()) return;
  input_tokens_ += completion->prompt_tokens;
  output_tokens_ += completion->completion_tokens;
}

void BatchOutput::AddExpired(const std::string& custom_id) {
  errors_ += Line(custom_id, json::Value(),
                  json::Object({{"code", "batch_expired"},
                                {"message",
                                 "This request could not be executed before the completion window "
                                 "expired."}}));
  ++failed_;
}

json::Value BatchOutput::Counts() const {
  return json::Object({{"total", total_}, {"completed", completed_}, {"failed", failed_}});
}

json::Value BatchOutput::Usage() const {
  return json::Object({{"input_tokens", input_tokens_},
                       {"input_tokens_details", json::Object({{"cached_tokens", 0}})},
                       {"output_tokens", output_tokens_},
                       {"output_tokens_details", json::Object({{"reasoning_tokens", 0}})},
                       {"total_tokens", input_tokens_ + output_tokens_}});
}

}  // namespace tunegate::sandbox
