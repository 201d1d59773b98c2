#include "server/sandbox/jobs/job_request.h"

#include <limits>

#include "common/utf8.h"
#include "server/sandbox/api_error.h"
#include "server/sandbox/models.h"

namespace tunegate::sandbox {
namespace {

constexpr int kMaxEpochs = 50;
constexpr int kMaxBatchSize = 256;
constexpr size_t kMaxSuffix = 64;
constexpr size_t kMaxMetadataPairs = 16;
constexpr size_t kMaxMetadataKey = 64;
constexpr size_t kMaxMetadataValue = 512;
constexpr int64_t kMaxSeed = std::numeric_limits<int32_t>::max();

Error Invalid(std::string_view param, std::string_view expected) {
  return BadRequest(
      param,
      "Invalid value for '" + std::string(param) + "': expected " + std::string(expected) + ".",
      "invalid_value");
}

absl::Status CheckModel(const json::Value& model) {
  if (model.String().empty()) {
    return BadRequest("model", "Missing required parameter: 'model'.",
                      "missing_required_parameter");
  }
  if (model.String().compare(0, 3, "ft:") == 0) {
    return BadRequest("model",
                      "Continuing from a fine-tuned model is not supported in the sandbox: '" +
                          model.String() + "'. Start from a base model with all examples.",
                      "model_not_available");
  }
  if (!IsBaseModel(model.String())) {
    return BadRequest(
        "model", "Model " + model.String() + " is not available for fine-tuning or does not exist.",
        "model_not_available");
  }
  return absl::OkStatus();
}

absl::Status CheckFile(const std::string& param, const std::string& id, const FileStore& files) {
  const absl::StatusOr<StoredFile> file = files.Get(id);
  if (!file.ok()) {
    return BadRequest(param, "invalid " + param + ": " + id, "file_not_found");
  }
  if (file->purpose != "fine-tune") {
    return BadRequest(
        param,
        "The file '" + id + "' has the purpose '" + file->purpose + "'; expected 'fine-tune'.",
        "invalid_file_purpose");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int>> ReadCount(const json::Value& value, const std::string& param,
                                             int max) {
  if (value.IsNull() || value.String() == "auto") return std::optional<int>();
  if (!value.IsInteger() || value.IntegerOr(0) < 1 || value.IntegerOr(0) > max) {
    return Invalid(param, "'auto' or an integer from 1 to " + std::to_string(max));
  }
  return std::optional<int>(static_cast<int>(value.IntegerOr(0)));
}

absl::StatusOr<Hyperparameters> ReadHyperparameters(const json::Value& value,
                                                    const std::string& path) {
  Hyperparameters read;
  TG_ASSIGN_OR_RETURN(read.n_epochs, ReadCount(value["n_epochs"], path + "n_epochs", kMaxEpochs));
  TG_ASSIGN_OR_RETURN(read.batch_size,
                      ReadCount(value["batch_size"], path + "batch_size", kMaxBatchSize));
  const json::Value& rate = value["learning_rate_multiplier"];
  if (!rate.IsNull() && rate.String() != "auto") {
    if (!rate.IsNumber() || !(rate.NumberOr(0) > 0)) {
      return Invalid(path + "learning_rate_multiplier", "'auto' or a number above 0");
    }
    read.learning_rate_multiplier = rate.NumberOr(0);
  }
  return read;
}

absl::StatusOr<Hyperparameters> ReadMethod(const json::Value& body) {
  const json::Value& method = body["method"];
  if (method.IsNull()) return ReadHyperparameters(body["hyperparameters"], "hyperparameters.");
  const std::string type = method["type"].String();
  if (type == "dpo" || type == "reinforcement") {
    return BadRequest(
        "method.type",
        "Unsupported method in the sandbox: '" + type + "'. It trains with 'supervised' only.",
        "unsupported_method");
  }
  if (type != "supervised") return Invalid("method.type", "'supervised', 'dpo' or 'reinforcement'");
  return ReadHyperparameters(method["supervised"]["hyperparameters"],
                             "method.supervised.hyperparameters.");
}

absl::Status CheckMetadata(const json::Value& metadata) {
  if (metadata.IsNull()) return absl::OkStatus();
  if (!metadata.IsObject() || metadata.Members().size() > kMaxMetadataPairs) {
    return Invalid("metadata", "an object of at most 16 strings");
  }
  for (const auto& [key, value] : metadata.Members()) {
    if (CodePointCount(key) > kMaxMetadataKey || !value.IsString() ||
        CodePointCount(value.String()) > kMaxMetadataValue) {
      return Invalid("metadata." + key,
                     "a key of at most 64 and a string of at most 512 characters");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadSeed(const json::Value& seed) {
  if (seed.IsNull()) return 0;  // a fixed one: the same request trains the same model
  if (!seed.IsInteger() || seed.IntegerOr(-1) < 0 || seed.IntegerOr(0) > kMaxSeed) {
    return Invalid("seed", "an integer from 0 to 2147483647");
  }
  return seed.IntegerOr(0);
}

}  // namespace

absl::StatusOr<Job> ReadJobRequest(const json::Value& body, const FileStore& files) {
  Job job;
  TG_RETURN_IF_ERROR(CheckModel(body["model"]));
  job.model = body["model"].String();
  job.training_file = body["training_file"].String();
  if (job.training_file.empty()) {
    return BadRequest("training_file", "Missing required parameter: 'training_file'.",
                      "missing_required_parameter");
  }
  TG_RETURN_IF_ERROR(CheckFile("training_file", job.training_file, files));
  job.validation_file = body["validation_file"].String();
  if (!job.validation_file.empty()) {
    TG_RETURN_IF_ERROR(CheckFile("validation_file", job.validation_file, files));
  }
  TG_ASSIGN_OR_RETURN(job.hyperparameters, ReadMethod(body));
  TG_ASSIGN_OR_RETURN(job.seed, ReadSeed(body["seed"]));
  TG_RETURN_IF_ERROR(CheckMetadata(body["metadata"]));
  job.metadata = body["metadata"];
  job.integrations = body["integrations"];
  job.suffix = body["suffix"].String();
  if (CodePointCount(job.suffix) > kMaxSuffix) {
    return Invalid("suffix", "a string of 1 to 64 characters");
  }
  return job;
}

}  // namespace tunegate::sandbox
