// For tests of batch mode: an evaluation's steps over a provider in memory, whose batches the test
// ends.
//
//   const std::string name = CreateInBatches(Spec(60));
//   RunFor(name, absl::Seconds(10));            // everything that is due, while the clock moves
//   EndBatches();                               // the provider answers
//   RunFor(name, absl::Minutes(2));
//   EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_FIXTURE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_FIXTURE_H_

#include <atomic>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/evaluations/run/batch_step.h"
#include "server/evaluations/run/evaluation_fixture.h"
#include "server/store/forwarding_store.h"

namespace tunegate::evaluations {

// A server's view of the store until its death: from then on nothing of it is written.
class MortalStore final : public store::ForwardingStore {
 public:
  MortalStore(store::Store* target, int commits) : ForwardingStore(target), commits_(commits) {}
  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override;
  bool dead() const { return commits_ < 0; }

 private:
  std::atomic<int> commits_;
};

class BatchFixture : public EvaluationFixture {
 protected:
  std::string CreateInBatches(const v1::Evaluation& spec, const std::string& owner = "");
  // Created, uploaded, and with the provider.
  std::string Started(const v1::Evaluation& spec);
  v1::Evaluation::State StateOf(const std::string& name) { return Get(name).state(); }

  // Makes the steps of `name` that are due now, over `store`. The first error ends it.
  absl::Status StepWhileDue(store::Store& store, const std::string& name);
  // The same over our store, second by second, for so long. Steps must not fail.
  void RunFor(const std::string& name, absl::Duration time);
  // Ends every batch that has not ended.
  void EndBatches(const std::string& status = "completed");
  // To its end: the provider ends what it has whenever nothing else is to be done.
  void RunToEnd(const std::string& name);

  // Ids of the provider's batches that ask this model, oldest first.
  std::vector<std::string> BatchesOf(const std::string& model);
  // Files at the provider that an evaluation has put there.
  int FilesAtProvider() { return static_cast<int>(provider_->files().size()); }
  // All that was said about it, for failures of tests.
  std::string Story(const std::string& name);

  BatchOptions batch_options_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_FIXTURE_H_
