// CallRequest: what one variant is asked about an example. The head (system prompt, few-shot
// examples, parameters) is made once; an example costs a copy of it and its own turns.
//
// The system prompt is the variant's, otherwise the evaluation's frozen one, otherwise (both empty)
// the example's own.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_REQUEST_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_REQUEST_H_

#include <string>
#include <string_view>

#include "common/evidence/answers/example.h"
#include "server/providers/provider.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// Immutable, so thread-safe.
class CallRequest {
 public:
  // `model` is the variant's with `jobs/x` resolved, `system_prompt` the evaluation's.
  CallRequest(const v1::Variant& variant, std::string_view model, std::string_view system_prompt,
              const v1::Task& task);

  providers::ChatCall For(const datasets::Example& example) const;

  // Lower-case hexadecimal SHA-256 that tells whether two calls ask the same: of the head's digest
  // and the example's turns. The head's is of canonical JSON (RFC 8785) with model, messages and
  // parameters as they are sent.
  std::string Digest(const datasets::Example& example) const;

 private:
  providers::ChatCall head_;
  std::string head_digest_;
  bool own_system_ = false;  // the example's system message is sent
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_REQUEST_H_
