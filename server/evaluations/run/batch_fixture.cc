#include "server/evaluations/run/batch_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_stepper.h"

namespace tunegate::evaluations {
namespace {

bool IsUnderWay(const providers::RemoteBatch& batch) {
  return batch.status == "validating" || batch.status == "in_progress" ||
         batch.status == "cancelling";
}

}  // namespace

absl::StatusOr<store::CommitResult> MortalStore::Commit(store::Transaction transaction) {
  if (--commits_ < 0) return Unavailable("STORE_UNAVAILABLE", "dead");
  return ForwardingStore::Commit(std::move(transaction));
}

std::string BatchFixture::CreateInBatches(const v1::Evaluation& spec, const std::string& owner) {
  v1::Evaluation in_batches = spec;
  in_batches.set_mode(v1::Evaluation::MODE_BATCH);
  return Create(in_batches, owner);
}

std::string BatchFixture::Started(const v1::Evaluation& spec) {
  const std::string name = CreateInBatches(spec);
  RunFor(name, absl::Seconds(2));
  return name;
}

absl::Status BatchFixture::StepWhileDue(store::Store& store, const std::string& name) {
  resources::Repository repository(&store, &clock_);
  const admin::WorkPause pause(&store, &clock_);
  EvaluationStepper stepper(&repository, &providers_, &pause, options_, batch_options_);
  while (true) {
    const auto claimed = store_->ClaimWork("worker", options_.lease_duration, 100);
    if (!claimed.ok()) return claimed.status();
    bool due = false;
    for (const store::ClaimedWork& work : *claimed) {
      if (work.lease.name != name) continue;
      due = true;
      if (absl::Status stepped = stepper.Step(work.lease, stop_); !stepped.ok()) return stepped;
    }
    if (!due) return absl::OkStatus();
  }
}

void BatchFixture::RunFor(const std::string& name, absl::Duration time) {
  for (absl::Duration passed = absl::ZeroDuration(); passed <= time; passed += absl::Seconds(1)) {
    const absl::Status stepped = StepWhileDue(*store_, name);
    ASSERT_TRUE(stepped.ok()) << stepped;
    clock_.Advance(absl::Seconds(1));
  }
}

void BatchFixture::EndBatches(const std::string& status) {
  for (const providers::RemoteBatch& batch : provider_->batches()) {
    if (IsUnderWay(batch)) provider_->EndBatch(batch.id, status);
  }
}

void BatchFixture::RunToEnd(const std::string& name) {
  for (int round = 0; round < 50 && !Get(name).has_end_time(); ++round) {
    RunFor(name, absl::Minutes(2));
    EndBatches();
  }
}

void BatchFixture::DuringNext(const std::string& method, const std::function<void()>& meanwhile) {
  providers_ = providers::ProviderSet(
      {{std::make_shared<SlowProvider>(provider_, method, meanwhile), true}});
}

void BatchFixture::OvertakeIn(const std::string& method, const std::string& name,
                              const std::function<void()>& meanwhile) {
  DuringNext(method, [this, name, meanwhile] {
    meanwhile();
    clock_.Advance(options_.lease_duration * 4);
    EXPECT_TRUE(StepWhileDue(*store_, name).ok());
  });
}

v1::Evaluation BatchFixture::SmallSpec() {
  v1::Evaluation spec = Spec(10);
  spec.clear_candidate();
  return spec;
}

BatchFixture::WithTwin BatchFixture::CreateWithTwin() {
  provider_->FailNext("CreateBatch", providers::FakeProvider::LostAnswer(),
                      providers::FakeProvider::Effect::kDone);
  const std::string name = CreateInBatches(SmallSpec());
  EXPECT_TRUE(StepWhileDue(*store_, name).ok());
  const providers::RemoteBatch first = provider_->batches().front();
  clock_.Advance(absl::Seconds(1));
  return {name, first, provider_->CreateBatch({first.input_file, first.metadata}, {})->id};
}

std::vector<std::string> BatchFixture::BatchesOf(const std::string& model) {
  std::vector<std::string> ids;
  for (const providers::RemoteBatch& batch : provider_->batches()) {
    const auto input = provider_->BatchInput(batch.id);
    if (!input.empty() && input.front().second.model == model) ids.push_back(batch.id);
  }
  return ids;
}

std::string BatchFixture::Story(const std::string& name) {
  std::string story;
  const auto stored = store_->ReadEvents({.after_position = 0, .max_events = 100'000});
  for (const store::StoredEvent& one : *stored) {
    v1::Event event;
    if (one.resource != name || !event.ParseFromString(one.payload)) continue;
    absl::StrAppend(&story, absl::FormatTime("%H:%M:%S ", one.time, absl::UTCTimeZone()),
                    event.message(), "\n");
  }
  return story;
}

}  // namespace tunegate::evaluations
