// The words of two texts, for measures of likeness. A word is a run of letters and digits of any
// script, without regard to case and accents (common/utf8.h); everything else separates words. A
// text in a script without spaces is therefore one word a clause: fuzzy_match is for those.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_WORDS_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tunegate::graders {

// What a text consists of, as numbers: equal symbols, equal numbers.
using Symbols = std::vector<uint32_t>;

// The words in order, folded. Ill-formed UTF-8 is made valid first.
std::vector<std::string> SplitWords(std::string_view text);

// Two texts, their symbols numbered together from 0.
struct SymbolPair {
  Symbols right;
  Symbols answered;
  uint32_t distinct = 0;  // numbers in use
};
SymbolPair NumberWords(std::string_view right, std::string_view answered);

// At most `limit` code points of each text. Ill-formed UTF-8 is made valid first.
SymbolPair NumberCodePoints(std::string_view right, std::string_view answered, size_t limit);

// The runs of `n` symbols of both texts, each run a number of its own, in order; none of a text
// that is shorter. `shorter` are the runs of n - 1, which are the symbols themselves for n = 2.
// Linear.
SymbolPair NumberRuns(const SymbolPair& symbols, const SymbolPair& shorter, int n);

// How many symbols both have in common, each as often as in both: the size of the multisets'
// intersection.
size_t CountCommon(const SymbolPair& pair);

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_WORDS_H_
