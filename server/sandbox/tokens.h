// Token counts without a tokenizer: close to what a byte-pair encoder would count for European
// text, the same on every machine, and good enough to bill and to limit by.
#ifndef TUNEGATE_SERVER_SANDBOX_TOKENS_H_
#define TUNEGATE_SERVER_SANDBOX_TOKENS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tunegate::sandbox {

// What a message costs beside its text (role and separators).
inline constexpr int64_t kTokensPerMessage = 4;

// A token is at most four letters or digits with the space before them, or one other character.
int64_t CountTokens(std::string_view text);

// The tokens themselves; joined they give `text` again. UTF-8 sequences stay whole.
std::vector<std::string_view> SplitTokens(std::string_view text);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_TOKENS_H_
