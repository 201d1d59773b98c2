// What was spent, in words.
#ifndef TUNEGATE_CLIENT_CLI_SPENT_TEXT_H_
#define TUNEGATE_CLIENT_CLI_SPENT_TEXT_H_

#include <string>

namespace tunegate::v1 {
class Usage;
}  // namespace tunegate::v1

namespace tunegate::cli {

// "200 calls, 38,120 tokens, 198,300 trained tokens, $0.59 by openai-2026-11-01"; empty when
// nothing was spent.
std::string SpentText(const v1::Usage& usage);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_SPENT_TEXT_H_
