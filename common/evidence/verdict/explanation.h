// A decision's explanation taken apart again, for screens that show it as a list: what was said
// first, each criterion that decided with its sentences, and what follows.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_EXPLANATION_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_EXPLANATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "tunegate/v1/decision.pb.h"

namespace tunegate::decisions {

// A criterion's words. The first sentence says what was found, the others what follows from it.
struct Reason {
  std::string name;  // "improvement", "guard (noise=typo)"
  std::vector<std::string_view> sentences;
};

struct ExplanationParts {
  std::string_view opening;
  std::vector<Reason> reasons;  // in the policy's order; empty: all of it is the opening
  std::string_view rest;
};

// Views into `decision`, which must live longer. Pure.
ExplanationParts TakeApart(const v1::Decision& decision);

// True for "GO if 3 more of the candidate's 17 wrong answers were right." and the same of accuracy
// alone: how near it is.
bool SaysHowNear(std::string_view sentence);

// `text` cut after each full stop that a space and a capital follow. Views into `text`.
std::vector<std::string_view> Sentences(std::string_view text);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_EXPLANATION_H_
