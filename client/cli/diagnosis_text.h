// PrintDiagnosis: one thing that a server has looked at, and what to do about it.
#ifndef TUNEGATE_CLIENT_CLI_DIAGNOSIS_TEXT_H_
#define TUNEGATE_CLIENT_CLI_DIAGNOSIS_TEXT_H_

#include "client/cli/session.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::cli {

// Severity, check and message in columns, and the remedy below where there is one.
void PrintDiagnosis(Session& session, const v1::Diagnosis& diagnosis);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DIAGNOSIS_TEXT_H_
