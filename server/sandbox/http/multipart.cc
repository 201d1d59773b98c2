#include "server/sandbox/http/multipart.h"

#include "common/errors.h"

namespace tunegate::sandbox {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

Error Malformed(std::string_view what) {
  return InvalidArgument("invalid_multipart",
                         "The request body is not valid multipart/form-data: " + std::string(what));
}

// The value of `key` in a header such as `form-data; name="file"; filename="a.jsonl"`.
std::optional<std::string> Parameter(std::string_view header, std::string_view key) {
  size_t at = 0;
  while ((at = header.find(';', at)) != std::string_view::npos) {
    ++at;
    while (at < header.size() && header[at] == ' ') ++at;
    if (header.substr(at, key.size()) != key || header.substr(at + key.size(), 1) != "=") continue;
    std::string_view value = header.substr(at + key.size() + 1);
    if (!value.empty() && value[0] == '"') {
      value.remove_prefix(1);
      return std::string(value.substr(0, value.find('"')));
    }
    value = value.substr(0, value.find(';'));
    return std::string(value.substr(0, value.find(' ')));
  }
  return std::nullopt;
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (size_t i = 0; i < lower_prefix.size(); ++i) {
    if ((text[i] | 0x20) != (lower_prefix[i] | 0x20)) return false;
  }
  return true;
}

absl::StatusOr<FormPart> ParsePart(std::string_view part) {
  const size_t headers_end = part.find("\r\n\r\n");
  if (headers_end == std::string_view::npos) return Malformed("a part has no end of headers");
  FormPart parsed;
  parsed.content = part.substr(headers_end + 4);
  std::string_view headers = part.substr(0, headers_end);
  while (!headers.empty()) {
    const size_t end = headers.find(kLineEnd);
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(end == std::string_view::npos ? headers.size() : end + kLineEnd.size());
    if (!StartsWithIgnoringCase(line, "content-disposition:")) continue;
    parsed.name = Parameter(line, "name").value_or("");
    parsed.filename = Parameter(line, "filename");
  }
  if (parsed.name.empty()) return Malformed("a part has no name");
  return parsed;
}

}  // namespace

absl::StatusOr<std::vector<FormPart>> ParseMultipart(std::string_view content_type,
                                                     std::string_view body) {
  const std::optional<std::string> boundary = Parameter(content_type, "boundary");
  if (!StartsWithIgnoringCase(content_type, "multipart/form-data") || !boundary ||
      boundary->empty()) {
    return Malformed("expected the header 'Content-Type: multipart/form-data; boundary=...'");
  }
  const std::string delimiter = "--" + *boundary;
  if (body.substr(0, delimiter.size()) != delimiter) {
    return Malformed("it does not start with the boundary");
  }
  std::vector<FormPart> parts;
  const std::string next_delimiter = "\r\n" + delimiter;
  std::string_view rest = body.substr(delimiter.size());
  while (rest.substr(0, 2) == kLineEnd) {
    rest.remove_prefix(2);
    const size_t end = rest.find(next_delimiter);
    if (end == std::string_view::npos) return Malformed("it does not end with the boundary");
    TG_ASSIGN_OR_RETURN(FormPart part, ParsePart(rest.substr(0, end)));
    parts.push_back(std::move(part));
    rest.remove_prefix(end + next_delimiter.size());
  }
  if (rest.substr(0, 2) != "--") return Malformed("it does not end with the boundary");
  return parts;
}

const FormPart* FindPart(const std::vector<FormPart>& parts, std::string_view name) {
  for (const FormPart& part : parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

}  // namespace tunegate::sandbox
