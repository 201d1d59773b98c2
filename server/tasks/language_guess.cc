#include "server/tasks/language_guess.h"

#include <array>
#include <cctype>

#include "common/utf8.h"

namespace tunegate::tasks {
namespace {

struct Language {
  const char* code;
  // Words that are frequent in it and not in the others, folded, each between spaces.
  std::string_view words;
};
constexpr std::array<Language, 6> kLanguages = {{
    {"es", " el los las una por para con mi es y del tu cual quiero como donde pero muy mas "},
    {"en", " the of and to is in you for my what how with this it are do can where i "},
    {"pt", " o os as uma nao meu minha voce do da em com isso eu sao muito qual onde "},
    {"fr", " le les des une est je vous pour avec dans mon ma quel et ou pas du ce "},
    {"it", " il gli della di che una sono per con mio mia come dove non e nel vorrei "},
    {"de", " der die das und ist ich nicht ein eine mit fur wie was wo mein bitte zu den "},
}};

}  // namespace

std::string GuessLanguage(std::string_view text) {
  std::array<int, kLanguages.size()> hits{};
  std::string word = " ";
  const auto end_word = [&] {
    word += ' ';
    for (size_t i = 0; i < kLanguages.size() && word.size() > 2; ++i) {
      hits[i] += kLanguages[i].words.find(word) != std::string_view::npos;
    }
    word.resize(1);
  };
  for (const char c : FoldForMatching(text)) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else {
      end_word();
    }
  }
  end_word();
  size_t best = 0;
  for (size_t i = 1; i < hits.size(); ++i) {
    if (hits[i] > hits[best]) best = i;
  }
  for (size_t i = 0; i < hits.size(); ++i) {
    if (i != best && 4 * hits[i] > 3 * hits[best]) return "";  // too close to tell
  }
  return hits[best] >= 3 ? kLanguages[best].code : "";
}

}  // namespace tunegate::tasks
