// sandbox-keyword-1: the sandbox's base model. It reads the query, the form that the request asks
// for, and a lexicon; it has learnt nothing.
#ifndef TUNEGATE_SERVER_SANDBOX_KEYWORD_KEYWORD_MODEL_H_
#define TUNEGATE_SERVER_SANDBOX_KEYWORD_KEYWORD_MODEL_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/sandbox/answer.h"
#include "server/sandbox/keyword/lexicon.h"

namespace tunegate::sandbox {

inline constexpr char kKeywordModelName[] = "sandbox-keyword-1";

// For every field the value for which most words of the query speak: words of the lexicon, or of
// the value's own name. None speaks: the lexicon's default, else DefaultValue. Thread-safe.
class KeywordModel : public AnsweringModel {
 public:
  explicit KeywordModel(const Lexicon& lexicon) : lexicon_(lexicon) {}

  const std::string& name() const override { return name_; }
  Answer Respond(std::string_view query, const AnswerShape& shape) const override;

 private:
  using Query = std::vector<std::string>;
  FieldAnswer Choose(const AnswerField& field, const Query& query) const;
  FieldAnswer Collect(const AnswerField& field, const Query& query) const;
  int Points(const json::Value& value, const Query& query) const;
  json::Value WhenNothingSpeaks(const AnswerField& field) const;

  const std::string name_ = kKeywordModelName;
  const Lexicon& lexicon_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_KEYWORD_KEYWORD_MODEL_H_
