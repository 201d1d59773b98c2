// Who answers, in words: provider, model, prompt, and what answered in fact.
#ifndef TUNEGATE_CLIENT_CLI_VARIANT_TEXT_H_
#define TUNEGATE_CLIENT_CLI_VARIANT_TEXT_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

namespace tunegate::v1 {
class Variant;
}  // namespace tunegate::v1

namespace tunegate::cli {

using Models = google::protobuf::RepeatedPtrField<std::string>;

// "sandbox-keyword-1", or "sandbox-keyword-1 (asked for gpt-4o-mini)" where another model answered
// than was asked for; the model asked for where nothing is known yet.
std::string WhoAnswers(const v1::Variant& variant, const Models& answering);

// The same with provider, prompt and parameters: "openai gpt-4o-mini (task's prompt, temperature
// 0)".
std::string DescribeVariant(const v1::Variant& variant, const Models& answering);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_VARIANT_TEXT_H_
