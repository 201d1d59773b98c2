// What looks like a secret, found without regular expressions: Redact runs on every log line.
#include <algorithm>
#include <array>

#include "common/log.h"

namespace tunegate::log {
namespace {

constexpr std::string_view kMask = "***";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c; }

bool IsTokenChar(char c) {
  const char lower = Lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// What may stand in a secret: up to white space, quotes and what separates values.
bool IsSecretChar(char c) {
  return static_cast<unsigned char>(c) > ' ' &&
         std::string_view("\"'\\,;&<>{}[]()").find(c) == std::string_view::npos;
}

// `prefix` is in lower case.
bool StartsWithFolded(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                    [](char a, char b) { return a == Lower(b); });
}

size_t CountWhile(std::string_view text, bool (*belongs)(char)) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), belongs) - text.begin());
}

// A stretch of text: `keep` characters stay, then `mask` are masked. Empty when mask is 0.
struct Secret {
  size_t keep = 0;
  size_t mask = 0;
};

// "whsec_" and base64.
Secret WebhookSecretAt(std::string_view text) {
  constexpr std::string_view kPrefix = "whsec_";
  if (!text.starts_with(kPrefix)) return {};
  return {kPrefix.size(), CountWhile(text.substr(kPrefix.size()), IsSecretChar)};
}

// "sk-" and at least 8 more.
Secret KeyAt(std::string_view text) {
  constexpr std::string_view kPrefix = "sk-";
  constexpr size_t kShortest = 8;
  if (!text.starts_with(kPrefix)) return {};
  const size_t size = CountWhile(text.substr(kPrefix.size()), IsTokenChar);
  return size >= kShortest ? Secret{kPrefix.size(), size} : Secret{};
}

// "Bearer TOKEN", "Basic TOKEN". Short words after them are prose ("basic usage").
Secret CredentialsAt(std::string_view text) {
  for (const std::string_view scheme : {std::string_view("bearer "), std::string_view("basic ")}) {
    if (!StartsWithFolded(text, scheme)) continue;
    const size_t size = CountWhile(text.substr(scheme.size()), IsSecretChar);
    const bool prose = scheme == "basic " && size < 8;
    return prose ? Secret{} : Secret{scheme.size(), size};
  }
  return {};
}

constexpr std::array<std::string_view, 8> kSecretNames = {"authorization", "api-key",     "api_key",
                                                          "apikey",        "password",    "secret",
                                                          "access_token",  "access-token"};

// A secret's name, ":" or "=" (quotes and blanks around them), and the value.
Secret NamedAt(std::string_view text) {
  for (const std::string_view name : kSecretNames) {
    if (!StartsWithFolded(text, name)) continue;
    size_t keep = name.size();
    bool separated = false;
    for (; keep < text.size() && std::string_view("\"'\\ \t:=").find(text[keep]) != text.npos;
         ++keep) {
      separated |= text[keep] == ':' || text[keep] == '=';
    }
    if (!separated) return {};
    const std::string_view value = text.substr(keep);
    if (const Secret credentials = CredentialsAt(value); credentials.mask > 0) {
      return {keep + credentials.keep, credentials.mask};
    }
    return {keep, CountWhile(value, IsSecretChar)};
  }
  return {};
}

// "://USER:PASSWORD@".
Secret UrlPasswordAt(std::string_view text) {
  if (!text.starts_with("://")) return {};
  const std::string_view authority = text.substr(0, text.find_first_of("/? \t\n\"'", 3));
  const size_t at = authority.rfind('@');
  const size_t colon = authority.find(':', 3);
  if (at == authority.npos || colon == authority.npos || colon > at) return {};
  return {colon + 1, at - colon - 1};
}

Secret SecretAt(std::string_view text, bool word_start) {
  if (text[0] == ':') return UrlPasswordAt(text);
  if (const Secret named = NamedAt(text); named.mask > 0) return named;
  if (!word_start) return {};
  if (const Secret key = KeyAt(text); key.mask > 0) return key;
  if (const Secret secret = WebhookSecretAt(text); secret.mask > 0) return secret;
  return CredentialsAt(text);
}

}  // namespace

std::string Redact(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool word_start = true;
  while (!text.empty()) {
    if (const Secret secret = SecretAt(text, word_start); secret.mask > 0) {
      out.append(text, 0, secret.keep).append(kMask);
      text.remove_prefix(secret.keep + secret.mask);
      word_start = false;
      continue;
    }
    word_start = !IsTokenChar(text[0]);
    out.push_back(text[0]);
    text.remove_prefix(1);
  }
  return out;
}

bool IsSecretName(std::string_view name) {
  for (const std::string_view secret : kSecretNames) {
    for (size_t i = 0; i + secret.size() <= name.size(); ++i) {
      if (StartsWithFolded(name.substr(i), secret)) return true;
    }
  }
  return false;
}

}  // namespace tunegate::log
