#include "server/evaluations/json_report.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver_util.h"

namespace tunegate::evaluations {
namespace {

constexpr char kUrlPrefix[] = "type.googleapis.com";
constexpr size_t kPieceBytes = 32 * 1024;

// With map entries sorted: a map's own order differs from process to process.
std::string SortedBytes(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

absl::Status AppendJson(const google::protobuf::Message& message, std::string& text) {
  const std::unique_ptr<google::protobuf::util::TypeResolver> types(
      google::protobuf::util::NewTypeResolverForDescriptorPool(
          kUrlPrefix, message.GetDescriptor()->file()->pool()));
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::BinaryToJsonString(
      types.get(), absl::StrCat(kUrlPrefix, "/", message.GetDescriptor()->full_name()),
      SortedBytes(message), &json, options);
  if (!status.ok()) {
    return Internal("STORE_CORRUPT", absl::StrCat("the report cannot be written as JSON: ",
                                                  std::string(status.message())));
  }
  text.append(json);
  return absl::OkStatus();
}

}  // namespace

absl::Status RenderJson(const v1::Evaluation& evaluation, const v1::Decision* decision,
                        const ByteSink& sink) {
  std::string text = "{\"evaluation\":";
  TG_RETURN_IF_ERROR(AppendJson(evaluation, text));
  if (decision != nullptr) {
    text.append(",\"decision\":");
    TG_RETURN_IF_ERROR(AppendJson(*decision, text));
  }
  text.append("}\n");
  for (size_t at = 0; at < text.size(); at += kPieceBytes) {
    TG_RETURN_IF_ERROR(sink(std::string_view(text).substr(at, kPieceBytes)));
  }
  return absl::OkStatus();
}

}  // namespace tunegate::evaluations
