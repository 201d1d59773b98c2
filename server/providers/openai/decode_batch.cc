// Batches: the object, and the lines of the files that it gives.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "server/providers/openai/decode.h"

namespace tunegate::providers::openai {
namespace {

// OpenAI's is {"object": "list", "data": [...]}; some servers give the array alone.
std::vector<RemoteBatch::Fault> DecodeFaults(const json::Value& errors) {
  std::vector<RemoteBatch::Fault> faults;
  const json::Value& list = errors.IsArray() ? errors : errors["data"];
  for (const json::Value& error : list.Elements()) {
    faults.push_back({error["code"].StringOr(""), error["message"].StringOr(""),
                      std::max<int64_t>(0, error["line"].IntegerOr(0))});
  }
  return faults;
}

// Seconds since 1970; anything else stands for the beginning.
absl::Time CreateTimeOf(const json::Value& seconds) {
  constexpr int64_t kYear9999 = 253'402'300'799;
  return absl::FromUnixSeconds(std::clamp<int64_t>(seconds.IntegerOr(0), 0, kYear9999));
}

void DecodeResponse(const json::Value& response, bool dressed, BatchLine& line) {
  line.http_status =
      static_cast<int>(std::clamp<int64_t>(response["status_code"].IntegerOr(0), 0, 999));
  line.request_id = ToValidUtf8(response["request_id"].StringOr(""));
  const json::Value& body = response["body"];
  if (line.http_status < 200 || line.http_status > 299) {
    if (line.error.message.empty()) line.error = DecodeErrorObject(body);
    return;
  }
  line.undecodable = DecodeCompletion(body, dressed, line.answer);
  line.answered = line.undecodable.ok();
  line.answer.request_id = line.request_id;
}

}  // namespace

absl::StatusOr<RemoteBatch> DecodeBatch(const json::Value& batch) {
  RemoteBatch decoded;
  for (const auto& [member, into] :
       {std::pair("id", &decoded.id), std::pair("status", &decoded.status)}) {
    *into = batch[member].StringOr("");
    if (into->empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("a batch has ", std::string(batch[member].TypeName()), " as '", member,
                       "'; expected a string that is not empty"));
    }
  }
  decoded.input_file = batch["input_file_id"].StringOr("");
  decoded.output_file = batch["output_file_id"].StringOr("");
  decoded.error_file = batch["error_file_id"].StringOr("");
  for (const auto& [key, value] : batch["metadata"].Members()) {
    decoded.metadata[key] = value.IsString() ? value.String() : json::Write(value);
  }
  decoded.faults = DecodeFaults(batch["errors"]);
  const json::Value& counts = batch["request_counts"];
  for (const auto& [member, into] :
       {std::pair("total", &decoded.total), std::pair("completed", &decoded.completed),
        std::pair("failed", &decoded.failed)}) {
    *into = std::max<int64_t>(0, counts[member].IntegerOr(0));
  }
  decoded.create_time = CreateTimeOf(batch["created_at"]);
  return decoded;
}

absl::StatusOr<BatchLine> DecodeBatchLine(std::string_view text) {
  TG_ASSIGN_OR_RETURN(const ChatJson parsed, ParseChatJson(text));
  const json::Value& value = parsed.value;
  BatchLine line;
  line.custom_id = value["custom_id"].StringOr("");
  if (line.custom_id.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a line of a batch has ", std::string(value["custom_id"].TypeName()),
                     " as 'custom_id'; expected a string that is not empty"));
  }
  if (!value["error"].IsNull()) line.error = DecodeErrorObject(value);
  if (value["response"].IsObject()) DecodeResponse(value["response"], parsed.dressed, line);
  return line;
}

}  // namespace tunegate::providers::openai
