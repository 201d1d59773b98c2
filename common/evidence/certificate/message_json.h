// Messages as JSON and back, in a form that stays: what digests are made of must not change with
// a library's version. It is protobuf's JSON with these choices:
//  * members are called as in the .proto file; fields that are not set are left out;
//  * whole numbers are numbers up to 2^53 and strings beyond it, where JSON's readers lose digits;
//  * `bytes` that are UTF-8 are that text; others are base64 in a member NAME_base64;
//  * infinities and NaN are the strings "Infinity", "-Infinity" and "NaN".
// Timestamps and durations are written as protobuf does. Reading refuses what it does not know.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_MESSAGE_JSON_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_MESSAGE_JSON_H_

#include <string_view>

#include "absl/status/status.h"
#include "common/json.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace tunegate::certificates {

// Which fields are written.
enum class Fields {
  kSet,  // those that are not at their default
  kAll,  // also numbers, texts, flags and lists at their default, where that is no "unset"
};

// Pure, thread-safe.
json::Value ToJson(const google::protobuf::Message& message, Fields fields = Fields::kSet);

// A double as ToJson writes it.
json::Value NumberToJson(double number);

// Fills an empty message. INVALID_ARGUMENT (BAD_MESSAGE) with the path of the first member that is
// not the message's or of another type: "calls[1].arm: ...".
absl::Status FromJson(const json::Value& value, google::protobuf::Message* message,
                      std::string_view path = "");

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_MESSAGE_JSON_H_
