#include "server/sandbox/batches/batch_input.h"

#include <cstdint>
#include <set>

namespace tunegate::sandbox {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view endpoint) : endpoint_(endpoint) {}

  void ReadLine(std::string_view text) {
    ++number_;
    const absl::StatusOr<json::Value> line = json::Parse(text);
    if (!line.ok() || !line->IsObject()) {
      Refuse("invalid_json_line", "This line is not parseable as a JSON object.", "");
      return;
    }
    const std::string& custom_id = (*line)["custom_id"].String();
    if (custom_id.empty()) {
      Refuse("missing_required_parameter", "Missing required parameter: 'custom_id'.", "custom_id");
    } else if (!seen_.insert(custom_id).second) {
      Refuse("duplicate_custom_id", "The custom_id '" + custom_id + "' has already been used.",
             "custom_id");
    } else if ((*line)["method"].String() != "POST") {
      Refuse("invalid_method", "Invalid 'method': expected 'POST'.", "method");
    } else if ((*line)["url"].String() != endpoint_) {
      Refuse("invalid_url", "The URL provided for this request does not match the batch endpoint.",
             "url");
    } else if (!(*line)["body"].IsObject()) {
      Refuse("missing_required_parameter", "Missing required parameter: 'body'.", "body");
    } else {
      Accept(custom_id, (*line)["body"]);
    }
  }

  BatchInput Finish() {
    if (number_ == 0) Refuse("empty_file", "The input file has no lines.", "input_file_id");
    return std::move(input_);
  }

  void Refuse(std::string_view code, std::string_view message, std::string_view param) {
    input_.errors.push_back(BatchError(code, message, param, number_));
  }

 private:
  void Accept(const std::string& custom_id, const json::Value& body) {
    const std::string& model = body["model"].String();
    if (input_.lines.empty()) model_ = model;
    if (model != model_) {
      Refuse("mismatched_model",
             "The provided model '" + model + "' does not match the batch's: '" + model_ + "'.",
             "body.model");
      return;
    }
    input_.lines.push_back({custom_id, body});
  }

  const std::string_view endpoint_;
  int64_t number_ = 0;
  std::string model_;
  std::set<std::string> seen_;
  BatchInput input_;
};

}  // namespace

json::Value BatchError(std::string_view code, std::string_view message, std::string_view param,
                       int64_t line) {
  return json::Object({{"code", code},
                       {"message", message},
                       {"param", param.empty() ? json::Value() : json::Value(param)},
                       {"line", line == 0 ? json::Value() : json::Value(line)}});
}

BatchInput ParseBatchInput(std::string_view jsonl, std::string_view endpoint) {
  Reader reader(endpoint);
  if (jsonl.size() > kMaxBatchBytes) {
    reader.Refuse("file_too_large", "The input file is larger than 200 MB.", "input_file_id");
    return reader.Finish();
  }
  size_t lines = 0;
  while (!jsonl.empty()) {
    const size_t end = jsonl.find('\n');
    const std::string_view line = jsonl.substr(0, end);
    jsonl.remove_prefix(end == std::string_view::npos ? jsonl.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (++lines > kMaxBatchLines) {
      reader.Refuse("too_many_lines", "The input file has more than 50000 lines.", "input_file_id");
      break;
    }
    reader.ReadLine(line);
  }
  return reader.Finish();
}

}  // namespace tunegate::sandbox
