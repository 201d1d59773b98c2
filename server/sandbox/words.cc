#include "server/sandbox/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "common/utf8.h"

namespace tunegate::sandbox {

std::vector<std::string> Words(std::string_view text) {
  const std::string folded = FoldForMatching(text);
  std::vector<std::string> words;
  std::string word;
  const auto size = static_cast<int32_t>(folded.size());
  for (int32_t at = 0; at < size;) {
    const int32_t begin = at;
    UChar32 letter;
    U8_NEXT(folded.data(), at, size, letter);
    if (letter >= 0 && u_isalnum(letter)) {
      word.append(folded, static_cast<size_t>(begin), static_cast<size_t>(at - begin));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace tunegate::sandbox
