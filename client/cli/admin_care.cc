// The verbs that look after what the server keeps.
#include <string>

#include "client/cli/admin.h"
#include "client/cli/diagnosis_text.h"
#include "client/cli/facts.h"
#include "client/cli/session.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::cli {
namespace {

std::string Counted(int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

absl::StatusOr<Ending> AdminCheck::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const v1::CheckStoreResponse response, client->Call(v1::CheckStoreRequest()));
  const int wrong = response.diagnoses_size();
  if (session.json()) {
    session.PrintJson(response);
  } else {
    for (const v1::Diagnosis& diagnosis : response.diagnoses()) PrintDiagnosis(session, diagnosis);
    session.out() << "read " << Counted(response.resource_count(), "resource") << ", "
                  << Counted(response.event_count(), "event") << ", "
                  << Counted(response.row_count(), "row") << " and "
                  << Counted(response.blob_count(), "blob") << ": "
                  << (wrong == 0
                          ? "all is well"
                          : Counted(wrong, "thing") + (wrong == 1 ? " is" : " are") + " wrong")
                  << "\n";
  }
  return wrong == 0 ? Ending::kDone : Ending::kFailed;
}

absl::StatusOr<Ending> AdminCompact::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const v1::CompactStoreResponse response,
                      client->Call(v1::CompactStoreRequest()));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  Facts facts(0);
  facts
      .Add("dropped", Counted(response.dropped_events(), "old event") + " and " +
                          Counted(response.dropped_blobs(), "blob") + " that nothing named")
      .Add("given back", Counted(response.freed_bytes(), "byte"));
  facts.Print(session.out(), session.terminal());
  return Ending::kDone;
}

}  // namespace tunegate::cli
