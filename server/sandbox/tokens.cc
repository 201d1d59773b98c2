#include "server/sandbox/tokens.h"

namespace tunegate::sandbox {
namespace {

constexpr int kMaxLetters = 4;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes beyond ASCII are taken for letters: in European text they are.
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The number of bytes of the token that `text`, which is not empty, starts with.
size_t TokenSize(std::string_view text) {
  size_t at = text[0] == ' ' && text.size() > 1 && IsLetter(text[1]) ? 1 : 0;
  if (!IsLetter(text[at])) return 1;
  for (int letters = 0; at < text.size() && IsLetter(text[at]) && letters < kMaxLetters;
       ++letters) {
    ++at;
    while (at < text.size() && IsContinuation(text[at])) ++at;
  }
  return at;
}

}  // namespace

int64_t CountTokens(std::string_view text) {
  int64_t tokens = 0;
  for (; !text.empty(); ++tokens) text.remove_prefix(TokenSize(text));
  return tokens;
}

std::vector<std::string_view> SplitTokens(std::string_view text) {
  std::vector<std::string_view> tokens;
  while (!text.empty()) {
    tokens.push_back(text.substr(0, TokenSize(text)));
    text.remove_prefix(tokens.back().size());
  }
  return tokens;
}

}  // namespace tunegate::sandbox
