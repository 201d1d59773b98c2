#include "server/resources/common_fields.h"

#include <cassert>

#include "common/proto_time.h"
#include "google/protobuf/timestamp.pb.h"

namespace tunegate::resources {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* FindField(const Message& message, const std::string& field) {
  return message.GetDescriptor()->FindFieldByName(field);
}

}  // namespace

Message& ResourceIn(Message& record) {
  return *record.GetReflection()->MutableMessage(&record, FindField(record, "resource"));
}

const Message& ResourceIn(const Message& record) {
  return record.GetReflection()->GetMessage(record, FindField(record, "resource"));
}

std::string StringField(const Message& resource, const std::string& field) {
  const FieldDescriptor* descriptor = FindField(resource, field);
  return descriptor == nullptr ? "" : resource.GetReflection()->GetString(resource, descriptor);
}

void SetStringField(Message& resource, const std::string& field, const std::string& value) {
  resource.GetReflection()->SetString(&resource, FindField(resource, field), value);
}

std::string StateName(const Message& resource) {
  const FieldDescriptor* descriptor = FindField(resource, "state");
  if (descriptor == nullptr) return "";
  constexpr std::string_view kPrefix = "STATE_";
  return resource.GetReflection()->GetEnum(resource, descriptor)->name().substr(kPrefix.size());
}

std::map<std::string, std::string> Labels(const Message& resource) {
  std::map<std::string, std::string> labels;
  const FieldDescriptor* descriptor = FindField(resource, "labels");
  if (descriptor == nullptr) return labels;
  const auto* reflection = resource.GetReflection();
  for (int i = 0; i < reflection->FieldSize(resource, descriptor); ++i) {
    const Message& entry = reflection->GetRepeatedMessage(resource, descriptor, i);
    labels[StringField(entry, "key")] = StringField(entry, "value");
  }
  return labels;
}

bool HasField(const Message& message, const std::string& field) {
  return FindField(message, field) != nullptr;
}

void SetTimeField(Message& resource, const std::string& field, absl::Time time) {
  const FieldDescriptor* descriptor = FindField(resource, field);
  if (descriptor == nullptr) return;
  auto* timestamp = static_cast<google::protobuf::Timestamp*>(
      resource.GetReflection()->MutableMessage(&resource, descriptor));
  *timestamp = ToProto(time);
}

void ClearField(Message& resource, const std::string& field) {
  if (const FieldDescriptor* descriptor = FindField(resource, field)) {
    resource.GetReflection()->ClearField(&resource, descriptor);
  }
}

bool IsSet(const Message& resource, const std::string& field) {
  const FieldDescriptor* descriptor = FindField(resource, field);
  return descriptor != nullptr && resource.GetReflection()->HasField(resource, descriptor);
}

void SetPayload(v1::Event& event, const Message& resource) {
  const auto* oneof = event.GetDescriptor()->FindOneofByName("payload");
  for (int i = 0; i < oneof->field_count(); ++i) {
    const FieldDescriptor* field = oneof->field(i);
    if (field->message_type() != resource.GetDescriptor()) continue;
    event.GetReflection()->MutableMessage(&event, field)->CopyFrom(resource);
    return;
  }
  assert(false && "a resource kind without a payload in tunegate.v1.Event");
}

}  // namespace tunegate::resources
