#include "server/resources/repository.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/digest.h"
#include "common/utf8.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/resources/common_fields.h"
#include "server/resources/filter.h"
#include "server/resources/names.h"
#include "server/resources/page.h"

namespace tunegate::resources {
namespace {

using google::protobuf::Message;

bool IsTerminal(const Kind& kind, const std::string& state) {
  return state.empty() || std::find(kind.terminal_states.begin(), kind.terminal_states.end(),
                                    state) != kind.terminal_states.end();
}

absl::Status Unreadable(const store::Record& row) {
  return Internal("STORE_CORRUPT", absl::StrCat("the stored record of ", row.name,
                                                " cannot be parsed; run `tunegate admin info` and "
                                                "restore the data directory from a backup"));
}

absl::StatusOr<bool> OldestFirst(std::string_view order_by) {
  const std::string order =
      absl::StrJoin(absl::StrSplit(std::string(order_by), ' ', absl::SkipWhitespace()), " ");
  if (order.empty() || order == "create_time desc") return false;
  if (order == "create_time" || order == "create_time asc") return true;
  return InvalidField("order_by", "expected `create_time desc` or `create_time`");
}

// The cursor names the last row that was read: its time in nanoseconds and its name.
std::string MakeCursor(const store::Record& last) {
  return absl::StrCat(absl::ToUnixNanos(last.create_time), " ", last.name);
}

void ApplyCursor(const std::string& cursor, store::ListQuery& query) {
  if (cursor.empty()) return;
  const size_t space = cursor.find(' ');
  query.after_create_time = absl::FromUnixNanos(std::stoll(cursor.substr(0, space)));
  query.after_name = cursor.substr(space + 1);
}

Error RequestIdReused(const std::string& request_id, const std::string& resource) {
  return AlreadyExists("REQUEST_ID_REUSED",
                       absl::StrCat("request_id '", request_id, "' made ", resource,
                                    " with another request body; use a new request_id"))
      .Metadata("resource", resource);
}

}  // namespace

Error WrongState(std::string_view name, std::string_view state, std::string_view wanted) {
  return FailedPrecondition("WRONG_STATE",
                            absl::StrCat(std::string(name), " is ", std::string(state),
                                         "; this needs it to be ", std::string(wanted)))
      .Metadata("resource", name)
      .Metadata("state", state);
}

absl::StatusOr<int64_t> Repository::Load(const Kind& kind, std::string_view name,
                                         std::string_view field, Message& record) {
  TG_RETURN_IF_ERROR(CheckName(field, name, kind.collection));
  absl::StatusOr<store::Record> row = store_->Get(name);
  if (absl::IsNotFound(row.status())) {
    return NotFound("RESOURCE_NOT_FOUND",
                    absl::StrCat("there is no ", std::string(name), "; see `tunegate ",
                                 std::string(kind.noun), " list`"))
        .Metadata("resource", name);
  }
  TG_RETURN_IF_ERROR(row.status());
  if (!record.ParseFromString(row->payload)) return Unreadable(*row);
  return row->revision;
}

bool Repository::LoadKnown(const Kind& kind, std::string_view name, Message& record) {
  const auto row = store_->Peek(name);
  return row != nullptr && store::KindOf(name) == kind.collection &&
         record.ParseFromString(row->payload);
}

void Repository::AddWrite(const Kind& kind, store::Transaction& transaction, Message& record,
                          int64_t revision, v1::Event::Type type, std::string_view message) {
  Message& resource = ResourceIn(record);
  const absl::Time now = clock_->Now();
  const std::string state = StateName(resource);
  const bool terminal = IsTerminal(kind, state);
  SetStringField(resource, "etag", absl::StrCat(revision + 1));
  if (revision == 0) SetTimeField(resource, "create_time", now);
  SetTimeField(resource, "update_time", now);
  if (!terminal) ClearField(resource, "end_time");
  if (terminal && !IsSet(resource, "end_time")) SetTimeField(resource, "end_time", now);

  store::Put put;
  put.expected_revision = revision;
  put.record.name = StringField(resource, "name");
  put.record.state = state;
  put.record.task = kind.collection == "tasks" ? "" : StringField(resource, "task");
  put.record.owner = StringField(resource, "owner");
  put.record.terminal = terminal;
  put.record.payload = record.SerializeAsString();

  v1::Event event;
  event.set_resource(put.record.name);
  event.set_type(type);
  event.set_owner(put.record.owner);
  event.set_terminal(terminal);
  event.set_message(ToValidUtf8(message));
  for (const auto& [key, value] : Labels(resource)) (*event.mutable_labels())[key] = value;
  SetPayload(event, resource);
  if (event.has_evaluation()) event.mutable_evaluation()->clear_report();
  transaction.events.push_back({put.record.name, event.SerializeAsString()});
  transaction.puts.push_back(std::move(put));
}

absl::StatusOr<std::optional<std::string>> Repository::FindCreated(const Creation& creation) {
  if (creation.request_id.empty()) return std::nullopt;
  if (creation.request_id.size() > 128) {
    return InvalidField("request_id", "must have at most 128 characters");
  }
  TG_ASSIGN_OR_RETURN(
      const std::optional<store::Idempotency> earlier,
      store_->FindRequest(creation.caller.name, creation.method, creation.request_id));
  if (!earlier.has_value()) return std::nullopt;
  if (earlier->digest != creation.digest) {
    return RequestIdReused(creation.request_id, earlier->resource);
  }
  return earlier->resource;
}

absl::StatusOr<std::string> Repository::CommitCreation(store::Transaction transaction,
                                                       const Creation& creation,
                                                       const std::string& name) {
  if (!creation.request_id.empty()) {
    transaction.idempotency = store::Idempotency{creation.caller.name, std::string(creation.method),
                                                 creation.request_id, name, creation.digest};
  }
  const absl::Status status = store_->Commit(std::move(transaction)).status();
  if (status.ok()) return name;
  const ErrorDetails details = DetailsOf(status);
  if (details.reason == "REQUEST_ID_TAKEN") {  // two at once: the other one was first
    TG_ASSIGN_OR_RETURN(const auto first, FindCreated(creation));
    if (first.has_value()) return *first;
  }
  if (details.reason == "NAME_TAKEN") {
    return AlreadyExists("NAME_TAKEN",
                         absl::StrCat(name, " exists already; choose another id, or none"))
        .Metadata("resource", name);
  }
  return status;
}

absl::Status Repository::ListInto(const Kind& kind, const ListArguments& arguments,
                                  Message& scratch, std::string& next_page_token,
                                  const std::function<void(Message&)>& take) {
  TG_ASSIGN_OR_RETURN(const int page_size, PageSize(arguments.page_size));
  TG_ASSIGN_OR_RETURN(const Filter filter, Filter::Parse(arguments.filter));
  store::ListQuery query;
  query.kind = std::string(kind.collection);
  query.state = filter.Required("state");
  query.task = filter.Required("task");
  query.owner = filter.Required("owner");
  TG_ASSIGN_OR_RETURN(query.oldest_first, OldestFirst(arguments.order_by));
  query.limit = page_size + 1;  // one more tells whether there is a next page
  const std::string bound =
      absl::StrCat(query.kind, "\n", std::string(arguments.filter), "\n", query.oldest_first);
  TG_ASSIGN_OR_RETURN(const std::string cursor, ReadPageToken(arguments.page_token, bound));
  ApplyCursor(cursor, query);
  int taken = 0;
  std::string last_taken;
  while (true) {
    TG_ASSIGN_OR_RETURN(const std::vector<store::Record> rows, store_->List(query));
    for (const store::Record& row : rows) {
      if (!scratch.ParseFromString(row.payload)) return Unreadable(row);
      if (!filter.Matches(
              {row.state, row.task, row.owner, Labels(ResourceIn(scratch)), row.create_time})) {
        continue;
      }
      if (taken == page_size) {
        next_page_token = MakePageToken(last_taken, bound);
        return absl::OkStatus();
      }
      take(scratch);
      last_taken = MakeCursor(row);
      ++taken;
    }
    if (rows.size() < static_cast<size_t>(query.limit)) return absl::OkStatus();
    query.after_create_time = rows.back().create_time;
    query.after_name = rows.back().name;
  }
}

std::string MessageDigest(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return Sha256Hex(bytes);
}

absl::Status CheckEtag(std::string_view name, std::string_view etag, std::string_view current) {
  if (etag.empty() || etag == current) return absl::OkStatus();
  return Aborted(
      "ETAG_MISMATCH",
      absl::StrCat(std::string(name), " has changed since it was read (etag ", std::string(etag),
                   ", now ", std::string(current), "); read it again"));
}

absl::Status CheckCommonFields(const Message& resource, std::string_view field) {
  const std::string path(field);
  if (CodePointCount(StringField(resource, "display_name")) > 200) {
    return InvalidField(path + ".display_name", "must have at most 200 characters");
  }
  const auto labels = Labels(resource);
  if (labels.size() > 64) return InvalidField(path + ".labels", "must be at most 64");
  for (const auto& [key, value] : labels) {
    const bool good = !key.empty() && key.size() <= 63 && key[0] >= 'a' && key[0] <= 'z' &&
                      std::all_of(key.begin(), key.end(), [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                               c == '.' || c == '-';
                      });
    if (!good) {
      return InvalidField(path + ".labels", absl::StrCat("key '", Abbreviate(key, 40),
                                                         "' must match [a-z][a-z0-9_.-]{0,62}"));
    }
    if (CodePointCount(value) > 256) {
      return InvalidField(absl::StrCat(path, ".labels.", key), "must have at most 256 characters");
    }
  }
  return absl::OkStatus();
}

}  // namespace tunegate::resources
