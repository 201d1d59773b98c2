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
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/evaluations/run/batch_step.h"
#include "server/evaluations/run/evaluation_fixture.h"
#include "server/providers/forwarding_provider.h"
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

// Something happens once between the provider's answer to a method and who asked.
class SlowProvider final : public providers::ForwardingProvider {
 public:
  SlowProvider(std::shared_ptr<providers::Provider> target, std::string method,
               std::function<void()> meanwhile)
      : ForwardingProvider(std::move(target)),
        method_(std::move(method)),
        meanwhile_(std::move(meanwhile)) {}

 protected:
  void After(std::string_view method) override {
    if (method == method_ && meanwhile_ != nullptr) std::exchange(meanwhile_, nullptr)();
  }

 private:
  const std::string method_;
  std::function<void()> meanwhile_;
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

  // The next step that asks for `method` waits for its answer until its lease has run out, and
  // another server has taken over.
  void OvertakeIn(
      const std::string& method, const std::string& name,
      const std::function<void()>& meanwhile = [] {});
  // The next answer to `method` comes after `meanwhile`.
  void DuringNext(const std::string& method, const std::function<void()>& meanwhile);

  // What a provider says that does not know something.
  static absl::Status Denial() { return providers::FakeProvider::HttpError(404, "", "who?"); }
  // Of one arm and one batch.
  v1::Evaluation SmallSpec();
  struct WithTwin {
    std::string name;
    providers::RemoteBatch first;
    std::string twin;
  };
  // An evaluation whose batch was made, its answer lost, and made again by somebody.
  WithTwin CreateWithTwin();

  // Ids of the provider's batches that ask this model, oldest first.
  std::vector<std::string> BatchesOf(const std::string& model);
  std::string StatusAtProvider(const std::string& batch) {
    return provider_->GetBatch(batch)->status;
  }
  // Files at the provider that an evaluation has put there.
  int FilesAtProvider() { return static_cast<int>(provider_->files().size()); }
  // All that was said about it, for failures of tests.
  std::string Story(const std::string& name);

  BatchOptions batch_options_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_FIXTURE_H_
