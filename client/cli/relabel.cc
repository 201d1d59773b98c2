#include "client/cli/relabel.h"

#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/evidence/answers/example.h"
#include "common/evidence/answers/grading.h"
#include "common/evidence/answers/lines.h"
#include "common/json.h"
#include "common/utf8.h"

namespace tunegate::cli {
namespace {

std::string Quoted(std::string_view text) { return "'" + Abbreviate(text, 60) + "'"; }

// The same line with another text as the last assistant's.
std::string WithAnswer(std::string_view line, const std::string& answer) {
  json::Value value = *json::Parse(line);
  const std::vector<json::Value>& old = value["messages"].Elements();
  json::Value messages = json::Array();
  for (size_t i = 0; i < old.size(); ++i) {
    json::Value message = old[i];
    if (i + 1 == old.size()) message.Set("content", answer);
    messages.Append(std::move(message));
  }
  value.Set("messages", std::move(messages));
  return json::Write(value);
}

// What persons said, checked one by one.
class Rulings {
 public:
  Rulings(const v1::Task& task, const evaluations::Grader& grader, Faults& faults)
      : task_(task), grader_(grader), faults_(faults) {}

  // The new label; empty when nothing was said, or nothing that can be used.
  std::string LabelOf(const Dispute& ruling) {
    if (ruling.right.empty()) return "";
    std::string label = ruling.right;
    size_t choice = 0;
    const bool chosen = label.starts_with('#') && absl::SimpleAtoi(label.substr(1), &choice);
    if (chosen && choice >= 1 && choice <= ruling.answers.size()) {
      label = ruling.answers[choice - 1];
    }
    const auto values = tasks::ReadAnswer(task_, label);
    const absl::Status usable = values.ok() ? grader_.Prepare(label).status() : values.status();
    if (usable.ok()) return tasks::WriteAnswer(task_, *values);
    Add(ruling,
        absl::StrCat(Quoted(ruling.right), " is ",
                     ruling.answers.empty()
                         ? "no answer of the task"
                         : absl::StrCat("neither #1 to ", ChoiceText(ruling.answers.size() - 1),
                                        " nor an answer of the task"),
                     " (", std::string(usable.message()),
                     "); write one of these, or leave it empty"));
    return "";
  }

  void Add(const Dispute& ruling, std::string what) {
    faults_.emplace_back(absl::StrCat("line ", ruling.line), std::move(what));
  }

 private:
  const v1::Task& task_;
  const evaluations::Grader& grader_;
  Faults& faults_;
};

// The rulings by the line of the dataset that they are about.
std::map<int64_t, const Dispute*> ByLine(const std::vector<Dispute>& all, Rulings& rulings) {
  std::map<int64_t, const Dispute*> by_line;
  for (const Dispute& ruling : all) {
    int64_t line = 0;
    if (!absl::SimpleAtoi(ruling.example, &line) || line < 1) {
      rulings.Add(ruling, absl::StrCat(Quoted(ruling.example),
                                       " is no example's number; leave this column as it was "
                                       "written"));
    } else if (const auto [there, added] = by_line.emplace(line, &ruling); !added) {
      rulings.Add(ruling, absl::StrCat("example ", line, " stands in line ", there->second->line,
                                       " already; keep one of them"));
    }
  }
  return by_line;
}

}  // namespace

absl::StatusOr<Relabelled> Relabel(const v1::Task& task, std::string_view jsonl,
                                   const std::vector<Dispute>& all, Faults& faults) {
  TG_ASSIGN_OR_RETURN(const evaluations::Grader grader, evaluations::Grader::Create(task));
  Rulings rulings(task, grader, faults);
  std::map<int64_t, const Dispute*> by_line = ByLine(all, rulings);
  Relabelled relabelled;
  datasets::ForEachLine(jsonl, [&](std::string_view text, int64_t number) {
    ++relabelled.example_count;
    const auto found = by_line.find(number);
    std::string line(text);
    if (found != by_line.end()) {
      const Dispute& ruling = *found->second;
      by_line.erase(found);
      const auto example = datasets::ParseExample(text, number);
      if (!example.ok() || example->query != ruling.query) {
        rulings.Add(ruling, absl::StrCat("example ", number, " of the dataset asks otherwise (",
                                         Quoted(example.ok() ? example->query : ""),
                                         "); take the dataset that was evaluated"));
      } else if (const std::string label = rulings.LabelOf(ruling); label.empty()) {
        relabelled.open += ruling.right.empty();
      } else if (const auto was = AnswerKey(task, example->expected);
                 was.ok() && *was == *AnswerKey(task, label)) {
        ++relabelled.confirmed;
      } else {
        ++relabelled.changed;
        line = WithAnswer(text, label);
      }
    }
    absl::StrAppend(&relabelled.jsonl, line, "\n");
  });
  for (const auto& [line, ruling] : by_line) {
    rulings.Add(*ruling, absl::StrCat("the dataset has no example ", line, "; it has ",
                                      relabelled.example_count));
  }
  return relabelled;
}

}  // namespace tunegate::cli
