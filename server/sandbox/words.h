// The words of a text, as both the lexicon and the classifiers compare them.
#ifndef TUNEGATE_SERVER_SANDBOX_WORDS_H_
#define TUNEGATE_SERVER_SANDBOX_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

namespace tunegate::sandbox {

// Lower case without diacritics, cut at everything that is neither letter nor digit.
std::vector<std::string> Words(std::string_view text);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_WORDS_H_
