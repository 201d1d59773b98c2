// For tests of this room: a store, a provider in memory, a toy task and test sets of it. The right
// answer of "A 17" is A; baseline "base" always says A, candidate "tuned" reads the query.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_FIXTURE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_FIXTURE_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "gtest/gtest.h"
#include "server/admin/work_pause.h"
#include "server/evaluations/run/evaluation_spec.h"
#include "server/evaluations/run/evaluation_stepper.h"
#include "server/providers/fake_provider.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::evaluations {

// A stop signal that a test sets.
class TestStop final : public runner::StopSignal {
 public:
  bool Stopping() const override { return stopping; }
  std::atomic<bool> stopping{false};
};

class EvaluationFixture : public testing::Test {
 protected:
  EvaluationFixture();

  // A dataset of `count` examples, half of them A.
  std::string AddDataset(int count, v1::Dataset::Split split = v1::Dataset::SPLIT_TEST);
  // Its bytes are gone.
  void DeleteDataset(const std::string& name);
  // A job that ended with this model; empty: it still trains.
  void AddJob(const std::string& name, const std::string& model);
  // Both arms over a new dataset of `count` examples, one call at a time.
  v1::Evaluation Spec(int count);
  // Stores it, due at once.
  std::string Create(const v1::Evaluation& spec, const std::string& owner = "");

  // Claims what is due and steps `name`, which must be among it, over `store`.
  absl::Status Step(const std::string& name);
  absl::Status StepOver(store::Store& store, const std::string& name);
  // Names of all work that is due now.
  std::vector<std::string> ClaimAll();

  v1::Evaluation Get(const std::string& name);
  store::v1::EvaluationRecord GetRecord(const std::string& name);
  std::vector<store::v1::CallRecord> Recorded(const std::string& name);
  std::vector<v1::Event> EventsOf(const std::string& name, v1::Event::Type type);
  // How often each (model, query) was asked.
  std::map<std::pair<std::string, std::string>, int> Asked();
  void Cancel(const std::string& name);
  void Resume(const std::string& name, const v1::Budget* budget = nullptr);

  // What the models say.
  static providers::ChatAnswer Answer(const providers::ChatCall& call);

  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  std::unique_ptr<store::Store> store_;
  resources::Repository repository_;
  std::shared_ptr<providers::FakeProvider> provider_;
  providers::ProviderSet providers_;
  admin::WorkPause pause_;
  TestStop stop_;
  StepperOptions options_;

 private:
  int datasets_ = 0;
  int evaluations_ = 0;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_FIXTURE_H_
