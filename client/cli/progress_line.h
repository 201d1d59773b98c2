// The live lines of training and evaluation: a bar, the figures, when it should end.
#ifndef TUNEGATE_CLIENT_CLI_PROGRESS_LINE_H_
#define TUNEGATE_CLIENT_CLI_PROGRESS_LINE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/cli/line.h"
#include "client/cli/terminal.h"

namespace tunegate::v1 {
class Evaluation;
class Job;
class Progress;
}  // namespace tunegate::v1

namespace tunegate::cli {

// "██████░░░░", empty while the total is unknown.
std::string ProgressBar(const v1::Progress& progress, const Terminal& terminal);
// "ETA 10:24 (7m 40s)"; empty while unknown or past.
std::string EtaText(const v1::Progress& progress, absl::Time now);

// "██████░░░░  step 771/1200  epoch 2/3  loss 0.083  ETA 10:24 (7m 40s)"
Line TrainingLine(const v1::Job& job, const Terminal& terminal, absl::Time now);
// "██████░░░░  120/200 calls  baseline 69.0 %  candidate 91.0 %  ETA 10:24 (7m 40s)"
Line EvaluationLine(const v1::Evaluation& evaluation, const Terminal& terminal, absl::Time now);

// The training loss, as the server (loss) or the provider (train_loss) names it.
std::optional<double> LossOf(const v1::Job& job);
// "epoch 3/3  step 1200/1200  loss 0.041  validation 0.187"
std::string TrainingFigures(const v1::Job& job);
// "validation 0.187  token accuracy 0.974", as far as it was measured.
std::string ValidationText(const v1::Job& job);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_PROGRESS_LINE_H_
