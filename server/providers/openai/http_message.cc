#include "server/providers/openai/http_message.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace tunegate::providers::openai {
namespace {

constexpr size_t kMaxHeaderBytes = 256 << 10;
constexpr size_t kUsualHeaderBytes = 1 << 10;

absl::string_view Absl(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

bool HttpHeaders::AddLine(std::string_view line) {
  if (lines_.size() + line.size() > kMaxHeaderBytes) return false;
  if (lines_.empty()) lines_.reserve(kUsualHeaderBytes);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  lines_.append(line).push_back('\n');
  return true;
}

std::string_view HttpHeaders::Get(std::string_view name) const {
  std::string_view value;
  for (size_t begin = 0; begin < lines_.size();) {
    const size_t end = lines_.find('\n', begin);
    const std::string_view line(lines_.data() + begin, end - begin);
    begin = end + 1;
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (!absl::EqualsIgnoreCase(Absl(line.substr(0, name.size())), Absl(name))) continue;
    const absl::string_view trimmed =
        absl::StripAsciiWhitespace(Absl(line.substr(name.size() + 1)));
    value = std::string_view(trimmed.data(), trimmed.size());
  }
  return value;
}

}  // namespace tunegate::providers::openai
