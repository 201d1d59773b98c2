#include "server/providers/openai/failure_reporter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/providers/openai/retry_policy.h"

namespace tunegate::providers::openai {
namespace {

bool IsSuccess(int http_status) { return http_status >= 200 && http_status < 300; }

Refusal RefusalIn(const HttpResponse& response) {
  const ErrorObject error = DecodeError(response.body);
  Refusal refusal;
  refusal.http_status = response.status;
  refusal.message = error.message.empty() ? Glimpse(response.body) : error.message;
  refusal.code = error.code;
  refusal.type = error.type;
  refusal.param = error.param;
  return refusal;
}

}  // namespace

Sent SentBy(const HttpResponse& response) {
  return response.status == 0 ? response.sent : SentByHttpStatus(response.status);
}

bool SaysQuota(const HttpResponse& response) {
  return response.status == 429 && IsQuotaRefusal(RefusalIn(response));
}

std::string_view RequestIdOf(const HttpResponse& response) {
  for (const char* name : {"x-request-id", "apim-request-id", "x-ms-request-id"}) {
    if (const std::string_view id = response.headers.Get(name); !id.empty()) return id;
  }
  return {};
}

std::string FailureReporter::Redact(std::string_view text) const {
  std::string redacted(text);
  for (const std::string& secret : secrets_) {
    for (size_t at = 0; (at = redacted.find(secret, at)) != std::string::npos;) {
      redacted.replace(at, secret.size(), "[redacted]");
      at += std::string_view("[redacted]").size();
    }
  }
  return redacted;
}

absl::Status FailureReporter::StatusOf(const HttpResponse& response, Sent earlier,
                                       absl::Time now) const {
  const Sent sent = std::max(SentBy(response), earlier);
  const std::string text = Redact(response.failure_text);
  switch (response.failure) {
    case HttpFailure::kNone:
      if (IsSuccess(response.status)) return absl::OkStatus();
      return RefusalOf(response, earlier, now);
    case HttpFailure::kNoConnection:
      return NoAnswerStatus(provider_, text + "; check the base URL and the network",
                            /*timed_out=*/false, sent);
    case HttpFailure::kTimedOut:
      return NoAnswerStatus(provider_, text, /*timed_out=*/true, sent);
    case HttpFailure::kShutDown:
      return NoAnswerStatus(provider_, text, /*timed_out=*/false, sent);
    case HttpFailure::kBroken:
      if (response.status == 0) return NoAnswerStatus(provider_, text, /*timed_out=*/false, sent);
      return CutAnswerStatus(response, earlier, now);
    case HttpFailure::kGarbled:
      return Invalid(response, "it is not HTTP: " + text);
    case HttpFailure::kTooLarge:
      return Invalid(response, "it is too large: " + text);
    case HttpFailure::kUnwritableFile:
      return Internal("FILE_NOT_WRITABLE",
                      "the file to download into could not be written: " + text)
          .Metadata("sent", SentName(sent));
    case HttpFailure::kUnreadableFile:
      break;
  }
  return Internal("FILE_NOT_READABLE", "the file to upload could not be read to its end: " + text)
      .Metadata("sent", SentName(sent));
}

absl::Status FailureReporter::RefusalOf(const HttpResponse& response, Sent earlier,
                                        absl::Time now) const {
  Refusal refusal = RefusalIn(response);
  refusal.provider = provider_;
  refusal.earlier = earlier;
  refusal.request_id = Redact(RequestIdOf(response));
  for (std::string* text : {&refusal.message, &refusal.code, &refusal.type, &refusal.param}) {
    *text = Redact(*text);
  }
  refusal.retry_delay =
      AskedDelay(response.headers.Get("retry-after-ms"), response.headers.Get("retry-after"), now);
  return RefusalStatus(refusal);
}

absl::Status FailureReporter::CutAnswerStatus(const HttpResponse& response, Sent earlier,
                                              absl::Time now) const {
  if (!IsSuccess(response.status)) return RefusalOf(response, earlier, now);
  return Invalid(response, absl::StrCat("it was cut after ", response.body.size(), " bytes (",
                                        Redact(response.failure_text), ")"));
}

absl::Status FailureReporter::StatusOfLine(const BatchLine& line) const {
  if (line.answered) return absl::OkStatus();
  const std::string request_id = Redact(line.request_id);
  if (!line.undecodable.ok()) {
    return InvalidAnswerStatus(provider_, Redact(std::string(line.undecodable.message())), "",
                               line.http_status, request_id);
  }
  if (line.http_status == 0) {
    return UnansweredLineStatus(provider_, Redact(line.error.code), Redact(line.error.message));
  }
  Refusal refusal;
  refusal.http_status = line.http_status;
  refusal.provider = provider_;
  refusal.message = Redact(line.error.message);
  refusal.code = Redact(line.error.code);
  refusal.type = Redact(line.error.type);
  refusal.param = Redact(line.error.param);
  refusal.request_id = request_id;
  return RefusalStatus(refusal);
}

absl::Status FailureReporter::UndecodableLineStatus(std::string_view line,
                                                    const absl::Status& why) const {
  return InvalidAnswerStatus(provider_, Redact(std::string(why.message())), Redact(Glimpse(line)),
                             200, "");
}

absl::Status FailureReporter::UndecodableStatus(const HttpResponse& response,
                                                const absl::Status& why) const {
  return Invalid(response, Redact(std::string(why.message())));
}

absl::Status FailureReporter::Invalid(const HttpResponse& response, std::string_view what) const {
  return InvalidAnswerStatus(provider_, what, Redact(Glimpse(response.body)), response.status,
                             Redact(RequestIdOf(response)));
}

}  // namespace tunegate::providers::openai
