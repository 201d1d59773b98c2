// sandbox-keyword-1: the sandbox's base model. It reads the query, the form that the request asks
// for, and a lexicon; it has learnt nothing.
#ifndef TUNEGATE_SERVER_SANDBOX_KEYWORD_KEYWORD_MODEL_H_
#define TUNEGATE_SERVER_SANDBOX_KEYWORD_KEYWORD_MODEL_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/mutex.h"
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
  // What speaks for a value: its entry in the lexicon and the words of its name.
  struct Known {
    const LexiconValue* entry;
    std::vector<std::string> name;
  };
  const Known& Recall(const std::string& value) const;
  int Points(const json::Value& value, const Query& query) const;
  json::Value WhenNothingSpeaks(const AnswerField& field) const;

  const std::string name_ = kKeywordModelName;
  const Lexicon& lexicon_;
  mutable Mutex mutex_;
  // Grows with the distinct values that requests list; a node stays where it is.
  mutable std::map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_KEYWORD_KEYWORD_MODEL_H_
