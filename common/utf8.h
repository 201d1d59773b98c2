// Valid UTF-8 for protobuf `string` fields. An invalid one serializes but does not parse again: a
// poison row. So every text from outside passes here first; raw answers stay `bytes`.
#ifndef TUNEGATE_COMMON_UTF8_H_
#define TUNEGATE_COMMON_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tunegate {

// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool IsValidUtf8(std::string_view text);

// The length of the longest well-formed start of `text`: where the first fault is.
size_t ValidUtf8Prefix(std::string_view text);

// `text` with every ill-formed sequence replaced by U+FFFD.
std::string ToValidUtf8(std::string_view text);

// At most `max_bytes` of `text`, cut between code points, with "..." in place of what was cut.
// Below 3 bytes there is only room for as many dots.
std::string Abbreviate(std::string_view text, size_t max_bytes);

// Lower case and without diacritics ("Envío, AÑO" -> "envio, ano"), by ICU's NFKD and case folding:
// for comparing words that people type. Ill-formed input is made valid first.
std::string FoldForMatching(std::string_view text);

// Without case alone, by ICU's full case folding: "Envío" -> "envío". Ill-formed input is made
// valid first.
std::string FoldCase(std::string_view text);

// The number of code points of valid UTF-8.
size_t CodePointCount(std::string_view text);

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_UTF8_H_
