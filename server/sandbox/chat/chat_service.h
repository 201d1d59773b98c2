// ChatService: answers chat completion requests with the models of a ModelStore.
#ifndef TUNEGATE_SERVER_SANDBOX_CHAT_CHAT_SERVICE_H_
#define TUNEGATE_SERVER_SANDBOX_CHAT_CHAT_SERVICE_H_

#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/mutex.h"
#include "server/sandbox/chat/completion.h"
#include "server/sandbox/http/router.h"
#include "server/sandbox/models.h"
#include "server/sandbox/rate_limiter.h"

namespace tunegate::sandbox {

// Thread-safe. What it is given must outlive it.
class ChatService {
 public:
  ChatService(ModelStore& models, RateLimiter& limiter, const Clock& clock)
      : models_(models), limiter_(limiter), clock_(clock) {}

  // `body` is a CreateChatCompletionRequest. NOT_FOUND for an unknown model; 400 naming the
  // parameter for what OpenAI refuses and for n > 1, which the sandbox does not do. Parameters that
  // steer sampling are accepted and change nothing: the answer is always the most probable one.
  absl::StatusOr<Completion> Complete(const json::Value& body);

  // POST /chat/completions, under the rate limits.
  void AddRoutes(Router& router);

 private:
  absl::StatusOr<std::shared_ptr<const AnswerShape>> ShapeFor(const json::Value& response_format,
                                                              const std::string& system_prompt);

  Response Respond(const Request& request);

  ModelStore& models_;
  RateLimiter& limiter_;
  const Clock& clock_;
  Mutex mutex_;
  // Requests come by the thousand with the same prompt and format: reading them once is enough.
  std::unordered_map<std::string, std::shared_ptr<const AnswerShape>> shapes_
      ABSL_GUARDED_BY(mutex_);
};

// The number of tokens that the request's messages count as, also when it is malformed.
int64_t CountPromptTokens(const json::Value& body);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_CHAT_CHAT_SERVICE_H_
