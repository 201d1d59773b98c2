#include "server/sandbox/keyword/lexicon.h"

#include <algorithm>

#include "common/errors.h"
#include "server/sandbox/words.h"

namespace tunegate::sandbox {
namespace {

constexpr char kSpanish[] =
#include "server/sandbox/keyword/keywords_es.inc"
    ;

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::vector<std::string_view> SplitAtCommas(std::string_view text) {
  std::vector<std::string_view> items;
  while (!text.empty()) {
    const size_t end = text.find(',');
    if (const std::string_view item = Trim(text.substr(0, end)); !item.empty()) {
      items.push_back(item);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return items;
}

bool ConsumePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text = Trim(text.substr(prefix.size()));
  return true;
}

LexiconField ParseField(std::string_view line, bool is_set) {
  LexiconField field;
  field.is_set = is_set;
  const size_t also = line.find(" also ");
  field.name = std::string(Trim(line.substr(0, also)));
  if (also != std::string_view::npos) {
    for (std::string_view alias : SplitAtCommas(line.substr(also + 6))) {
      field.aliases.emplace_back(alias);
    }
  }
  return field;
}

LexiconValue ParseValue(std::string_view name, std::string_view keywords) {
  LexiconValue value{std::string(Trim(name)), {}};
  for (std::string_view item : SplitAtCommas(keywords)) {
    value.keywords.push_back({Words(item), item.back() == '*'});
  }
  return value;
}

bool Occurs(const Keyword& keyword, const std::vector<std::string>& query, size_t at) {
  const size_t count = keyword.words.size();
  if (count == 0 || at + count > query.size()) return false;
  for (size_t i = 0; i + 1 < count; ++i) {
    if (query[at + i] != keyword.words[i]) return false;
  }
  const std::string& last = keyword.words.back();
  const std::string& word = query[at + count - 1];
  return keyword.stem ? word.compare(0, last.size(), last) == 0 : word == last;
}

}  // namespace

absl::StatusOr<Lexicon> Lexicon::Parse(std::string_view text) {
  Lexicon lexicon;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#') continue;
    const bool is_set = ConsumePrefix(line, "set ");
    if (is_set || ConsumePrefix(line, "field ")) {
      lexicon.fields_.push_back(ParseField(line, is_set));
      continue;
    }
    const size_t colon = line.find(':');
    const bool is_default = ConsumePrefix(line, "default ");
    if (lexicon.fields_.empty() || (!is_default && colon == std::string_view::npos)) {
      return InvalidArgument("LEXICON", "line " + std::to_string(number) +
                                            ": expected 'field NAME', 'set NAME', 'default VALUE' "
                                            "or 'VALUE: WORDS'");
    }
    if (is_default) {
      lexicon.fields_.back().default_value = std::string(line);
    } else {
      lexicon.fields_.back().values.push_back(
          ParseValue(line.substr(0, colon), line.substr(colon + 1)));
    }
  }
  return lexicon;
}

const Lexicon& Lexicon::Spanish() {
  static const Lexicon* const lexicon = new Lexicon(*Parse(kSpanish));
  return *lexicon;
}

const LexiconField* Lexicon::FindField(std::string_view name) const {
  const std::vector<std::string> wanted = Words(name);
  for (const LexiconField& field : fields_) {
    if (Words(field.name) == wanted) return &field;
  }
  return nullptr;
}

const LexiconValue* Lexicon::FindValue(std::string_view name) const {
  const std::vector<std::string> wanted = Words(name);
  for (const LexiconField& field : fields_) {
    for (const LexiconValue& value : field.values) {
      if (Words(value.name) == wanted) return &value;
    }
  }
  return nullptr;
}

int CountPoints(const std::vector<Keyword>& keywords, const std::vector<std::string>& query) {
  int points = 0;
  for (const Keyword& keyword : keywords) {
    for (size_t at = 0; at < query.size(); ++at) {
      if (!Occurs(keyword, query, at)) continue;
      points += static_cast<int>(keyword.words.size());
      break;
    }
  }
  return points;
}

}  // namespace tunegate::sandbox
