// Whether JSON is the same as other JSON, or in it, in time that is all but linear: an answer of a
// megabyte may be one object with a hundred thousand members.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_JSON_CONTAINMENT_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_JSON_CONTAINMENT_H_

#include "common/json.h"

namespace tunegate::graders {

// By value: 1 equals 1.0, members in any order, elements in theirs.
bool SameJson(const json::Value& a, const json::Value& b);

// Whether `whole` holds all of `part`: an object each member of it, at any depth; an array each
// element in the same order, perhaps with others between; anything else when both are the same.
bool ContainsJson(const json::Value& whole, const json::Value& part);

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_JSON_CONTAINMENT_H_
