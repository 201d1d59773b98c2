#include "server/sandbox/keyword/shape_reader.h"

#include <algorithm>
#include <set>
#include <string>

#include "server/sandbox/api_error.h"
#include "server/sandbox/keyword/schema_shape.h"
#include "server/sandbox/words.h"

namespace tunegate::sandbox {
namespace {

bool IsValueChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }

// A cursor over the prompt that reads identifiers and the separators between them.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // The next identifier from `at` on, quotes around it skipped; empty at the end. `before` gets
  // what stands between `at` and it.
  std::string_view Next(size_t& at, std::string_view& before) const {
    const size_t start = at;
    while (at < text_.size() && !IsValueChar(text_[at])) ++at;
    const size_t begin = at;
    while (at < text_.size() && IsValueChar(text_[at])) ++at;
    before = text_.substr(start, begin - start);
    std::string_view word = text_.substr(begin, at - begin);
    while (!word.empty() && (word.back() == '.' || word.back() == '-')) word.remove_suffix(1);
    return word;
  }

 private:
  std::string_view text_;
};

// The separator between two listed values without quotes and blanks: "/", "|", ",", or "".
std::string Separator(std::string_view between) {
  std::string separator;
  for (char c : between) {
    if (!IsQuote(c) && c != ' ') separator.push_back(c);
  }
  return separator;
}

struct ValueList {
  std::string name;  // the identifier before it
  std::vector<std::string> values;
};

struct Token {
  std::string_view before;
  std::string_view word;
};

std::vector<Token> Tokenize(std::string_view prompt) {
  const Scanner scanner(prompt);
  std::vector<Token> tokens;
  for (size_t at = 0;;) {
    Token token;
    token.word = scanner.Next(at, token.before);
    if (token.word.empty()) return tokens;
    tokens.push_back(token);
  }
}

bool JoinsValues(const std::string& separator, bool listed_by_comma) {
  return separator == "/" || separator == "|" || (listed_by_comma && separator == ",");
}

bool IsFiller(std::string_view word) {
  static const std::set<std::string, std::less<>> fillers = {
      "one",     "of",     "is",     "are",   "must",      "be",     "the",    "a",   "an", "any",
      "exactly", "either", "values", "value", "de",        "uno",    "una",    "es",  "el", "la",
      "los",     "las",    "entre",  "these", "following", "labels", "string", "list"};
  return fillers.count(word) != 0;
}

// Commas list values only after an announcement: "one of a, b", "label: a, b, c", "(a, b)".
bool AnnouncesList(const std::vector<Token>& tokens, size_t at) {
  const std::string separator = Separator(tokens[at].before);
  const bool after_of = at > 0 && (tokens[at - 1].word == "of" || tokens[at - 1].word == "entre");
  return after_of || separator == ":" || separator == "(" || separator == "[";
}

std::string NameBefore(const std::vector<Token>& tokens, size_t at) {
  while (at > 0) {
    --at;
    if (!IsFiller(tokens[at].word)) return std::string(tokens[at].word);
  }
  return "";
}

std::vector<ValueList> FindValueLists(std::string_view prompt) {
  const std::vector<Token> tokens = Tokenize(prompt);
  std::vector<ValueList> lists;
  for (size_t at = 0; at + 1 < tokens.size();) {
    const bool by_comma = AnnouncesList(tokens, at);
    size_t end = at + 1;
    while (end < tokens.size() && JoinsValues(Separator(tokens[end].before), by_comma)) ++end;
    // "a, b or c": the last one is joined by a word.
    if (end > at + 1 && end + 1 < tokens.size() &&
        (tokens[end].word == "or" || tokens[end].word == "o" || tokens[end].word == "and") &&
        Separator(tokens[end].before).size() <= 1 && Separator(tokens[end + 1].before).empty()) {
      end += 2;
    }
    if (end - at < 2) {
      ++at;
      continue;
    }
    ValueList list{NameBefore(tokens, at), {}};
    for (size_t i = at; i < end; ++i) {
      if (tokens[i].word != "or" && tokens[i].word != "o" && tokens[i].word != "and") {
        list.values.emplace_back(tokens[i].word);
      }
    }
    lists.push_back(std::move(list));
    at = end;
  }
  return lists;
}

