#include "server/sandbox/training/classifier.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

double SafeLog(double probability) { return std::log(std::max(probability, kLeastProbability)); }

// The answers as JSON objects, or as strings when one of them is no object.
std::vector<json::Value> ReadAnswers(const std::vector<Example>& examples) {
  std::vector<json::Value> answers;
  for (const Example& example : examples) {
    absl::StatusOr<json::Value> answer = json::Parse(example.answer);
    if (!answer.ok() || !answer->IsObject() || answer->Members().empty()) break;
    answers.push_back(*std::move(answer));
  }
  if (answers.size() == examples.size()) return answers;
  answers.clear();
  for (const Example& example : examples) answers.emplace_back(example.answer);
  return answers;
}

// What the answer holds in that field, or nullptr.
const json::Value* Part(const json::Value& answer, const std::string& name) {
  return name.empty() ? &answer : answer.Find(name);
}

std::string FilePath(const std::string& directory, size_t field) {
  return directory + "/field-" + std::to_string(field) + ".bin";
}

}  // namespace

void Classifier::Field::AddValue(std::optional<json::Value> value) {
  std::string key = value ? json::Write(*value) : "";
  if (labels.emplace(std::move(key), static_cast<int>(values.size())).second) {
    values.push_back(std::move(value));
  }
}

std::vector<int> Classifier::Field::LabelsOf(const json::Value* value) const {
  std::vector<std::string> keys;
  if (kind == Head::Kind::kOne) {
    keys.push_back(value == nullptr ? "" : json::Write(*value));
  } else if (value == nullptr || value->Elements().empty()) {
    keys.push_back("");
  } else {
    for (const json::Value& member : value->Elements()) keys.push_back(json::Write(member));
  }
  std::set<int> found;
  for (const std::string& key : keys) {
    if (const auto label = labels.find(key); label != labels.end()) found.insert(label->second);
  }
  return {found.begin(), found.end()};
}

void Classifier::DiscoverFields(const std::vector<json::Value>& answers) {
  std::map<std::string, size_t> index;
  for (const json::Value& answer : answers) {
    if (!answer.IsObject()) index.emplace("", index.size());
    for (const json::Member& member : answer.Members()) index.emplace(member.first, index.size());
  }
  fields_.resize(index.size());
  for (const auto& [name, at] : index) {
    Field& field = fields_[at];
    field.name = name;
    const bool all_lists = std::all_of(answers.begin(), answers.end(), [&](const auto& answer) {
      const json::Value* part = Part(answer, field.name);
      return part == nullptr || part->IsArray();
    });
    field.kind = all_lists ? Head::Kind::kSet : Head::Kind::kOne;
    for (const json::Value& answer : answers) {
      const json::Value* part = Part(answer, field.name);
      if (part == nullptr || (all_lists && part->Elements().empty())) {
        field.AddValue(std::nullopt);
      } else if (all_lists) {
        for (const json::Value& member : part->Elements()) field.AddValue(member);
      } else {
        field.AddValue(*part);
      }
    }
  }
}

absl::StatusOr<Classifier> Classifier::Create(const std::vector<Example>& examples, int32_t seed) {
  const std::vector<json::Value> answers = ReadAnswers(examples);
  Classifier classifier;
  classifier.DiscoverFields(answers);
  std::vector<std::string> queries;
  for (const Example& example : examples) queries.push_back(example.query);
  for (Field& field : classifier.fields_) {
    std::vector<std::vector<int>> labels;
    for (const json::Value& answer : answers) {
      labels.push_back(field.LabelsOf(Part(answer, field.name)));
    }
    TG_ASSIGN_OR_RETURN(Head head, Head::Create(field.kind, queries, labels, seed));
    field.head = std::make_unique<Head>(std::move(head));
  }
  return classifier;
}

absl::Status Classifier::Save(const std::string& directory) const {
  TG_RETURN_IF_ERROR(MakeDirectory(directory));
  json::Value fields = json::Array();
  for (size_t i = 0; i < fields_.size(); ++i) {
    const Field& field = fields_[i];
    json::Value values = json::Array();
    for (const auto& value : field.values) {
      values.Append(value ? json::Array({*value}) : json::Array());  // [] is nullopt
    }
    fields.Append(json::Object({{"name", field.name},
                                {"set", field.kind == Head::Kind::kSet},
                                {"values", std::move(values)}}));
    TG_RETURN_IF_ERROR(field.head->Save(FilePath(directory, i)));
  }
  return WriteFileAtomically(directory + "/fields.json", json::Write(fields));
}

