// Which language a text is in, by its function words: a guess for drafts.
#ifndef TUNEGATE_SERVER_TASKS_LANGUAGE_GUESS_H_
#define TUNEGATE_SERVER_TASKS_LANGUAGE_GUESS_H_

#include <string>
#include <string_view>

namespace tunegate::tasks {

// "es", "en", "pt", "fr", "it" or "de"; empty when no language's words lead clearly.
std::string GuessLanguage(std::string_view text);

}  // namespace tunegate::tasks

#endif  // TUNEGATE_SERVER_TASKS_LANGUAGE_GUESS_H_
