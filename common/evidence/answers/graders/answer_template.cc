#include "common/evidence/answers/graders/answer_template.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/utf8.h"

namespace tunegate::graders {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kOutputText = "sample.output_text";
constexpr std::string_view kOutputJson = "sample.output_json.";
constexpr std::string_view kItem = "item.";

Error BadTemplate(std::string_view what) { return InvalidArgument("BAD_TEMPLATE", what); }

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string FieldNames(const v1::Task& task) {
  std::string names;
  for (const v1::Task::Field& field : task.fields()) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", field.id());
  }
  return Abbreviate(names, 200);
}

void AppendValue(const json::Value& value, std::string& out) {
  if (value.IsNull()) return;
  out += value.IsString() ? value.String() : json::Write(value);
}

}  // namespace

absl::StatusOr<AnswerTemplate::Part> AnswerTemplate::ParsePlaceholder(std::string_view inside,
                                                                      const v1::Task& task) {
  const std::string shown = absl::StrCat("'{{", Abbreviate(std::string(inside), 100), "}}'");
  std::string_view name = Trimmed(inside);
  if (name == kOutputText) return Part{Source::kOutputText, ""};
  Part part;
  if (name.starts_with(kOutputJson)) {
    part.source = Source::kOutputField;
    name.remove_prefix(kOutputJson.size());
  } else if (name.starts_with(kItem)) {
    part.source = Source::kItemField;
    name.remove_prefix(kItem.size());
  } else {
    return BadTemplate(absl::StrCat(shown, " is not known; expected {{sample.output_text}}, ",
                                    "{{sample.output_json.FIELD}} or {{item.FIELD}}"));
  }
  if (tasks::IsBareText(task)) {
    if (part.source == Source::kItemField && name == kBareTextId) return part;
    return BadTemplate(absl::StrCat(shown, " names a field, and this task's answers are bare ",
                                    "text; use {{sample.output_text}} and {{item.label}}"));
  }
  if (tasks::FindField(task, name) == nullptr) {
    return BadTemplate(
        absl::StrCat(shown, " names no field of this task, which are: ", FieldNames(task)));
  }
  part.text = std::string(name);
  return part;
}

absl::StatusOr<AnswerTemplate> AnswerTemplate::Parse(std::string_view text, const v1::Task& task) {
  AnswerTemplate parsed;
  int placeholders = 0;
  while (!text.empty()) {
    const size_t open = text.find(kOpen);
    if (open != 0) {
      parsed.parts_.push_back({Source::kText, std::string(text.substr(0, open))});
      text.remove_prefix(std::min(open, text.size()));
      continue;
    }
    const size_t close = text.find(kClose);
    if (close == std::string_view::npos) {
      return BadTemplate(absl::StrCat("'", Abbreviate(std::string(text), 100),
                                      "' opens a placeholder that no }} closes"));
    }
    const std::string_view inside = text.substr(kOpen.size(), close - kOpen.size());
    TG_ASSIGN_OR_RETURN(Part part, ParsePlaceholder(inside, task));
    parsed.parts_.push_back(std::move(part));
    text.remove_prefix(close + kClose.size());
    if (++placeholders > kMaxPlaceholders) {
      return BadTemplate(absl::StrCat("has more than ", kMaxPlaceholders, " placeholders"));
    }
  }
  return parsed;
}

std::string AnswerTemplate::Expand(const Sample& sample) const {
  std::string text;
  for (const Part& part : parts_) {
    switch (part.source) {
      case Source::kText:
        text += part.text;
        break;
      case Source::kOutputText:
        text += sample.output_text;
        break;
      case Source::kOutputField:
        AppendValue(sample.output_json[part.text], text);
        break;
      case Source::kItemField:
        AppendValue(sample.item[part.text], text);
        break;
    }
  }
  return text;
}

}  // namespace tunegate::graders
