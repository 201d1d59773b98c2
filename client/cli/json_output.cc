#include "client/cli/json_output.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

namespace tunegate::cli {

std::string ToJsonLine(const google::protobuf::Message& message) {
  std::string line;
  // Fails only for messages with unresolvable Any fields; ours have none.
  if (!google::protobuf::util::MessageToJsonString(message, &line).ok()) line = "{}";
  return line;
}

}  // namespace tunegate::cli
