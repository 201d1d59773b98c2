#include "client/cli/doctor.h"

#include <algorithm>
#include <string>

#include "client/cli/diagnosis_text.h"
#include "client/cli/error_text.h"
#include "client/cli/nouns.h"
#include "client/cli/parser.h"
#include "client/client.h"
#include "client/rpc_status.h"
#include "common/errors.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::cli {
namespace {

using v1::Diagnosis;

// What the server would say if it could.
v1::DiagnoseResponse Unreachable(const absl::Status& status, const std::string& server) {
  const Explanation explanation = Explain(status, server);
  v1::DiagnoseResponse response;
  Diagnosis& diagnosis = *response.add_diagnoses();
  diagnosis.set_check("server.answer");
  diagnosis.set_severity(Diagnosis::SEVERITY_ERROR);
  diagnosis.set_message(explanation.message);
  diagnosis.set_remedy(explanation.remedy.empty() ? "look at the server's log"
                                                  : explanation.remedy);
  return response;
}

int CountOf(const v1::DiagnoseResponse& response, Diagnosis::Severity severity) {
  return static_cast<int>(
      std::count_if(response.diagnoses().begin(), response.diagnoses().end(),
                    [&](const Diagnosis& diagnosis) { return diagnosis.severity() == severity; }));
}

std::string Summary(int errors, int warnings) {
  if (errors == 0 && warnings == 0) return "all is well";
  const std::string warned = std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings");
  if (errors == 0) return "nobody is needed; " + warned;
  return "a person is needed: " + std::to_string(errors) + (errors == 1 ? " error" : " errors") +
         (warnings == 0 ? "" : ", " + warned);
}

}  // namespace

absl::StatusOr<Ending> Doctor::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  const auto answer = client->Call(v1::DiagnoseRequest());
  if (!answer.ok() && !client::IsFromRpc(answer.status())) return answer.status();
  const v1::DiagnoseResponse response =
      answer.ok() ? *answer : Unreachable(answer.status(), session.server());
  const int errors = CountOf(response, Diagnosis::SEVERITY_ERROR);
  if (session.json()) {
    session.PrintJson(response);
  } else {
    for (const Diagnosis& diagnosis : response.diagnoses()) PrintDiagnosis(session, diagnosis);
    session.out() << Summary(errors, CountOf(response, Diagnosis::SEVERITY_WARNING)) << "\n";
  }
  return errors > 0 ? Ending::kFailed : Ending::kDone;
}

void AddDoctor(Parser& parser) {
  auto [doctor, options] =
      parser.Noun("doctor", "What is wrong with the server, and what to do")
          .Alone<Doctor>(
              "Looks at configuration, store, providers (without spending), clocks, disk "
              "and work that waits for a person; exits with 1 when somebody is needed");
  doctor.Example("tunegate doctor").Example("tunegate doctor --output json");
}

}  // namespace tunegate::cli