// The list whose values are this field's: the one that shares the most of them, at least two.
const ValueList* ListFor(const LexiconField& field, const std::vector<ValueList>& lists) {
  const ValueList* best = nullptr;
  int most = 1;
  for (const ValueList& list : lists) {
    int shared = 0;
    for (const LexiconValue& value : field.values) {
      for (const std::string& listed : list.values) shared += Words(listed) == Words(value.name);
    }
    if (shared > most) {
      most = shared;
      best = &list;
    }
  }
  return best;
}

bool Mentions(const std::vector<std::string>& prompt, const LexiconField& field) {
  std::vector<Keyword> names = {{Words(field.name), false}};
  for (const std::string& alias : field.aliases) names.push_back({Words(alias), false});
  return CountPoints(names, prompt) > 0;
}

AnswerField FromLexicon(const LexiconField& known, const ValueList* list) {
  AnswerField field;
  field.name = known.name;
  field.kind = known.is_set ? AnswerField::Kind::kSet : AnswerField::Kind::kText;
  if (list != nullptr) {
    for (const std::string& value : list->values) field.values.emplace_back(value);
  } else {
    for (const LexiconValue& value : known.values) field.values.emplace_back(value.name);
    if (!field.values.empty()) field.values.emplace_back(known.default_value);
  }
  if (!known.is_set && !field.values.empty()) field.kind = AnswerField::Kind::kChoice;
  return field;
}

}  // namespace

std::vector<AnswerField> FieldsFromPrompt(std::string_view system_prompt, const Lexicon& lexicon) {
  const std::vector<ValueList> lists = FindValueLists(system_prompt);
  const std::vector<std::string> words = Words(system_prompt);
  std::vector<AnswerField> fields;
  std::set<const ValueList*> used;
  // A prompt speaks of the lexicon's task when it lists the values of one of its fields, or names
  // two of them; one word alone ("type") may mean anything.
  size_t mentioned = 0;
  for (const LexiconField& known : lexicon.fields()) {
    const ValueList* list = ListFor(known, lists);
    if (list == nullptr && !Mentions(words, known)) continue;
    mentioned += list != nullptr ? 2 : 1;
    used.insert(list);
    fields.push_back(FromLexicon(known, list));
  }
  if (mentioned < 2) fields.clear();
  for (const ValueList& list : lists) {
    if (used.count(&list) != 0 && !fields.empty()) continue;
    AnswerField field;
    field.name = list.name;
    field.kind = AnswerField::Kind::kChoice;
    for (const std::string& value : list.values) field.values.emplace_back(value);
    const bool known = std::any_of(fields.begin(), fields.end(), [&](const AnswerField& other) {
      return other.name == field.name;
    });
    if (!known) fields.push_back(std::move(field));
  }
  return fields;
}

absl::StatusOr<AnswerShape> ReadShape(const json::Value& response_format,
                                      std::string_view system_prompt, const Lexicon& lexicon) {
  AnswerShape shape;
  const std::string type = response_format.IsNull() ? "text" : response_format["type"].StringOr("");
  if (type == "json_schema") {
    const json::Value& definition = response_format["json_schema"];
    if (definition["name"].String().empty()) {
      return BadRequest("response_format.json_schema.name",
                        "Missing required parameter: 'response_format.json_schema.name'.",
                        "missing_required_parameter");
    }
    TG_ASSIGN_OR_RETURN(shape.fields, FieldsFromSchema(definition["schema"]));
    shape.from_schema = true;
    return shape;
  }
  if (type != "text" && type != "json_object") {
    return BadRequest("response_format.type",
                      "Invalid value: '" + type +
                          "'. Supported values are: 'text', 'json_object' and 'json_schema'.",
                      "invalid_value");
  }
  shape.fields = FieldsFromPrompt(system_prompt, lexicon);
  const std::vector<std::string> words = Words(system_prompt);
  shape.json =
      type == "json_object" || std::find(words.begin(), words.end(), "json") != words.end();
  return shape;
}

}  // namespace tunegate::sandbox
