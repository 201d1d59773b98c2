#include "server/tasks/infer_task.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/utf8.h"
#include "server/tasks/language_guess.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::tasks {
namespace {

constexpr size_t kMinLines = 10;
constexpr size_t kMaxLines = 10000;
constexpr size_t kMaxCategoryValues = 200;
constexpr size_t kLanguageSampleBytes = 64 * 1024;
constexpr char kBareName[] = "the answer";

// What the lines say, read once.
struct Sample {
  std::vector<std::string> answers;
  std::map<std::string, int> system_prompts;
  std::string queries;  // of the first lines, for the language
};

Error Unreadable(size_t index, std::string_view why) {
  return InvalidArgument("UNREADABLE_LINE",
                         absl::StrCat("line ", index + 1, ": ", std::string(why)))
      .Field(absl::StrCat("lines[", index, "]"), why);
}

absl::Status ReadLine(const std::string& line, size_t index, Sample& sample) {
  const absl::StatusOr<json::Value> parsed = json::Parse(line);
  if (!parsed.ok()) {
    // The parser's own line is always 1 here.
    std::string why(parsed.status().message());
    constexpr std::string_view kParserLine = "line 1, ";
    if (why.starts_with(kParserLine)) why.erase(0, kParserLine.size());
    return Unreadable(index, why);
  }
  const std::vector<json::Value>& messages = (*parsed)["messages"].Elements();
  if (messages.empty()) {
    return Unreadable(index, "no \"messages\"; expected an object {\"messages\": [...]}");
  }
  const json::Value& last = messages.back();
  if (last["role"].String() != "assistant" || !last["content"].IsString()) {
    return Unreadable(index, "the last message is no assistant's text; it must be the answer");
  }
  sample.answers.push_back(last["content"].String());
  std::string system;
  for (const json::Value& message : messages) {
    const std::string& role = message["role"].String();
    if (role == "system" || role == "developer") system = message["content"].String();
    if (role == "user" && sample.queries.size() < kLanguageSampleBytes) {
      absl::StrAppend(&sample.queries, message["content"].String(), "\n");
    }
  }
  ++sample.system_prompts[system];
  return absl::OkStatus();
}

absl::StatusOr<Sample> ReadLines(const std::vector<std::string>& lines) {
  if (lines.size() < kMinLines) {
    return InvalidArgument("TOO_FEW_LINES",
                           absl::StrCat(lines.size(), " lines are too few to draft ",
                                        "a task from; give at least ", kMinLines))
        .Field("lines", absl::StrCat("expected at least ", kMinLines));
  }
  if (lines.size() > kMaxLines) {
    return InvalidArgument("TOO_MANY_LINES",
                           absl::StrCat(lines.size(), " lines are more than ", kMaxLines,
                                        "; give the first ", kMaxLines))
        .Field("lines", absl::StrCat("expected at most ", kMaxLines));
  }
  Sample sample;
  for (size_t i = 0; i < lines.size(); ++i) {
    TG_RETURN_IF_ERROR(ReadLine(lines[i], i, sample));
  }
  return sample;
}

// What one member of the answers was seen to hold.
struct MemberProfile {
  std::string id;
  std::map<std::string, int> texts;     // values that are strings
  std::map<std::string, int> elements;  // elements of values that are arrays
  int count = 0;                        // answers that have it
  int arrays = 0;
  int numbers = 0;
  int others = 0;  // booleans, objects, nulls, or elements that are no strings
};

void Count(const json::Value& value, MemberProfile& profile) {
  ++profile.count;
  if (value.IsString()) {
    ++profile.texts[value.String()];
  } else if (value.IsArray()) {
    ++profile.arrays;
    for (const json::Value& element : value.Elements()) {
      if (element.IsString()) {
        ++profile.elements[element.String()];
      } else {
        ++profile.others;
      }
    }
  } else if (value.IsNumber()) {
    ++profile.numbers;
  } else {
    ++profile.others;
  }
}

// Few distinct values, each seen twice and more on average: a closed list.
bool IsClosed(const std::map<std::string, int>& values) {
  int seen = 0;
  for (const auto& [value, count] : values) seen += count;
  return values.size() <= kMaxCategoryValues && static_cast<int>(2 * values.size()) <= seen &&
         !values.contains("");
}

bool IsNumber(const std::string& text) {
  const absl::StatusOr<json::Value> value = json::Parse(text);
  return value.ok() && value->IsNumber();
}

// Numbers alone, or bare texts that are all numbers and too many for a list of labels.
bool HoldsNumbers(const MemberProfile& profile) {
  if (profile.numbers == profile.count) return true;
  return profile.id.empty() && !IsClosed(profile.texts) &&
         std::all_of(profile.texts.begin(), profile.texts.end(),
                     [](const auto& text) { return IsNumber(text.first); });
}

// Nothing that the other kinds could hold.
bool HoldsOtherJson(const MemberProfile& profile) {
  return profile.others > 0 && profile.numbers == 0 && profile.texts.empty() &&
         profile.elements.empty();
}

void DraftSet(const MemberProfile& profile, const std::string& name, v1::Task::Field& field,
              std::vector<std::string>& notes) {
  v1::Task::Field::Set* set = field.mutable_set();
  if (IsClosed(profile.elements)) {
    for (const auto& [value, count] : profile.elements) set->add_values(value);
  } else {
    notes.push_back(absl::StrCat(name, " is a set of any texts: ", profile.elements.size(),
                                 " distinct ones were seen; list them in set.values to allow ",
                                 "no others"));
  }
}

void DraftText(const MemberProfile& profile, const std::string& name, v1::Task::Field& field,
               std::vector<std::string>& notes) {
  field.mutable_text();
  notes.push_back(profile.texts.size() == 1
                      ? absl::StrCat(name, " is always '",
                                     Abbreviate(profile.texts.begin()->first, 60),
                                     "' here: a text until it is known what else it may be")
                      : absl::StrCat(name, " is free text: ", profile.texts.size(),
                                     " distinct values in ", profile.count, " answers"));
}

v1::Task::Field DraftField(const MemberProfile& profile, std::vector<std::string>& notes) {
  v1::Task::Field field;
  field.set_id(profile.id);
  const std::string name = profile.id.empty() ? kBareName : "'" + profile.id + "'";
  if (HoldsNumbers(profile)) {
    field.mutable_number();
    notes.push_back(absl::StrCat(name, " is a number, right when it is the same; give it ",
                                 "grader { numeric { ... } } to allow a distance"));
    return field;
  }
  if (HoldsOtherJson(profile)) {
    field.mutable_json();
    notes.push_back(absl::StrCat(name, " is JSON, right when all of it is the same; give it ",
                                 "grader { json_subset {} } to allow more members"));
    return field;
  }
  if (profile.arrays > 0) {
    DraftSet(profile, name, field, notes);
  } else if (profile.texts.size() >= 2 && IsClosed(profile.texts)) {
    for (const auto& [value, count] : profile.texts) field.mutable_category()->add_values(value);
  } else {
    DraftText(profile, name, field, notes);
  }
  if (const int odd = profile.others + profile.numbers; odd > 0) {
    notes.push_back(absl::StrCat(name, " holds ", odd, " values that are no strings; ",
                                 "write them as strings, or such lines will be refused"));
  }
  if (profile.arrays > 0 && profile.arrays < profile.count) {
    notes.push_back(absl::StrCat(name, " is an array in some answers and not in others; make it ",
                                 "an array everywhere"));
  }
  return field;
}

// One profile a member, in the order in which members were first seen.
absl::StatusOr<std::vector<MemberProfile>> ProfileAnswers(const Sample& sample) {
  std::vector<MemberProfile> profiles;
  std::map<std::string, size_t> position;
  std::vector<size_t> json_lines;
  std::vector<size_t> bare_lines;
  for (size_t i = 0; i < sample.answers.size(); ++i) {
    const absl::StatusOr<json::Value> answer = json::Parse(sample.answers[i]);
    const bool is_json = answer.ok() && answer->IsObject();
    (is_json ? json_lines : bare_lines).push_back(i);
    const auto count = [&](const std::string& id, const json::Value& value) {
      const auto [at, added] = position.emplace(id, profiles.size());
      if (added) profiles.emplace_back().id = id;
      Count(value, profiles[at->second]);
    };
    if (!is_json) count("", sample.answers[i]);
    if (is_json) {
      for (const auto& [id, value] : answer->Members()) count(id, value);
    }
  }
  if (!json_lines.empty() && !bare_lines.empty()) {
    const bool odd_is_json = json_lines.size() < bare_lines.size();
    const size_t odd = (odd_is_json ? json_lines : bare_lines).front();
    const std::string why = absl::StrCat(
        odd_is_json ? "this answer is a JSON object and most are bare text"
                    : "this answer is no JSON object and most are",
        " (", json_lines.size(), " to ", bare_lines.size(), "); write all of them in one form");
    return InvalidArgument("MIXED_ANSWERS", absl::StrCat("line ", odd + 1, ": ", why))
        .Field(absl::StrCat("lines[", odd, "]"), why);
  }
  if (profiles.empty()) {
    return InvalidArgument("NOTHING_TO_SCORE",
                           "line 1: every answer is {}; give answers with members to learn")
        .Field("lines[0]", "the answer has no members");
  }
  return profiles;
}

// Marks what is scored (categories; without any, everything) and one headline.
void GuessScored(v1::Task& task, std::vector<std::string>& notes) {
  const bool has_category = std::any_of(task.fields().begin(), task.fields().end(),
                                        [](const auto& field) { return field.has_category(); });
  std::vector<std::string> scored;
  v1::Task::Field* headline = nullptr;
  for (v1::Task::Field& field : *task.mutable_fields()) {
    if (has_category && !field.has_category()) continue;
    field.set_scored(true);
    scored.push_back(field.id());
    const std::string id = FoldForMatching(field.id());
    const bool telling = id.find("intent") != std::string::npos ||
                         id.find("label") != std::string::npos ||
                         id.find("class") != std::string::npos;
    if (headline == nullptr || (telling && !headline->headline())) {
      if (headline != nullptr) headline->set_headline(false);
      headline = &field;
      field.set_headline(telling);
    }
  }
  headline->set_headline(true);
  if (task.fields_size() == 1) return;
  notes.insert(
      notes.begin(),
      absl::StrCat("an answer counts as right when all of these are: ", absl::StrJoin(scored, ", "),
                   "; set scored: false on those that do not matter. The headline is ",
                   headline->id()));
}

void TakeSystemPrompt(const Sample& sample, v1::Task& task, std::vector<std::string>& notes) {
  const auto most =
      std::max_element(sample.system_prompts.begin(), sample.system_prompts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  task.set_system_prompt(most->first);
  if (sample.system_prompts.size() > 1) {
    notes.push_back(absl::StrCat("the lines have ", sample.system_prompts.size(),
                                 " different system ", "prompts; taken is the one of ",
                                 most->second, " of ", sample.answers.size(), " lines"));
  } else if (most->first.empty()) {
    notes.push_back(
        "the lines have no system prompt; write one, or a base model cannot know the task");
  }
}

}  // namespace

absl::StatusOr<InferredTask> InferTask(const std::vector<std::string>& lines) {
  TG_ASSIGN_OR_RETURN(const Sample sample, ReadLines(lines));
  TG_ASSIGN_OR_RETURN(const std::vector<MemberProfile> profiles, ProfileAnswers(sample));
  InferredTask inferred;
  for (const MemberProfile& profile : profiles) {
    *inferred.task.add_fields() = DraftField(profile, inferred.notes);
    if (profile.count < static_cast<int>(lines.size())) {
      inferred.notes.push_back(absl::StrCat("'", profile.id, "' is missing in ",
                                            lines.size() - profile.count, " of ", lines.size(),
                                            " answers; every answer must have every field"));
    }
  }
  GuessScored(inferred.task, inferred.notes);
  TakeSystemPrompt(sample, inferred.task, inferred.notes);
  inferred.task.set_language_code(GuessLanguage(sample.queries));
  if (inferred.task.language_code().empty()) {
    inferred.notes.push_back("the language is not clear from the queries; set language_code");
  }
  CompleteTask(inferred.task);
  return inferred;
}

}  // namespace tunegate::tasks
