#include "server/events/feed_events.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::events {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::internal::WireFormatLite;

void SetTime(absl::Time time, google::protobuf::Timestamp& out) {
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t seconds = absl::ToUnixSeconds(time);
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>((micros - seconds * 1000000) * 1000));
}

FeedEvent FeedEventOf(const store::StoredEvent& stored) {
  v1::Event known_later;
  known_later.set_position(stored.position);
  SetTime(stored.time, *known_later.mutable_time());
  v1::Event parsed;
  std::string bytes = stored.payload;
  if (!parsed.ParseFromString(bytes)) {
    log::Error("a stored event does not parse",
               {{"resource", stored.resource}, {"position", stored.position}});
    parsed.Clear();
    parsed.set_resource(stored.resource);
    parsed.set_message("this event is damaged in the store; read the resource itself");
    bytes = parsed.SerializeAsString();
  }
  known_later.AppendToString(&bytes);
  FeedEvent event;
  event.resource = stored.resource;
  event.owner = parsed.owner();
  event.type = parsed.type();
  event.terminal = parsed.terminal();
  event.labels.insert(parsed.labels().begin(), parsed.labels().end());
  event.bytes = std::make_shared<const std::string>(std::move(bytes));
  return event;
}

// Every stored record has its public resource as field 1: its bytes, unparsed. nullopt when the
// record is no well-formed message.
std::optional<std::string> PublicBytesOf(const std::string& record) {
  constexpr uint32_t kPublicTag = (1 << 3) | WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(record.data()),
                                               static_cast<int>(record.size()));
  std::string result;
  while (const uint32_t tag = input.ReadTag()) {
    if (tag != kPublicTag) {
      if (!WireFormatLite::SkipField(&input, tag)) return std::nullopt;
      continue;
    }
    std::string part;
    uint32_t size = 0;
    if (!input.ReadVarint32(&size) || !input.ReadString(&part, static_cast<int>(size))) {
      return std::nullopt;
    }
    result += part;  // several occurrences merge
  }
  if (!input.ConsumedEntireMessage()) return std::nullopt;
  return result;
}

const FieldDescriptor* PayloadFieldOf(std::string_view kind) {
  if (kind.empty() || kind.back() != 's') return nullptr;
  const FieldDescriptor* field =
      v1::Event::descriptor()->FindFieldByName(std::string(kind.substr(0, kind.size() - 1)));
  const bool is_payload = field != nullptr && field->containing_oneof() != nullptr;
  return is_payload ? field : nullptr;
}

// Fields 3 (labels) and 6 (update_time) mean the same in every resource that has them.
void CopySharedFields(const Message& resource, v1::Event& out) {
  const auto* labels = resource.GetDescriptor()->FindFieldByName("labels");
  if (labels != nullptr && labels->is_map()) {
    const auto* reflection = resource.GetReflection();
    const auto* key = labels->message_type()->map_key();
    const auto* value = labels->message_type()->map_value();
    for (int i = 0; i < reflection->FieldSize(resource, labels); ++i) {
      const Message& entry = reflection->GetRepeatedMessage(resource, labels, i);
      (*out.mutable_labels())[entry.GetReflection()->GetString(entry, key)] =
          entry.GetReflection()->GetString(entry, value);
    }
  }
  const auto* updated = resource.GetDescriptor()->FindFieldByName("update_time");
  if (updated != nullptr && resource.GetReflection()->HasField(resource, updated)) {
    out.mutable_time()->CopyFrom(resource.GetReflection()->GetMessage(resource, updated));
  }
}

}  // namespace

bool Matches(const EventFilter& filter, const FeedEvent& event) {
  if (!filter.resources.empty() || !filter.kinds.empty()) {
    const bool named =
        filter.resources.contains(event.resource) ||
        filter.kinds.contains(std::string(store::KindOf(event.resource))) ||
        (filter.include_owned && !event.owner.empty() && filter.resources.contains(event.owner));
    if (!named) return false;
  }
  if (!filter.types.empty() && !filter.types.contains(event.type)) return false;
  return std::all_of(filter.labels.begin(), filter.labels.end(), [&](const auto& wanted) {
    const auto found = event.labels.find(wanted.first);
    return found != event.labels.end() && found->second == wanted.second;
  });
}

std::vector<std::shared_ptr<const FeedCommit>> CommitsOf(
    const std::vector<store::StoredEvent>& log) {
  std::vector<std::shared_ptr<const FeedCommit>> commits;
  for (size_t i = 0; i < log.size();) {
    auto commit = std::make_shared<FeedCommit>();
    commit->position = log[i].position;
    for (; i < log.size() && log[i].position == commit->position; ++i) {
      commit->events.push_back(FeedEventOf(log[i]));
    }
    commits.push_back(std::move(commit));
  }
  return commits;
}

std::vector<std::string> EventKinds() {
  const auto* payload = v1::Event::descriptor()->FindOneofByName("payload");
  std::vector<std::string> kinds;
  for (int i = 0; i < payload->field_count(); ++i) kinds.push_back(payload->field(i)->name() + "s");
  return kinds;
}

absl::StatusOr<std::optional<FeedEvent>> SnapshotEventOf(const store::Record& record,
                                                         int64_t position) {
  const FieldDescriptor* field = PayloadFieldOf(store::KindOf(record.name));
  if (field == nullptr) return std::optional<FeedEvent>();
  v1::Event event;
  Message* resource = event.GetReflection()->MutableMessage(&event, field);
  const std::optional<std::string> public_bytes = PublicBytesOf(record.payload);
  if (!public_bytes || !resource->ParseFromString(*public_bytes)) {
    return Internal("STORE_CORRUPT", absl::StrCat("the stored record of '", record.name,
                                                  "' does not parse; restore a backup"))
        .Metadata("resource", record.name);
  }
  SetTime(record.create_time, *event.mutable_time());
  CopySharedFields(*resource, event);
  event.set_position(position);
  event.set_resource(record.name);
  event.set_type(v1::Event::TYPE_SNAPSHOT);
  event.set_owner(record.owner);
  event.set_terminal(record.terminal);
  FeedEvent result;
  result.resource = record.name;
  result.owner = record.owner;
  result.type = v1::Event::TYPE_SNAPSHOT;
  result.terminal = record.terminal;
  result.labels.insert(event.labels().begin(), event.labels().end());
  result.bytes = std::make_shared<const std::string>(event.SerializeAsString());
  return result;
}

}  // namespace tunegate::events
