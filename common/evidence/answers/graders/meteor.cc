// METEOR needs the alignment of equal words that has the fewest chunks (runs that stand together in
// both texts). Finding it is hard in general; here each chunk is, from left to right, the longest
// that starts at the next word, among the first kPlaces places of that word and up to kLookAhead
// words long: the fewest where words seldom repeat, and linear whatever they do.
#include <algorithm>

#include "common/evidence/answers/graders/similarity.h"

namespace tunegate::graders {
namespace {

constexpr size_t kPlaces = 16;
constexpr size_t kLookAhead = 16;

struct Alignment {
  size_t matches = 0;
  size_t chunks = 0;
};

class Aligner {
 public:
  explicit Aligner(const SymbolPair& words)
      : words_(words), places_(words.distinct), taken_(words.right.size()) {
    // Last places first, so that the first ones can be popped.
    for (size_t i = words.right.size(); i-- > 0;) places_[words.right[i]].push_back(i);
  }

  Alignment Run() {
    Alignment alignment;
    size_t last = kNowhere;  // of the right text, where the word before was matched
    for (size_t i = 0; i < words_.answered.size(); ++i) {
      const bool goes_on = last != kNowhere && Matches(i, last + 1);
      last = goes_on ? last + 1 : BestPlace(i);
      if (last == kNowhere) continue;
      taken_[last] = true;
      ++alignment.matches;
      alignment.chunks += goes_on ? 0 : 1;
    }
    return alignment;
  }

 private:
  static constexpr size_t kNowhere = static_cast<size_t>(-1);

  bool Matches(size_t answered, size_t right) const {
    return answered < words_.answered.size() && right < words_.right.size() && !taken_[right] &&
           words_.answered[answered] == words_.right[right];
  }

  size_t RunLength(size_t answered, size_t right) const {
    size_t length = 0;
    while (length < kLookAhead && Matches(answered + length, right + length)) ++length;
    return length;
  }

  // Where the longest chunk with the answered word starts; kNowhere when no place is left.
  size_t BestPlace(size_t answered) {
    std::vector<size_t>& places = places_[words_.answered[answered]];
    while (!places.empty() && taken_[places.back()]) places.pop_back();
    size_t best = kNowhere;
    size_t longest = 0;
    const size_t looked_at = std::min(places.size(), kPlaces);
    for (size_t i = 0; i < looked_at; ++i) {
      const size_t place = places[places.size() - 1 - i];
      const size_t length = RunLength(answered, place);
      if (length <= longest) continue;
      longest = length;
      best = place;
    }
    return best;
  }

  const SymbolPair& words_;
  std::vector<std::vector<size_t>> places_;  // by word, where in the right text it may be left
  std::vector<bool> taken_;                  // by place in the right text
};

double MeteorOfWords(const SymbolPair& words) {
  const Alignment alignment = Aligner(words).Run();
  if (alignment.matches == 0) return 0;
  const auto matches = static_cast<double>(alignment.matches);
  const double precision = matches / static_cast<double>(words.answered.size());
  const double recall = matches / static_cast<double>(words.right.size());
  const double mean = 10 * precision * recall / (recall + 9 * precision);
  const double fragmentation = static_cast<double>(alignment.chunks) / matches;
  return mean * (1 - 0.5 * fragmentation * fragmentation * fragmentation);
}

}  // namespace

double Meteor(std::string_view right, std::string_view answered) {
  return CompareWords(right, answered, MeteorOfWords);
}

}  // namespace tunegate::graders
