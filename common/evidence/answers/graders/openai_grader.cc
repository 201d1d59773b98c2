#include "common/evidence/answers/graders/openai_grader.h"

#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/graders/answer_template.h"
#include "common/evidence/answers/graders/similarity.h"
#include "common/utf8.h"

namespace tunegate::graders {
namespace {

constexpr size_t kMaxBytes = 16 * 1024;
constexpr std::string_view kStringCheck = "string_check";
constexpr std::string_view kTextSimilarity = "text_similarity";
constexpr std::string_view kOperations[] = {"eq", "ne", "like", "ilike"};

Error Bad(std::string_view what) { return InvalidArgument("BAD_OPENAI_GRADER", what); }

// Linear, which std::string::find is not.
bool Holds(std::string_view text, std::string_view part) {
  return part.empty() || memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

// The two texts of a definition.
struct Templates {
  AnswerTemplate input;
  AnswerTemplate reference;
};

class StringCheck : public ValueGrader {
 public:
  StringCheck(Templates templates, std::string operation)
      : templates_(std::move(templates)), operation_(std::move(operation)) {}

  std::string_view name() const override { return "openai_json"; }
  double Score(const Sample& sample) const override {
    const std::string input = templates_.input.Expand(sample);
    const std::string reference = templates_.reference.Expand(sample);
    return Passes(input, reference) ? 1 : 0;
  }

 private:
  bool Passes(const std::string& input, const std::string& reference) const {
    if (operation_ == "eq") return input == reference;
    if (operation_ == "ne") return input != reference;
    if (operation_ == "like") return Holds(input, reference);
    return Holds(FoldCase(input), FoldCase(reference));
  }

  const Templates templates_;
  const std::string operation_;
};

class OpenAiSimilarity : public ValueGrader {
 public:
  OpenAiSimilarity(Templates templates, Measure measure)
      : templates_(std::move(templates)), measure_(measure) {}

  std::string_view name() const override { return "openai_json"; }
  bool partial() const override { return true; }
  double Score(const Sample& sample) const override {
    return measure_(templates_.reference.Expand(sample), templates_.input.Expand(sample));
  }

 private:
  const Templates templates_;
  const Measure measure_;
};

// The definition's member, which must be a string.
absl::StatusOr<std::string> Text(const json::Value& definition, std::string_view member) {
  const json::Value* value = definition.Find(member);
  if (value == nullptr) return Bad(absl::StrCat("has no \"", std::string(member), "\""));
  if (!value->IsString()) {
    return Bad(absl::StrCat("\"", std::string(member), "\" must be a string, found ",
                            std::string(value->TypeName())));
  }
  return value->String();
}

// A member that is not run here would change nothing, silently.
absl::Status CheckMembers(const json::Value& definition,
                          std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : definition.Members()) {
    bool found = false;
    std::string list;
    for (const std::string_view member : known) {
      found |= name == member;
      absl::StrAppend(&list, list.empty() ? "" : ", ", std::string(member));
    }
    if (found) continue;
    return Bad(absl::StrCat("\"", Abbreviate(name, 60), "\" is not known; expected ", list));
  }
  return absl::OkStatus();
}

absl::StatusOr<AnswerTemplate> ReadTemplate(const json::Value& definition, std::string_view member,
                                            const v1::Task& task) {
  TG_ASSIGN_OR_RETURN(const std::string text, Text(definition, member));
  absl::StatusOr<AnswerTemplate> parsed = AnswerTemplate::Parse(text, task);
  if (parsed.ok()) return parsed;
  return Bad(
      absl::StrCat("\"", std::string(member), "\": ", std::string(parsed.status().message())));
}

absl::StatusOr<Templates> ReadTemplates(const json::Value& definition, const v1::Task& task) {
  TG_ASSIGN_OR_RETURN(AnswerTemplate input, ReadTemplate(definition, "input", task));
  TG_ASSIGN_OR_RETURN(AnswerTemplate reference, ReadTemplate(definition, "reference", task));
  return Templates{std::move(input), std::move(reference)};
}

absl::StatusOr<OpenAiGrader> ReadStringCheck(const json::Value& definition, const v1::Task& task) {
  TG_RETURN_IF_ERROR(CheckMembers(definition, {"type", "name", "input", "reference", "operation"}));
  TG_ASSIGN_OR_RETURN(Templates templates, ReadTemplates(definition, task));
  TG_ASSIGN_OR_RETURN(std::string operation, Text(definition, "operation"));
  for (const std::string_view known : kOperations) {
    if (operation != known) continue;
    return OpenAiGrader{std::make_unique<StringCheck>(std::move(templates), std::move(operation))};
  }
  return Bad(absl::StrCat("\"operation\" is '", Abbreviate(operation, 60),
                          "'; expected eq, ne, like or ilike"));
}

absl::StatusOr<OpenAiGrader> ReadTextSimilarity(const json::Value& definition,
                                                const v1::Task& task) {
  TG_RETURN_IF_ERROR(CheckMembers(
      definition, {"type", "name", "input", "reference", "evaluation_metric", "pass_threshold"}));
  TG_ASSIGN_OR_RETURN(Templates templates, ReadTemplates(definition, task));
  TG_ASSIGN_OR_RETURN(const std::string metric, Text(definition, "evaluation_metric"));
  const Measure measure = FindMeasure(metric);
  if (measure == nullptr) {
    return Bad(absl::StrCat("\"evaluation_metric\" is '", Abbreviate(metric, 60),
                            "'; expected one of ", MeasureNames()));
  }
  OpenAiGrader read{std::make_unique<OpenAiSimilarity>(std::move(templates), measure)};
  if (const json::Value* threshold = definition.Find("pass_threshold")) {
    read.pass_threshold = threshold->NumberOr(0);
    if (!(read.pass_threshold >= 1e-6 && read.pass_threshold <= 1)) {
      return Bad(absl::StrCat("\"pass_threshold\" is ", json::Write(*threshold),
                              "; expected a number from 0.000001 to 1"));
    }
  }
  return read;
}

}  // namespace

absl::StatusOr<OpenAiGrader> ReadOpenAiGrader(std::string_view definition, const v1::Task& task) {
  if (definition.size() > kMaxBytes) {
    return Bad(absl::StrCat("has ", definition.size(), " bytes; expected at most ", kMaxBytes));
  }
  const absl::StatusOr<json::Value> parsed = json::Parse(definition);
  if (!parsed.ok())
    return Bad(absl::StrCat("is no JSON: ", std::string(parsed.status().message())));
  if (!parsed->IsObject()) {
    return Bad(absl::StrCat("must be an object, found ", std::string(parsed->TypeName())));
  }
  TG_ASSIGN_OR_RETURN(const std::string type, Text(*parsed, "type"));
  if (const json::Value* name = parsed->Find("name"); name != nullptr && !name->IsString()) {
    return Bad(absl::StrCat("\"name\" must be a string, found ", std::string(name->TypeName())));
  }
  if (type == kStringCheck) return ReadStringCheck(*parsed, task);
  if (type == kTextSimilarity) return ReadTextSimilarity(*parsed, task);
  return Bad(absl::StrCat("\"type\" is '", Abbreviate(type, 60), "', which is not run here; ",
                          "expected string_check or text_similarity"));
}

}  // namespace tunegate::graders
