#include "server/evaluations/run/batch_book.h"

#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/recorded_calls.h"

namespace tunegate::evaluations {

using store::v1::CallRecord;

BatchBook::BatchBook(const RunInputs* inputs, const Prices* prices)
    : inputs_(*inputs),
      prices_(*prices),
      recorded_(inputs->plan.size(), false),
      tally_(inputs->grader) {}

absl::Status BatchBook::Load(store::Store& store, const std::string& evaluation) {
  return ForEachRecorded(
      store, evaluation, inputs_,
      [this](const CallRecord& call, size_t, const Expected& expected) { Add(call, &expected); });
}

void BatchBook::Add(const CallRecord& call, const Expected* expected) {
  recorded_[inputs_.plan.SequenceOf(
      {static_cast<size_t>(call.example() - 1), call.repeat(), call.arm()})] = true;
  tally_.Add(call, expected);
}

std::string BatchBook::KeyOf(size_t sequence) const {
  const PlannedCall call = inputs_.plan.At(sequence);
  return CallKey(static_cast<int64_t>(call.example) + 1, call.repeat, call.arm);
}

void BatchBook::Fill(store::v1::EvaluationRecord& record) const {
  v1::Evaluation& evaluation = *record.mutable_resource();
  *evaluation.mutable_usage() = tally_.Total(record, prices_);
  SetProgress(evaluation, tally_.recorded(), 0);
  v1::Progress& progress = *evaluation.mutable_progress();
  progress.set_total(static_cast<int64_t>(recorded_.size()));
  for (const Arm arm : {kBaseline, kCandidate}) {
    const auto figure = tally_.AccuracyOf(arm);
    if (!figure.has_value()) continue;
    const char* name = arm == kCandidate ? "candidate_accuracy" : "baseline_accuracy";
    (*progress.mutable_figures())[name] = *figure;
  }
}

void SetProgress(v1::Evaluation& evaluation, int64_t recorded, int64_t at_provider) {
  v1::Progress& progress = *evaluation.mutable_progress();
  progress.set_done(recorded + at_provider);
  if (at_provider > 0) {
    (*progress.mutable_figures())[kAtProvider] = static_cast<double>(at_provider);
  } else {
    progress.mutable_figures()->erase(kAtProvider);
  }
}

int64_t RecordedOf(const v1::Evaluation& evaluation) {
  const v1::Progress& progress = evaluation.progress();
  const auto found = progress.figures().find(kAtProvider);
  const int64_t at_provider =
      found == progress.figures().end() ? 0 : static_cast<int64_t>(found->second);
  return progress.done() - at_provider;
}

}  // namespace tunegate::evaluations
