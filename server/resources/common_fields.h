// Reflection over fields 1-10, which mean the same in every resource of tunegate.v1, and over the
// `resource` field of its stored record.
#ifndef TUNEGATE_SERVER_RESOURCES_COMMON_FIELDS_H_
#define TUNEGATE_SERVER_RESOURCES_COMMON_FIELDS_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::resources {

// The public resource inside a stored record.
google::protobuf::Message& ResourceIn(google::protobuf::Message& record);
const google::protobuf::Message& ResourceIn(const google::protobuf::Message& record);

// A string field by name; empty when the kind does not have it.
std::string StringField(const google::protobuf::Message& resource, const std::string& field);
void SetStringField(google::protobuf::Message& resource, const std::string& field,
                    const std::string& value);

// The state's value without its prefix: "RUNNING"; empty for kinds without states.
std::string StateName(const google::protobuf::Message& resource);

std::map<std::string, std::string> Labels(const google::protobuf::Message& resource);

bool HasField(const google::protobuf::Message& message, const std::string& field);
// Sets a google.protobuf.Timestamp field, where the kind has it.
void SetTimeField(google::protobuf::Message& resource, const std::string& field, absl::Time time);
void ClearField(google::protobuf::Message& resource, const std::string& field);
bool IsSet(const google::protobuf::Message& resource, const std::string& field);

// Puts the resource into the event's payload.
void SetPayload(v1::Event& event, const google::protobuf::Message& resource);

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_RESOURCES_COMMON_FIELDS_H_
