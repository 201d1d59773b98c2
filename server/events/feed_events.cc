#include "server/events/feed_events.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::events {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

void SetTime(absl::Time time, google::protobuf::Timestamp& out) {
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t seconds = absl::ToUnixSeconds(time);
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>((micros - seconds * 1000000) * 1000));
}

// The event as field `events` of a WatchEventsResponse.
void SetField(std::string_view bytes, FeedEvent& event) {
  std::string field;
  {
    google::protobuf::io::StringOutputStream stream(&field);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteTag(WireFormatLite::MakeTag(v1::WatchEventsResponse::kEventsFieldNumber,
                                           WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    coded.WriteVarint32(static_cast<uint32_t>(bytes.size()));
    event.head_size = static_cast<size_t>(coded.ByteCount());
  }
  field.append(bytes);
  field.shrink_to_fit();
  event.field = std::make_shared<const std::string>(std::move(field));
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
  SetField(bytes, event);
  return event;
}

// Calls `see` with the number and the bytes of each length-delimited field (strings, messages).
// False when `message` is not well formed.
bool ForEachField(const std::string& message,
                  const std::function<void(int number, const std::string& bytes)>& see) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(message.data()),
                                               static_cast<int>(message.size()));
  std::string bytes;
  while (const uint32_t tag = input.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&input, tag)) return false;
      continue;
    }
    uint32_t size = 0;
    if (!input.ReadVarint32(&size) || !input.ReadString(&bytes, static_cast<int>(size))) {
      return false;
    }
    see(WireFormatLite::GetTagFieldNumber(tag), bytes);
  }
  return input.ConsumedEntireMessage();
}

void AppendField(int number, const std::string& bytes, std::string& out) {
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  WireFormatLite::WriteBytes(number, bytes, &coded);
}

const FieldDescriptor* PayloadFieldOf(std::string_view kind) {
  if (kind.empty() || kind.back() != 's') return nullptr;
  const FieldDescriptor* field =
      v1::Event::descriptor()->FindFieldByName(std::string(kind.substr(0, kind.size() - 1)));
  const bool is_payload = field != nullptr && field->containing_oneof() != nullptr;
  return is_payload ? field : nullptr;
}

// An Event's fields that come from the record's bytes, encoded: its public part (field 1 of every
// stored record) as the payload, and of that what means the same in every resource: labels (3) and
// update_time (6). nullopt when the record is damaged. Nothing is decoded and built again, so
// fields that a newer version wrote are passed on.
std::optional<std::string> EventFieldsOf(const store::Record& record, int payload_field) {
  std::string resource;
  if (!ForEachField(record.payload, [&](int number, const std::string& bytes) {
        if (number == 1) resource += bytes;  // several occurrences merge
      })) {
    return std::nullopt;
  }
  std::string fields;
  bool has_time = false;
  if (!ForEachField(resource, [&](int number, const std::string& bytes) {
        if (number == 3) AppendField(v1::Event::kLabelsFieldNumber, bytes, fields);
        if (number == 6) AppendField(v1::Event::kTimeFieldNumber, bytes, fields);
        has_time = has_time || number == 6;
      })) {
    return std::nullopt;
  }
  if (!has_time) {
    v1::Event created;
    SetTime(record.create_time, *created.mutable_time());
    created.AppendToString(&fields);
  }
  AppendField(payload_field, resource, fields);
  return fields;
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
      commit->size_bytes += commit->events.back().field->size();
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
  v1::Event head;
  head.set_position(position);
  head.set_resource(record.name);
  head.set_type(v1::Event::TYPE_SNAPSHOT);
  head.set_owner(record.owner);
  head.set_terminal(record.terminal);
  const auto fields = EventFieldsOf(record, field->number());
  std::string bytes = head.SerializeAsString() + fields.value_or("");
  v1::Event event;
  if (!fields || !event.ParseFromString(bytes)) {
    return Internal("STORE_CORRUPT", absl::StrCat("the stored record of '", record.name,
                                                  "' does not parse; restore a backup"))
        .Metadata("resource", record.name);
  }
  FeedEvent result;
  result.resource = record.name;
  result.owner = record.owner;
  result.type = v1::Event::TYPE_SNAPSHOT;
  result.terminal = record.terminal;
  result.labels.insert(event.labels().begin(), event.labels().end());
  SetField(bytes, result);
  return result;
}

}  // namespace tunegate::events
