// What a model answers with, and the interface of everything that answers: the keyword model and
// the fine-tuned ones.
#ifndef TUNEGATE_SERVER_SANDBOX_ANSWER_H_
#define TUNEGATE_SERVER_SANDBOX_ANSWER_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace tunegate::sandbox {

// Natural logarithms of probabilities below this one are not told apart.
inline constexpr double kLeastProbability = 1e-6;

// One field that an answer must or may have, from a JSON schema or from the prompt's words.
struct AnswerField {
  enum class Kind { kChoice, kSet, kText, kNumber, kInteger, kBoolean, kNull, kObject, kAny };
  std::string name;
  Kind kind = Kind::kText;
  std::vector<json::Value> values;  // of a choice or of a set's members, in the prompt's order
  std::vector<AnswerField> fields;  // of an object
};

// Whether an answer may hold `value` there.
bool Allows(const AnswerField& field, const json::Value& value);

// What a model says when it knows nothing: of a choice the value that means so ("unspecified",
// "unknown", "none", "other"), else the first; an empty set; "unspecified", also where anything is
// allowed; 0; false.
json::Value DefaultValue(const AnswerField& field);

// The form that the request asks for. Empty fields: the request does not say.
struct AnswerShape {
  bool json = true;          // a JSON object; otherwise plain text
  bool from_schema = false;  // the fields are binding: no more, no fewer
  std::vector<AnswerField> fields;
};

struct FieldAnswer {
  std::string name;
  json::Value value;
  double log_probability = 0;  // natural logarithm of the model's own confidence
};

// Plain text is one field without a name whose value is a string.
using Answer = std::vector<FieldAnswer>;

// A message's text cut where the confidence changes: joined it is the content.
struct Piece {
  std::string text;
  double log_probability = 0;
};
std::vector<Piece> Render(const Answer& answer);

class AnsweringModel {
 public:
  virtual ~AnsweringModel() = default;
  // What answers, as screens must name it.
  virtual const std::string& name() const = 0;
  // Thread-safe, deterministic, and never fails: there is always a best guess.
  virtual Answer Respond(std::string_view query, const AnswerShape& shape) const = 0;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_ANSWER_H_
