// Which sets ask a question: rows beside the task, a row a question and set, written for sets that
// are looked at. It finds related sets among any number of others by reading near this set's own
// questions alone.
//
// The rows of task T are (T, "questions", "<question's 16 hexadecimal digits>/<set's id>"), with
// the set's size as payload. They are only ever added, and a set whose rows are there without its
// record (looks.h) was never looked at.
#ifndef TUNEGATE_SERVER_EVALUATIONS_LOOKS_QUESTION_INDEX_H_
#define TUNEGATE_SERVER_EVALUATIONS_LOOKS_QUESTION_INDEX_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/evaluations/looks/question_set.h"
#include "server/store/store.h"

namespace tunegate::evaluations {

// Another set's questions in common with one.
struct Overlap {
  int64_t shared = 0;
  int64_t size = 0;  // of the other set
};

// Adds the set, in commits of bounded size; again is harmless. Errors of the store.
absl::Status AddToIndex(store::Store& store, const QuestionSet& set);

// By id, every set of the index that has a question of `set`, itself included when it is there.
// Reads about as many pages as questions or as the index has, whichever is less. Errors of the
// store; INTERNAL (STORE_CORRUPT).
absl::StatusOr<std::map<std::string, Overlap>> FindOverlaps(store::Store& store,
                                                            const QuestionSet& set);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_LOOKS_QUESTION_INDEX_H_