absl::StatusOr<Classifier> Classifier::Load(const std::string& directory) {
  TG_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(directory + "/fields.json"));
  TG_ASSIGN_OR_RETURN(const json::Value fields, json::Parse(text));
  Classifier classifier;
  for (const json::Value& stored : fields.Elements()) {
    Field field;
    field.name = stored["name"].String();
    field.kind = stored["set"].BoolOr(false) ? Head::Kind::kSet : Head::Kind::kOne;
    for (const json::Value& value : stored["values"].Elements()) {
      field.AddValue(value.Elements().empty() ? std::optional<json::Value>()
                                              : value.Elements().front());
    }
    TG_ASSIGN_OR_RETURN(Head head, Head::Load(FilePath(directory, classifier.fields_.size())));
    field.head = std::make_unique<Head>(std::move(head));
    classifier.fields_.push_back(std::move(field));
  }
  return classifier;
}

Classifier::Prepared Classifier::Prepare(const Example& example) const {
  const absl::StatusOr<json::Value> parsed = json::Parse(example.answer);
  const bool whole = fields_.size() == 1 && fields_[0].name.empty();
  const json::Value answer = whole || !parsed.ok() ? json::Value(example.answer) : *parsed;
  Prepared prepared;
  for (const Field& field : fields_) {
    prepared.push_back(
        field.head->Prepare(example.query, field.LabelsOf(Part(answer, field.name))));
  }
  return prepared;
}

absl::StatusOr<double> Classifier::Learn(const Prepared& example, double learning_rate) {
  double loss = 0;
  for (size_t i = 0; i < fields_.size(); ++i) {
    TG_ASSIGN_OR_RETURN(const double of_field, fields_[i].head->Learn(example[i], learning_rate));
    loss += of_field;
  }
  return loss / static_cast<double>(fields_.size());
}

Classifier::Score Classifier::Judge(const Prepared& example) const {
  Score sum;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const auto [loss, right] = fields_[i].head->Judge(example[i]);
    sum += {loss, right ? 1.0 : 0.0};
  }
  return sum / fields_.size();
}

std::optional<FieldAnswer> Classifier::Field::RespondOne(std::string_view query,
                                                         const AnswerField* wanted) const {
  for (const auto& [label, probability] : head->Answer(query)) {
    const std::optional<json::Value>& value = values[static_cast<size_t>(label)];
    if (wanted != nullptr && (!value || !Allows(*wanted, *value))) continue;
    if (!value) return std::nullopt;
    return FieldAnswer{name, *value, SafeLog(probability)};
  }
  if (wanted == nullptr) return std::nullopt;
  return FieldAnswer{name, DefaultValue(*wanted), SafeLog(0)};
}

FieldAnswer Classifier::Field::RespondSet(std::string_view query, const AnswerField* wanted) const {
  double log_probability = 0;
  std::set<int> members;
  for (const auto& [label, probability] : head->Answer(query)) {
    const bool member = probability >= kSetThreshold;
    log_probability += SafeLog(member ? probability : 1 - probability);
    if (member) members.insert(label);
  }
  json::Value list = json::Array();
  for (int label : members) {
    const std::optional<json::Value>& value = values[static_cast<size_t>(label)];
    if (value && (wanted == nullptr || Allows(*wanted, json::Array({*value})))) list.Append(*value);
  }
  return {name, std::move(list), log_probability};
}

std::optional<FieldAnswer> Classifier::Field::Respond(std::string_view query,
                                                      const AnswerField* wanted) const {
  if (kind == Head::Kind::kOne) return RespondOne(query, wanted);
  if (wanted != nullptr && wanted->kind != AnswerField::Kind::kSet &&
      wanted->kind != AnswerField::Kind::kAny) {
    return FieldAnswer{name, DefaultValue(*wanted), SafeLog(0)};
  }
  return RespondSet(query, wanted);
}

const Classifier::Field* Classifier::FieldFor(const AnswerField& wanted,
                                              const AnswerShape& shape) const {
  for (const Field& field : fields_) {
    if (field.name == wanted.name) return &field;
  }
  // Trained on bare labels, asked for them inside an object: that field is what was learnt.
  const bool only_one = fields_.size() == 1 && fields_[0].name.empty() && shape.fields.size() == 1;
  return only_one ? &fields_[0] : nullptr;
}

Answer Classifier::Respond(std::string_view query, const AnswerShape& shape) const {
  Answer answer;
  if (!shape.from_schema) {
    for (const Field& field : fields_) {
      if (auto part = field.Respond(query, nullptr)) answer.push_back(*std::move(part));
    }
    return answer;
  }
  for (const AnswerField& wanted : shape.fields) {
    const Field* field = FieldFor(wanted, shape);
    FieldAnswer part{wanted.name, DefaultValue(wanted), SafeLog(0)};
    if (field != nullptr) part = field->Respond(query, &wanted).value_or(part);
    part.name = wanted.name;
    answer.push_back(std::move(part));
  }
  return answer;
}

}  // namespace tunegate::sandbox
