#include "server/webhooks/receiver.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/log.h"
#include "common/utf8.h"
#include "server/metrics/catalogue.h"
#include "server/webhooks/provider_work.h"

namespace tunegate::webhooks {
namespace {

constexpr char kMethod[] = "webhook";

Outcome OutcomeOf(const absl::Status& refusal) {
  const std::string reason = DetailsOf(refusal).reason;
  if (reason == "WEBHOOK_SIGNATURE_INVALID") return Outcome::kForged;
  if (reason == "WEBHOOK_TOO_OLD") return Outcome::kTooOld;
  if (absl::IsInternal(refusal)) return Outcome::kFailed;
  return Outcome::kMalformed;
}

// What an event speaks of: {"type": "fine_tuning.job.succeeded", "data": {"id": "ftjob-1"}}.
struct Subject {
  std::string type;
  std::string id;
};

std::optional<Subject> ReadSubject(std::string_view body) {
  const absl::StatusOr<json::Value> event = json::Parse(body);
  if (!event.ok() || !event->IsObject()) return std::nullopt;
  Subject subject{(*event)["type"].StringOr(""), (*event)["data"]["id"].StringOr("")};
  if (subject.type.empty()) return std::nullopt;
  return subject;
}

void LogReceipt(const Delivery& delivery, const Receipt& receipt, const std::string& resource) {
  const log::Fields fields = {{"provider", Abbreviate(ToValidUtf8(delivery.provider), 60)},
                              {"webhook_id", Abbreviate(ToValidUtf8(delivery.content.id), 80)},
                              {"outcome", OutcomeName(receipt.outcome)},
                              {"message", receipt.message}};
  if (resource.empty()) return log::Info("webhook", fields);
  const log::Scope scope({{"resource", resource}});
  log::Info("webhook", fields);
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kWoken:
      return "woken";
    case Outcome::kUnknown:
      return "unknown";
    case Outcome::kIgnored:
      return "ignored";
    case Outcome::kRepeated:
      return "repeated";
    case Outcome::kReplayed:
      return "replayed";
    case Outcome::kForged:
    case Outcome::kTooOld:
    case Outcome::kMalformed:
    case Outcome::kNoSecret:
      return "refused";
    case Outcome::kFailed:
      return "failed";
  }
  return "failed";
}

Receipt Receiver::Take(const Delivery& delivery) {
  std::string resource;
  Receipt receipt = Judge(delivery, &resource);
  // A name that is not configured makes no metric of its own: anybody may send one.
  const bool known = receipt.outcome != Outcome::kNoSecret;
  metrics::TheCatalogue()
      .webhooks.Of({known ? delivery.provider : "", OutcomeName(receipt.outcome)})
      .Add();
  LogReceipt(delivery, receipt, resource);
  return receipt;
}

Receipt Receiver::Judge(const Delivery& delivery, std::string* resource) {
  const auto secret = secrets_.find(delivery.provider);
  if (secret == secrets_.end()) {
    return {Outcome::kNoSecret, "no webhooks are taken for this provider; see webhook_secret_file"};
  }
  const absl::Status verified = Verify(secret->second, delivery.content, clock_->Now());
  if (!verified.ok()) return {OutcomeOf(verified), std::string(verified.message())};
  const std::optional<Subject> subject = ReadSubject(delivery.content.body);
  if (!subject.has_value()) {
    return {Outcome::kMalformed, "expected a JSON object with a type and data.id"};
  }
  const bool job = absl::StartsWith(subject->type, "fine_tuning.job.");
  const bool batch = absl::StartsWith(subject->type, "batch.");
  if (!job && !batch) {
    return Remember(delivery, "", {Outcome::kIgnored, "events of this type mean nothing here"});
  }
  const auto found = job ? FindJob(*store_, delivery.provider, subject->id)
                         : FindEvaluation(*store_, delivery.provider, subject->id);
  if (!found.ok()) return {Outcome::kFailed, "the store cannot be read just now"};
  if (!found->has_value()) {
    return Remember(delivery, "", {Outcome::kUnknown, "nothing here waits for this"});
  }
  *resource = **found;
  return Remember(delivery, *resource, {Outcome::kWoken, "looking at it now"});
}

Receipt Receiver::Remember(const Delivery& delivery, const std::string& resource, Receipt receipt) {
  store::Transaction transaction;
  if (!resource.empty()) transaction.schedule.push_back({resource, absl::ZeroDuration()});
  store::Idempotency& seen = transaction.idempotency.emplace();
  seen.caller = absl::StrCat("webhooks/", std::string(delivery.provider));
  seen.method = kMethod;
  seen.request_id = std::string(delivery.content.id);
  seen.resource = resource.empty() ? seen.caller : resource;
  // Who sends again signs again: the time tells a repetition from a replay.
  seen.digest = std::string(delivery.content.timestamp);
  const absl::Status status = store_->Commit(std::move(transaction)).status();
  if (status.ok()) return receipt;
  const ErrorDetails details = DetailsOf(status);
  if (details.reason != "REQUEST_ID_TAKEN") {
    return {Outcome::kFailed, "the webhook could not be recorded just now"};
  }
  const auto earlier = details.metadata.find("digest");
  const bool same =
      earlier != details.metadata.end() && earlier->second == delivery.content.timestamp;
  if (same) return {Outcome::kReplayed, "this very webhook was taken before"};
  return {Outcome::kRepeated, "this webhook-id was taken before and counts once"};
}

}  // namespace tunegate::webhooks
