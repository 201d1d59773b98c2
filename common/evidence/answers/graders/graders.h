// The graders that need no reading of what the task says: each in the file of its name. What they
// do stands in task.proto, what all of them keep in value_grader.h.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_GRADERS_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_GRADERS_H_

#include <memory>

#include "common/evidence/answers/graders/similarity.h"
#include "common/evidence/answers/graders/value_grader.h"

namespace tunegate::graders {

// The same JSON value: 1 and 1.0 are the same, and so are objects whose members stand in another
// order.
std::unique_ptr<const ValueGrader> NewExact();

// Arrays with the same strings, in any order and however often.
std::unique_ptr<const ValueGrader> NewExactSet();

// Strings that are the same without case, accents and outer white space.
std::unique_ptr<const ValueGrader> NewFolded();

// F1 of two sets of strings, given as arrays.
std::unique_ptr<const ValueGrader> NewSetF1();

// Numbers no further apart than the absolute tolerance, or than the relative one times the right
// value's size. A decimal fraction at the very edge is within, though doubles cannot say so (1.1 is
// within 0.1 of 1.0): distances get a slack of four roundings. Without a tolerance only the same
// number is right, and what is not finite never is. Neither tolerance is negative.
std::unique_ptr<const ValueGrader> NewNumeric(double absolute_tolerance, double relative_tolerance);

// JSON that holds all of the right value: members of objects at any depth, elements of arrays in
// their order, perhaps with others between them; scalars as NewExact.
std::unique_ptr<const ValueGrader> NewJsonSubset();

// How alike two strings are.
std::unique_ptr<const ValueGrader> NewTextSimilarity(Measure measure);

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_GRADERS_H_
