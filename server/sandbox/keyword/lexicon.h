// Lexicon: words that speak for values of answer fields, read from a text such as keywords_es.txt
// (which describes the format).
#ifndef TUNEGATE_SERVER_SANDBOX_KEYWORD_LEXICON_H_
#define TUNEGATE_SERVER_SANDBOX_KEYWORD_LEXICON_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tunegate::sandbox {

struct Keyword {
  std::vector<std::string> words;  // that follow each other
  bool stem = false;               // the last one is only a beginning
};

struct LexiconValue {
  std::string name;
  std::vector<Keyword> keywords;
};

struct LexiconField {
  std::string name;
  std::vector<std::string> aliases;
  bool is_set = false;
  std::string default_value;
  std::vector<LexiconValue> values;
};

// Immutable, so thread-safe.
class Lexicon {
 public:
  // INVALID_ARGUMENT with the line that cannot be read.
  static absl::StatusOr<Lexicon> Parse(std::string_view text);
  // The Spanish one that the binary carries.
  static const Lexicon& Spanish();

  const std::vector<LexiconField>& fields() const { return fields_; }
  // By name, ignoring case; nullptr when there is none.
  const LexiconField* FindField(std::string_view name) const;
  // By name in any field, ignoring case.
  const LexiconValue* FindValue(std::string_view name) const;

 private:
  std::vector<LexiconField> fields_;
};

// How strongly the words of `query` speak for these: each keyword that occurs counts its words.
int CountPoints(const std::vector<Keyword>& keywords, const std::vector<std::string>& query);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_KEYWORD_LEXICON_H_
