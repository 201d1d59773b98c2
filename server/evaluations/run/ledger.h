// The ledger: every call of an evaluation as a row. A call that is recorded is never asked again;
// what was about to be sent stands in rows of intents, committed before sending, so that after a
// death it is known which calls may have been answered and billed.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Streams of an evaluation's rows.
inline constexpr std::string_view kCallsStream = "calls";           // store::v1::CallRecord
inline constexpr std::string_view kIntentsStream = "call_intents";  // store::v1::CallIntents
inline constexpr std::string_view kSessionsStream = "sessions";     // google::protobuf::Struct
inline constexpr std::string_view kReportStream = "report";         // v1::Report
inline constexpr std::string_view kReportKey = "report";

// "0000012/00/a" (baseline) or "0000012/00/b" (candidate): sorts by example, repeat and arm.
std::string CallKey(int64_t line, int repeat, store::v1::CallRecord::Arm arm);

store::Row CallRow(const std::string& evaluation, const store::v1::CallRecord& call);

// "00000007".
std::string IntentsKey(int64_t number);

store::Row IntentsRow(const std::string& evaluation, int64_t number,
                      const std::vector<std::string>& call_keys);

// What calls of a session (CallRecord.session) were asked at: the endpoint, Provider::chat_url, by
// the provider's name. A name alone does not tell: configurations change.
using Endpoints = std::map<std::string, std::string>;
store::Row SessionRow(const std::string& evaluation, int64_t session, const Endpoints& endpoints);
// By session.
absl::StatusOr<std::map<int64_t, Endpoints>> ReadSessions(store::Store& store,
                                                          std::string_view evaluation);

// Calls `visit` with every recorded call behind `after_key`, by key, a page in memory at a time.
// Returns the first error of the store or of `visit`; INTERNAL (STORE_CORRUPT) for a row that
// cannot be parsed.
absl::Status ForEachCall(store::Store& store, std::string_view evaluation,
                         std::string_view after_key,
                         const std::function<absl::Status(store::v1::CallRecord&)>& visit);

// The intents behind `after_key`.
struct Intents {
  std::vector<std::string> call_keys;
  std::string last_key;  // of the last row; `after_key` when there is none
};
absl::StatusOr<Intents> ReadIntents(store::Store& store, std::string_view evaluation,
                                    std::string_view after_key);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_H_
