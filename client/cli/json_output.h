// Protobuf's JSON, as grpcurl prints it: what `--output json` gives.
#ifndef TUNEGATE_CLIENT_CLI_JSON_OUTPUT_H_
#define TUNEGATE_CLIENT_CLI_JSON_OUTPUT_H_

#include <string>

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace tunegate::cli {

// One line without its end: camelCase names, fields at their default left out, 64-bit integers as
// strings.
std::string ToJsonLine(const google::protobuf::Message& message);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_JSON_OUTPUT_H_
