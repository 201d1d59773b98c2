#include "client/cli/event_text.h"

#include <google/protobuf/descriptor.h>

#include <map>

#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {

using v1::Event;

std::string EnumText(const google::protobuf::EnumDescriptor& type, int value,
                     std::string_view prefix) {
  const auto* known = type.FindValueByNumber(value);
  if (known == nullptr) return std::to_string(value);
  std::string_view name = known->name();
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return std::string(name);
}

template <typename Enum>
std::string StateText(Enum value) {
  return EnumText(*google::protobuf::GetEnumDescriptor<Enum>(), value, "STATE_");
}

template <typename Enum>
std::string VerdictText(Enum value) {
  return EnumText(*google::protobuf::GetEnumDescriptor<Enum>(), value, "VERDICT_");
}

template std::string StateText(v1::Dataset::State);
template std::string StateText(v1::Job::State);
template std::string StateText(v1::Evaluation::State);
template std::string StateText(v1::Workflow::State);
template std::string VerdictText(v1::Decision::Verdict);

std::string StateOf(const Event& event) {
  switch (event.payload_case()) {
    case Event::kDataset:
      return StateText(event.dataset().state());
    case Event::kJob:
      return StateText(event.job().state());
    case Event::kEvaluation:
      return StateText(event.evaluation().state());
    case Event::kDecision:
      return VerdictText(event.decision().effective_verdict());
    case Event::kWorkflow:
      return StateText(event.workflow().state());
    case Event::kProviderEvent:
      return event.provider_event().level();
    case Event::kTask:
    case Event::PAYLOAD_NOT_SET:
      break;
  }
  return "";
}

std::string FiguresOf(const v1::Progress& progress, std::string_view unit) {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& value) {
    text.append(text.empty() ? "" : " ").append(name).append("=").append(value);
  };
  if (progress.total() > 0 || progress.done() > 0) {
    std::string done = std::to_string(progress.done());
    if (progress.total() > 0) done += "/" + std::to_string(progress.total());
    add(unit, done);
  }
  const std::map<std::string, double> sorted(progress.figures().begin(), progress.figures().end());
  for (const auto& [name, value] : sorted) add(name, Figure(value));
  return text;
}

std::string FiguresOf(const Event& event) {
  switch (event.payload_case()) {
    case Event::kJob:
      return FiguresOf(event.job().progress(), "step");
    case Event::kEvaluation:
      return FiguresOf(event.evaluation().progress(), "calls");
    case Event::kDataset:
      return "examples=" + std::to_string(event.dataset().example_count()) +
             " errors=" + std::to_string(event.dataset().error_count()) +
             " warnings=" + std::to_string(event.dataset().warning_count());
    case Event::kWorkflow:
      return "stage=" +
             EnumText(*v1::Workflow::Stage_descriptor(), event.workflow().stage(), "STAGE_");
    default:
      return "";
  }
}

std::string MessageOf(const Event& event) {
  if (!event.message().empty()) return event.message();
  if (event.has_provider_event()) return "provider: " + event.provider_event().message();
  return EnumText(*Event::Type_descriptor(), event.type(), "TYPE_");
}

std::string EventRow(const Event& event) {
  std::string row = Rfc3339(ToTime(event.time()));
  row.append("\t").append(std::to_string(event.position()));
  for (const std::string& cell :
       {event.resource(), StateOf(event), FiguresOf(event), MessageOf(event)}) {
    row.append("\t").append(Printable(cell));
  }
  return row;
}

Line EventLine(const Event& event) {
  const std::string state = StateOf(event);
  Line line(TimeOfDay(ToTime(event.time())), Style::kFaint);
  line.PadTo(10).Add(std::to_string(event.position()), Style::kFaint);
  line.PadTo(18).Add(event.resource());
  line.PadTo(44).Add(state, StyleOfState(state));
  line.PadTo(56).Add(MessageOf(event));
  // The words first: figures are what may be cut.
  if (const std::string figures = FiguresOf(event); !figures.empty()) {
    line.Add("  " + figures, Style::kFaint);
  }
  return line;
}

Style StyleOfState(std::string_view state) {
  if (state == "SUCCEEDED" || state == "READY" || state == "GO" || state == "PASS") {
    return Style::kGood;
  }
  if (state == "FAILED" || state == "INVALID" || state == "NO_GO" || state == "FAIL" ||
      state == "INFEASIBLE" || state == "error") {
    return Style::kBad;
  }
  if (state == "BLOCKED" || state == "PAUSED" || state == "CANCELLING" || state == "CANCELLED" ||
      state == "INCONCLUSIVE" || state == "SKIPPED" || state == "warn" || state == "DELETING" ||
      state == "DELETED") {
    return Style::kWarning;
  }
  return Style::kPlain;
}

}  // namespace tunegate::cli
