#include "server/evaluations/run/ledger.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "google/protobuf/struct.pb.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

// Bounds memory while a ledger is read.
constexpr int kRowsPerPage = 1000;

absl::Status Unreadable(const store::Row& row) {
  return Internal("STORE_CORRUPT",
                  absl::StrCat("the row ", row.key, " of ", row.stream, " of ", row.parent,
                               " cannot be parsed; restore the data "
                               "directory from a backup"));
}

absl::Status ForEachRow(store::Store& store, std::string_view evaluation, std::string_view stream,
                        std::string_view after_key,
                        const std::function<absl::Status(const store::Row&)>& visit) {
  std::string after(after_key);
  while (true) {
    TG_ASSIGN_OR_RETURN(const std::vector<store::Row> rows,
                        store.ReadRows(evaluation, stream, after, kRowsPerPage));
    for (const store::Row& row : rows) TG_RETURN_IF_ERROR(visit(row));
    if (rows.size() < static_cast<size_t>(kRowsPerPage)) return absl::OkStatus();
    after = rows.back().key;
  }
}

}  // namespace

std::string CallKey(int64_t line, int repeat, CallRecord::Arm arm) {
  return absl::StrFormat("%07d/%02d/%c", line, repeat,
                         arm == CallRecord::ARM_CANDIDATE ? 'b' : 'a');
}

store::Row CallRow(const std::string& evaluation, const CallRecord& call) {
  return {evaluation, std::string(kCallsStream), CallKey(call.example(), call.repeat(), call.arm()),
          call.SerializeAsString()};
}

std::string IntentsKey(int64_t number) { return absl::StrFormat("%08d", number); }

store::Row IntentsRow(const std::string& evaluation, int64_t number,
                      const std::vector<std::string>& call_keys) {
  store::v1::CallIntents intents;
  *intents.mutable_keys() = {call_keys.begin(), call_keys.end()};
  return {evaluation, std::string(kIntentsStream), IntentsKey(number), intents.SerializeAsString()};
}

store::Row SessionRow(const std::string& evaluation, int64_t session, const Endpoints& endpoints) {
  google::protobuf::Struct asked;
  for (const auto& [provider, endpoint] : endpoints) {
    (*asked.mutable_fields())[provider].set_string_value(endpoint);
  }
  return {evaluation, std::string(kSessionsStream), absl::StrFormat("%08d", session),
          asked.SerializeAsString()};
}

absl::StatusOr<std::map<int64_t, Endpoints>> ReadSessions(store::Store& store,
                                                          std::string_view evaluation) {
  std::map<int64_t, Endpoints> sessions;
  const auto take = [&](const store::Row& row) -> absl::Status {
    google::protobuf::Struct asked;
    int64_t session = 0;
    if (!asked.ParseFromString(row.payload) || !absl::SimpleAtoi(row.key, &session)) {
      return Unreadable(row);
    }
    for (const auto& [provider, endpoint] : asked.fields()) {
      sessions[session][provider] = endpoint.string_value();
    }
    return absl::OkStatus();
  };
  TG_RETURN_IF_ERROR(ForEachRow(store, evaluation, kSessionsStream, "", take));
  return sessions;
}

absl::Status ForEachCall(store::Store& store, std::string_view evaluation,
                         std::string_view after_key,
                         const std::function<absl::Status(CallRecord&)>& visit) {
  CallRecord call;
  return ForEachRow(store, evaluation, kCallsStream, after_key, [&](const store::Row& row) {
    if (!call.ParseFromString(row.payload)) return Unreadable(row);
    return visit(call);
  });
}

absl::StatusOr<Intents> ReadIntents(store::Store& store, std::string_view evaluation,
                                    std::string_view after_key) {
  Intents intents{.call_keys = {}, .last_key = std::string(after_key)};
  const auto take = [&](const store::Row& row) -> absl::Status {
    store::v1::CallIntents batch;
    if (!batch.ParseFromString(row.payload)) return Unreadable(row);
    intents.call_keys.insert(intents.call_keys.end(), batch.keys().begin(), batch.keys().end());
    intents.last_key = row.key;
    return absl::OkStatus();
  };
  TG_RETURN_IF_ERROR(ForEachRow(store, evaluation, kIntentsStream, after_key, take));
  return intents;
}

}  // namespace tunegate::evaluations
