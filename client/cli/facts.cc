#include "client/cli/facts.h"

#include <algorithm>

#include "client/cli/printable.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::cli {
namespace {

// Where values begin, behind the indentation; longer names push their value aside.
constexpr int kValueColumn = 13;

// As Wrap, but an option stays with its value.
std::vector<std::string> WrapCommand(std::string_view command, int width) {
  std::vector<std::string> lines(1);
  std::string unit;
  const auto put = [&] {
    if (!lines.back().empty() && DisplayWidth(lines.back() + " " + unit) > width) {
      lines.emplace_back();
    }
    lines.back().append(lines.back().empty() ? "" : " ").append(unit);
    unit.clear();
  };
  const std::string printable = Printable(command);
  for (std::string_view rest = printable; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const bool option = unit.starts_with("--") && unit.find(' ') == std::string::npos;
    if (!unit.empty() && (!option || word.starts_with("--"))) put();
    unit.append(unit.empty() ? "" : " ").append(word);
  }
  put();
  return lines;
}

}  // namespace

Facts& Facts::Add(std::string_view name, std::string_view value, Style style) {
  if (!value.empty())
    facts_.push_back({.name = std::string(name), .text = std::string(value), .style = style});
  return *this;
}

Facts& Facts::AddLine(std::string_view name, Line value) {
  if (value.empty()) return *this;
  facts_.push_back({.name = std::string(name), .text = "", .style = Style::kPlain});
  facts_.back().line = std::move(value);
  return *this;
}

Facts& Facts::Headline(std::string_view name, const Line& value) {
  Line line(name, Style::kStrong);
  return AddLine("", line.Add("   ").Append(value));
}

Facts& Facts::Next(std::string_view command) {
  if (command.empty()) return *this;
  facts_.push_back({.name = "next", .text = std::string(command), .style = Style::kPlain});
  facts_.back().command = true;
  return *this;
}

Facts& Facts::Add(const v1::Failure& failure) {
  if (failure.reason().empty() && failure.message().empty()) return *this;
  std::string cause = failure.reason() + ": " + failure.message();
  if (!failure.provider_code().empty()) cause += " (" + failure.provider_code() + ")";
  Add("cause", cause, Style::kBad);
  Add("provider",
      failure.provider_request_id().empty() ? "" : "request " + failure.provider_request_id());
  return Add("remedy", failure.remedy());
}

std::vector<Line> Facts::Lines(int columns) const {
  std::vector<Line> lines;
  for (const Fact& fact : facts_) {
    Line line{std::string(indent_, ' ')};
    if (fact.name.empty() && !fact.line.empty()) {
      lines.push_back(line.Append(fact.line));
      continue;
    }
    line.Add(fact.name, Style::kFaint).PadTo(indent_ + kValueColumn - 1, 1);
    const int column = line.width();
    if (!fact.line.empty()) {
      lines.push_back(line.Append(fact.line));
      continue;
    }
    const std::string continued = fact.command ? " \\" : "";
    const int room = columns - column - DisplayWidth(continued);
    const auto pieces =
        fact.command ? WrapCommand(fact.text, room) : Wrap(Printable(fact.text), room);
    for (const std::string& piece : pieces) {
      const bool last = &piece == &pieces.back();
      lines.push_back(line.Add(piece + (last ? "" : continued), fact.style));
      line = Line(std::string(column, ' '));
    }
  }
  return lines;
}

void Facts::Print(std::ostream& out, const Terminal& terminal) const {
  for (const Line& line : Lines(terminal.columns)) out << line.Render(terminal) << "\n";
}

void PrintNext(std::ostream& out, const Terminal& terminal, std::string_view command) {
  Facts().Next(command).Print(out, terminal);
}

}  // namespace tunegate::cli
