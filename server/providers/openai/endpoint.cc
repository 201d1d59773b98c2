#include "server/providers/openai/endpoint.h"

#include <curl/curl.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::providers::openai {
namespace {

constexpr size_t kMaxKeyBytes = 8192;

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  if (!input) {
    return InvalidField("provider.api_key_file",
                        absl::StrCat("cannot read '", path, "'; expected a file with the API key"));
  }
  std::string key((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
  absl::StripAsciiWhitespace(&key);
  if (key.empty()) {
    return InvalidField("provider.api_key_file",
                        absl::StrCat("'", path, "' is empty; expected the API key"));
  }
  return key;
}

// A header's value must not end its line: that would let it add headers.
bool IsHeaderValue(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

bool IsHeaderName(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') return false;
  }
  return !text.empty();
}

absl::StatusOr<std::string> ResolveKey(const OpenAiConfig& config) {
  std::string key = config.api_key;
  if (key.empty() && !config.api_key_file.empty()) {
    TG_ASSIGN_OR_RETURN(key, ReadKeyFile(config.api_key_file));
  }
  absl::StripAsciiWhitespace(&key);
  if (!IsHeaderValue(key) || key.size() > kMaxKeyBytes) {
    return InvalidField("provider.api_key",
                        "the key has control characters or is too long; expected one line");
  }
  return key;
}

absl::Status AddHeader(std::string_view field, std::string_view name, std::string_view value,
                       Endpoint& endpoint) {
  if (!IsHeaderName(name) || !IsHeaderValue(value)) {
    return InvalidField(field,
                        "expected a header name of letters, digits and hyphens, and a value "
                        "without control characters");
  }
  endpoint.headers.emplace_back(name, value);
  return absl::OkStatus();
}

absl::Status AddAuthentication(const OpenAiConfig& config, Endpoint& endpoint) {
  TG_ASSIGN_OR_RETURN(const std::string key, ResolveKey(config));
  if (key.empty()) return absl::OkStatus();
  const size_t colon = config.auth_header.find(':');
  const std::string name = config.auth_header.substr(0, colon);
  std::string prefix;
  if (colon != std::string::npos) prefix = config.auth_header.substr(colon + 1);
  absl::StripAsciiWhitespace(&prefix);
  endpoint.secrets.push_back(key);
  return AddHeader("provider.auth_header", name, prefix.empty() ? key : prefix + " " + key,
                   endpoint);
}

absl::Status AddHeaders(const OpenAiConfig& config, Endpoint& endpoint) {
  TG_RETURN_IF_ERROR(AddHeader("provider.name", "User-Agent", "tunegate", endpoint));
  TG_RETURN_IF_ERROR(AddHeader("provider.name", "Accept", "application/json", endpoint));
  TG_RETURN_IF_ERROR(AddAuthentication(config, endpoint));
  if (!config.organization.empty()) {
    TG_RETURN_IF_ERROR(
        AddHeader("provider.organization", "OpenAI-Organization", config.organization, endpoint));
  }
  if (!config.project.empty()) {
    TG_RETURN_IF_ERROR(AddHeader("provider.project", "OpenAI-Project", config.project, endpoint));
  }
  for (const auto& [name, value] : config.extra_headers) {
    TG_RETURN_IF_ERROR(AddHeader("provider.extra_headers", name, value, endpoint));
    if (!value.empty()) endpoint.secrets.push_back(value);
  }
  return absl::OkStatus();
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// One part of a URL; empty where it has none.
std::string UrlPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

absl::Status ParseBaseUrl(const OpenAiConfig& config, Endpoint& endpoint) {
  constexpr std::string_view kField = "provider.base_url";
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  const bool parsed =
      curl_url_set(url.get(), CURLUPART_URL, config.base_url.c_str(), 0) == CURLUE_OK;
  const std::string scheme = parsed ? UrlPart(url.get(), CURLUPART_SCHEME) : "";
  if (scheme != "http" && scheme != "https") {
    return InvalidField(kField, "expected an http or https URL such as https://api.openai.com/v1");
  }
  if (!UrlPart(url.get(), CURLUPART_USER).empty() ||
      !UrlPart(url.get(), CURLUPART_PASSWORD).empty()) {
    return InvalidField(kField, "holds credentials; give the key as OPENAI_API_KEY or in a file");
  }
  if (!UrlPart(url.get(), CURLUPART_QUERY).empty() ||
      !UrlPart(url.get(), CURLUPART_FRAGMENT).empty()) {
    return InvalidField(kField, "holds a query or fragment; give query_parameters instead");
  }
  const std::string host = UrlPart(url.get(), CURLUPART_HOST);
  endpoint.tls = scheme == "https";
  endpoint.loopback = host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
  endpoint.base_url = config.base_url;
  while (absl::EndsWith(endpoint.base_url, "/")) endpoint.base_url.pop_back();
  return absl::OkStatus();
}

void AppendParameter(std::string_view name, std::string_view value, std::string& query) {
  if (!query.empty()) query.push_back('&');
  query.append(PercentEncode(name)).append("=").append(PercentEncode(value));
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded.push_back(c);
    } else {
      encoded.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return encoded;
}

std::string Endpoint::Url(
    std::string_view path,
    const std::vector<std::pair<std::string, std::string>>& parameters) const {
  std::string whole_query = query;
  for (const auto& [name, value] : parameters) AppendParameter(name, value, whole_query);
  std::string url = base_url;
  url.append(path);
  if (!whole_query.empty()) url.append("?").append(whole_query);
  return url;
}

absl::StatusOr<Endpoint> ResolveEndpoint(const OpenAiConfig& config) {
  Endpoint endpoint;
  TG_RETURN_IF_ERROR(ParseBaseUrl(config, endpoint));
  TG_RETURN_IF_ERROR(AddHeaders(config, endpoint));
  for (const auto& [name, value] : config.query_parameters) {
    if (name.empty()) return InvalidField("provider.query_parameters", "a name is empty");
    AppendParameter(name, value, endpoint.query);
  }
  if (!config.ca_file.empty() && !std::ifstream(config.ca_file)) {
    return InvalidField("provider.ca_file", absl::StrCat("cannot read '", config.ca_file,
                                                         "'; expected PEM certificates"));
  }
  if (!absl::StartsWith(config.chat_path, "/")) {
    return InvalidField("provider.chat_path", "expected a path that begins with '/'");
  }
  if (config.max_connections == 0 || config.max_connections > 10'000) {
    return InvalidField("provider.max_connections", "expected 1 to 10000");
  }
  return endpoint;
}

}  // namespace tunegate::providers::openai
