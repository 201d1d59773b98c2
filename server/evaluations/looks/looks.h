// Looks: how often the questions of a test set were asked to judge a candidate. Each look spends
// some of a set's evidence, and neither a copy nor an extended nor a relabelled one has evidence of
// its own: the next look's number is 1 + the looks at these very questions + those at related sets
// (question_set.h).
//
//   TG_ASSIGN_OR_RETURN(const Look look, TakeLook(store, dataset, transaction));
//   evaluation.set_look(look.number);
//
// What is kept is `test_sets/{id}`, a TestSetRecord that callers never see, and the set's rows in
// the index (question_index.h). Both outlive the datasets' bytes: what was seen was seen.
#ifndef TUNEGATE_SERVER_EVALUATIONS_LOOKS_LOOKS_H_
#define TUNEGATE_SERVER_EVALUATIONS_LOOKS_LOOKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/evaluations/looks/question_set.h"
#include "server/resources/repository.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Another dataset that was looked at and asks the same.
struct RelatedDataset {
  std::string name;
  int64_t shared = 0;  // questions in common
};

// One look, before or while it is taken.
struct Look {
  int32_t number = 1;
  int64_t question_count = 0;
  // Those with the most questions in common first, at most kMostRelated; what they were looked at
  // counts also beyond.
  std::vector<RelatedDataset> related;
};

inline constexpr size_t kMostRelated = 20;

// The look that an evaluation of these questions would be, as the first of their dataset; or of
// this test set. Stores nothing. Errors of the store and of ReadQuestions.
absl::StatusOr<Look> FindLook(store::Store& store, const QuestionSet& asked);
absl::StatusOr<Look> FindLook(store::Store& store,
                              const resources::Stored<store::v1::DatasetRecord>& dataset);

// The look that an evaluation of the test set `dataset` is, counted by `transaction`: it writes the
// set's record, and those of related sets unchanged, so that of two looks at related questions at
// the same time one is ABORTED (REVISION_CHANGED) and asks again here. Looks that an older server
// counted at the dataset move to its questions; the caller writes the dataset. Commits what the
// index lacks by itself, which changes nobody's number. Errors of the store and of ReadQuestions.
absl::StatusOr<Look> TakeLook(store::Store& store,
                              resources::Stored<store::v1::DatasetRecord>& dataset,
                              store::Transaction& transaction);

// "look 3: datasets/a asks 100 of these 100 questions, datasets/b 7"; of a first look only "look
// 1".
std::string LookWords(const Look& look);
// The same with what it means; empty for a first look.
std::string LookWarning(const Look& look);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_LOOKS_LOOKS_H_
