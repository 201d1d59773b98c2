#include "server/providers/openai/decode.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace tunegate::providers::openai {
namespace {

absl::Status Missing(std::string_view what, std::string_view member, std::string_view expected,
                     const json::Value& seen) {
  return absl::InvalidArgumentError(
      absl::StrCat(std::string(what), " has ", std::string(seen.TypeName()), " as '",
                   std::string(member), "'; expected ", std::string(expected)));
}

absl::StatusOr<std::string> RequiredText(const json::Value& object, std::string_view what,
                                         std::string_view member) {
  const json::Value& value = object[member];
  if (value.String().empty()) return Missing(what, member, "a string that is not empty", value);
  return value.String();
}

// Unix seconds; null, 0 and other types stand for "not".
std::optional<absl::Time> OptionalTime(const json::Value& value) {
  constexpr double kYear9999 = 253'402'300'799.0;
  const double seconds = value.NumberOr(0);
  if (!(seconds > 0) || seconds > kYear9999) return std::nullopt;
  return absl::FromUnixMicros(static_cast<int64_t>(seconds * 1e6));
}

absl::Time TimeOr1970(const json::Value& value) {
  return OptionalTime(value).value_or(absl::UnixEpoch());
}

std::map<std::string, double> NumericMembers(const json::Value& object) {
  std::map<std::string, double> figures;
  for (const auto& [name, value] : object.Members()) {
    if (value.IsNumber()) figures[name] = value.NumberOr(0);
  }
  return figures;
}

// Strings as they are, anything else as its JSON.
std::string TextOf(const json::Value& value) {
  if (value.IsNull()) return "";
  return value.IsString() ? value.String() : json::Write(value);
}

void DecodeJobError(const json::Value& error, RemoteJob& job) {
  if (error.IsString()) {
    job.error_message = error.String();
    return;
  }
  job.error_code = TextOf(error["code"]);
  job.error_message = TextOf(error["message"]);
}

}  // namespace

absl::StatusOr<json::Value> DecodeObject(std::string_view body) {
  absl::StatusOr<json::Value> value =
      json::Parse(IsValidUtf8(body) ? body : std::string_view(ToValidUtf8(body)));
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a JSON object: ", value.status().message()));
  }
  if (!value->IsObject()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a JSON object, found ", std::string(value->TypeName())));
  }
  return value;
}

absl::StatusOr<RemoteFile> DecodeFile(const json::Value& file) {
  RemoteFile decoded;
  TG_ASSIGN_OR_RETURN(decoded.id, RequiredText(file, "a file", "id"));
  decoded.file_name = file["filename"].StringOr("");
  decoded.size_bytes = file["bytes"].IntegerOr(0);
  decoded.purpose = file["purpose"].StringOr("");
  decoded.status = file["status"].StringOr("");
  decoded.create_time = TimeOr1970(file["created_at"]);
  return decoded;
}

absl::StatusOr<RemoteJob> DecodeJob(const json::Value& job) {
  RemoteJob decoded;
  TG_ASSIGN_OR_RETURN(decoded.id, RequiredText(job, "a job", "id"));
  TG_ASSIGN_OR_RETURN(decoded.status, RequiredText(job, "a job", "status"));
  decoded.model = job["model"].StringOr("");
  decoded.fine_tuned_model = job["fine_tuned_model"].StringOr("");
  decoded.training_file = job["training_file"].StringOr("");
  decoded.validation_file = job["validation_file"].StringOr("");
  for (const json::Value& file : job["result_files"].Elements()) {
    const std::string id = file.IsObject() ? file["id"].StringOr("") : file.StringOr("");
    if (!id.empty()) decoded.result_files.push_back(id);
  }
  for (const auto& [key, value] : job["metadata"].Members()) decoded.metadata[key] = TextOf(value);
  DecodeJobError(job["error"], decoded);
  decoded.trained_tokens = job["trained_tokens"].IntegerOr(0);
  decoded.create_time = TimeOr1970(job["created_at"]);
  decoded.finish_time = OptionalTime(job["finished_at"]);
  decoded.estimated_finish_time = OptionalTime(job["estimated_finish"]);
  if (job["seed"].IsInteger()) decoded.seed = job["seed"].IntegerOr(0);
  decoded.method = job["method"];
  return decoded;
}

absl::StatusOr<RemoteEvent> DecodeEvent(const json::Value& event) {
  RemoteEvent decoded;
  TG_ASSIGN_OR_RETURN(decoded.id, RequiredText(event, "an event", "id"));
  decoded.time = TimeOr1970(event["created_at"]);
  decoded.level = event["level"].StringOr("");
  decoded.type = event["type"].StringOr("");
  decoded.message = TextOf(event["message"]);
  decoded.figures = NumericMembers(event["data"]);
  return decoded;
}

absl::StatusOr<RemoteCheckpoint> DecodeCheckpoint(const json::Value& checkpoint) {
  RemoteCheckpoint decoded;
  decoded.id = checkpoint["id"].StringOr("");
  TG_ASSIGN_OR_RETURN(decoded.model,
                      RequiredText(checkpoint, "a checkpoint", "fine_tuned_model_checkpoint"));
  decoded.step = checkpoint["step_number"].IntegerOr(0);
  decoded.metrics = NumericMembers(checkpoint["metrics"]);
  return decoded;
}

absl::StatusOr<std::string> DecodeModel(const json::Value& model) {
  return RequiredText(model, "a model", "id");
}

absl::StatusOr<std::string> DecodeNextAfter(const json::Value& list, std::string_view after) {
  const json::Value& data = list["data"];
  if (!data.IsArray()) return Missing("a list", "data", "an array", data);
  if (!after.empty()) {
    for (const json::Value& item : data.Elements()) {
      if (item["id"].String() == after) {
        return absl::InvalidArgumentError(
            absl::StrCat("the list was asked to begin after '", std::string(after),
                         "' and holds it: the provider ignores 'after'"));
      }
    }
  }
  if (!list["has_more"].BoolOr(false) || data.Elements().empty()) return "";
  if (const std::string& last = list["last_id"].String(); !last.empty()) return last;
  return RequiredText(data.Elements().back(), "the last of a list that goes on", "id");
}

}  // namespace tunegate::providers::openai
