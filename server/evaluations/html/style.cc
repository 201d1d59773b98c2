#include "server/evaluations/html/style.h"

#include "common/digest.h"

namespace tunegate::evaluations::html {
namespace {

// report.css, as the build quotes it.
constexpr std::string_view kStyleSheet =
#include "server/evaluations/html/report_css.inc"
    ;

int HexDigit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

// RFC 4648's base 64 of bytes in hexadecimal.
std::string Base64OfHex(std::string_view hex) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : hex) {
    bits = bits << 4 | static_cast<unsigned>(HexDigit(c));
    count += 4;
    if (count < 6) continue;
    count -= 6;
    out.push_back(kAlphabet[bits >> count & 63]);
  }
  if (count > 0) out.push_back(kAlphabet[bits << (6 - count) & 63]);
  while (out.size() % 4 != 0) out.push_back('=');
  return out;
}

}  // namespace

std::string_view StyleSheet() { return kStyleSheet; }

std::string ContentSecurityPolicy() {
  return "default-src 'none'; style-src 'sha256-" + Base64OfHex(Sha256Hex(kStyleSheet)) +
         "'; base-uri 'none'; form-action 'none'";
}

}  // namespace tunegate::evaluations::html
