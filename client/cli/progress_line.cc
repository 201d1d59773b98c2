#include "client/cli/progress_line.h"

#include <initializer_list>
#include <optional>
#include <string_view>

#include "client/cli/bar.h"
#include "client/cli/format.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::cli {
namespace {

constexpr int kBarColumns = 20;

std::optional<double> FigureOf(const v1::Progress& progress, const std::string& name) {
  const auto found = progress.figures().find(name);
  if (found == progress.figures().end()) return std::nullopt;
  return found->second;
}

// "771/1200", "771" while the total is unknown.
std::string DoneText(const v1::Progress& progress) {
  std::string text = std::to_string(progress.done());
  if (progress.total() > 0) text += "/" + std::to_string(progress.total());
  return text;
}

void AddPart(std::string& text, const std::string& part) {
  if (part.empty()) return;
  text += (text.empty() ? "" : "  ") + part;
}

std::string EpochText(const v1::Progress& progress) {
  const auto epoch = FigureOf(progress, "epoch");
  if (!epoch) return "";
  const auto epochs = FigureOf(progress, "epochs");
  return "epoch " + Figure(*epoch) + (epochs ? "/" + Figure(*epochs) : "");
}

std::string StepText(const v1::Progress& progress) {
  if (progress.total() == 0 && progress.done() == 0) return "";
  return "step " + DoneText(progress);
}

// "loss 0.083" from the first of these figures that was measured; empty when none was.
std::string FigureText(const v1::Progress& progress, std::initializer_list<const char*> names,
                       std::string_view word) {
  for (const char* name : names) {
    if (const auto value = FigureOf(progress, name))
      return std::string(word) + " " + Figure(*value);
  }
  return "";
}

std::string LossText(const v1::Progress& progress) {
  return FigureText(progress, {"loss", "train_loss"}, "loss");
}

Line WithBar(const v1::Progress& progress, const std::string& figures, const Terminal& terminal,
             absl::Time now) {
  Line line;
  if (const std::string bar = ProgressBar(progress, terminal); !bar.empty()) line.Add(bar + "  ");
  line.Add(figures);
  if (const std::string eta = EtaText(progress, now); !eta.empty()) line.Add("  " + eta);
  return line;
}

}  // namespace

std::string ProgressBar(const v1::Progress& progress, const Terminal& terminal) {
  if (progress.total() <= 0) return "";
  const double share = static_cast<double>(progress.done()) / static_cast<double>(progress.total());
  return Bar(share, kBarColumns, terminal.unicode);
}

std::string EtaText(const v1::Progress& progress, absl::Time now) {
  if (!progress.has_estimated_end_time()) return "";
  const absl::Time end = ToTime(progress.estimated_end_time());
  if (end <= now) return "";
  return "ETA " + TimeOfDay(end).substr(0, 5) + " (" + Elapsed(end - now) + ")";
}

std::optional<double> LossOf(const v1::Job& job) {
  const auto loss = FigureOf(job.progress(), "loss");
  return loss ? loss : FigureOf(job.progress(), "train_loss");
}

std::string TrainingFigures(const v1::Job& job) {
  const v1::Progress& progress = job.progress();
  std::string text = EpochText(progress);
  AddPart(text, StepText(progress));
  AddPart(text, LossText(progress));
  AddPart(text, FigureText(progress, {"valid_loss", "full_valid_loss"}, "validation"));
  return text;
}

Line TrainingLine(const v1::Job& job, const Terminal& terminal, absl::Time now) {
  const v1::Progress& progress = job.progress();
  std::string text = StepText(progress);
  AddPart(text, EpochText(progress));
  AddPart(text, LossText(progress));
  return WithBar(progress, text, terminal, now);
}

std::string ValidationText(const v1::Job& job) {
  const v1::Progress& progress = job.progress();
  std::string text = FigureText(progress, {"valid_loss", "full_valid_loss"}, "validation");
  AddPart(text,
          FigureText(progress, {"token_accuracy", "valid_mean_token_accuracy"}, "token accuracy"));
  return text;
}

Line EvaluationLine(const v1::Evaluation& evaluation, const Terminal& terminal, absl::Time now) {
  const v1::Progress& progress = evaluation.progress();
  std::string text = DoneText(progress) + " calls";
  if (evaluation.mode() == v1::Evaluation::MODE_BATCH) text += " in batches";
  for (const char* arm : {"baseline", "candidate"}) {
    if (const auto share = FigureOf(progress, std::string(arm) + "_accuracy")) {
      AddPart(text, std::string(arm) + " " + Percent(*share));
    }
  }
  return WithBar(progress, text, terminal, now);
}

}  // namespace tunegate::cli
