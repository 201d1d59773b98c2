#include "client/cli/job_screen.h"

#include <utility>

#include "client/cli/bar.h"
#include "client/cli/event_text.h"
#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "client/cli/progress_line.h"
#include "client/cli/session.h"
#include "client/cli/spent_text.h"
#include "common/clock.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {
namespace {

using v1::Event;
using v1::Job;

constexpr int kStateColumn = 12;
constexpr int kMessageColumn = 25;
// So many losses are kept for the sparkline.
constexpr size_t kLosses = 24;

Line TimedLine(const Event& event, std::string_view word, Style style, std::string_view message) {
  Line line("  ");
  line.Add(TimeOfDay(ToTime(event.time())), Style::kFaint).PadTo(kStateColumn);
  return line.Add(word, style).PadTo(kMessageColumn).Add(message);
}

}  // namespace

void JobScreen::OnEvent(const Event& event, LiveBlock& block) {
  if (event.has_job()) job_ = event.job();
  RememberLoss();
  ended_ = ended_ || event.terminal();
  if (!session_.terminal().interactive) {
    block.PrintRaw(EventRow(event));
    return;
  }
  PrintHeader(block);
  if (event.has_provider_event()) {
    const auto& said = event.provider_event();
    // Its running commentary repeats the bar.
    if (said.level() == "info" && (said.type() == "message" || said.type() == "metrics")) return;
    block.Print(TimedLine(event, said.level() == "warn" ? "warning" : said.level(),
                          StyleOfState(said.level()), "provider: " + said.message()));
  } else {
    PrintState(event, block);
  }
}

void JobScreen::PrintHeader(LiveBlock& block) {
  if (std::exchange(header_, true)) return;
  Line line(job_.name(), Style::kStrong);
  if (!job_.provider_job().empty()) line.Add("   " + job_.provider_job());
  line.Add("   " + ModelsText(job_) + "   " + job_.provider());
  if (!job_.owner().empty()) line.Add(", " + job_.owner());
  block.Print(line);
}

void JobScreen::PrintState(const Event& event, LiveBlock& block) {
  const std::string state = StateText(job_.state());
  if (state == told_state_) return;
  told_state_ = state;
  const bool in_words = event.type() != Event::TYPE_SNAPSHOT && !event.message().empty();
  block.Print(TimedLine(event, state, StyleOfState(state), in_words ? event.message() : ""));
  Facts facts(kMessageColumn);
  facts.Add(job_.failure());
  for (const Line& line : facts.Lines(session_.terminal().columns)) block.Print(line);
}

void JobScreen::RememberLoss() {
  const std::optional<double> loss = LossOf(job_);
  if (!loss || (!losses_.empty() && losses_.back() == *loss)) return;
  losses_.push_back(*loss);
  if (losses_.size() > kLosses) losses_.erase(losses_.begin());
}

void JobScreen::OnCommit(int64_t position, LiveBlock& block) {
  if (!session_.terminal().interactive) return;
  if (ended_) {
    block.Clear();
    return;
  }
  const std::string state = StateText(job_.state());
  Line line(" ");
  line.Add(state, StyleOfState(state)).Add("  ");
  line.Append(TrainingLine(job_, session_.terminal(), session_.clock().Now()));
  std::vector<Line> lines = {line};
  Line second(" ");
  const auto add = [&second](const std::string& part) {
    if (!part.empty()) second.Add((second.width() > 1 ? "   " : "") + part);
  };
  const std::string curve =
      Sparkline(losses_, static_cast<int>(kLosses), session_.terminal().unicode);
  if (!curve.empty()) add("loss " + curve);
  add(ValidationText(job_));
  if (job_.usage().has_cost()) add(Amount(job_.usage().cost()) + " so far");
  if (job_.quote().micros() > 0) add("quote " + Amount(job_.quote()));
  if (second.width() > 1) lines.push_back(second);
  lines.push_back(Line(" position " + std::to_string(position) +
                           ". Ctrl-C leaves; the job goes on. Again: tunegate job watch " +
                           job_.name(),
                       Style::kFaint));
  block.Draw(lines);
}

}  // namespace tunegate::cli
