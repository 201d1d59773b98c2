#include "server/evaluations/run/batch_planner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "server/evaluations/run/batch_budget.h"

namespace tunegate::evaluations {
namespace {

using store::v1::EvaluationRecord;
using store::v1::ProviderBatch;

// A call of the plan as it would be sent.
struct Line {
  datasets::Example example;
  providers::ChatCall call;
  std::string text;
};

absl::StatusOr<Line> WriteLine(const BatchBook& book, size_t sequence) {
  const RunInputs& inputs = book.inputs();
  const PlannedCall planned = inputs.plan.At(sequence);
  const RunArm& arm = inputs.Of(planned.arm);
  Line line;
  TG_ASSIGN_OR_RETURN(line.example, inputs.examples.Read(planned.example));
  line.call = arm.request.For(line.example);
  TG_ASSIGN_OR_RETURN(line.text,
                      inputs.providers[arm.lane]->WriteBatchLine(book.KeyOf(sequence), line.call));
  return line;
}

// A batch that grows line by line.
class Draft {
 public:
  // `limits` outlives it.
  Draft(Arm arm, const BatchLimits* limits) : limits_(limits) { batch_.set_arm(arm); }

  bool empty() const { return batch_.call_count() == 0; }
  bool Fits(const Line& line) const {
    return batch_.call_count() < limits_->max_lines &&
           bytes_ + static_cast<int64_t>(line.text.size()) + 1 <= limits_->max_bytes;
  }
  void Add(const std::string& key, const Line& line) {
    if (empty()) batch_.set_first_key(key);
    batch_.set_last_key(key);
    batch_.set_call_count(batch_.call_count() + 1);
    bytes_ += static_cast<int64_t>(line.text.size()) + 1;
    digest_.Update(line.text);
    digest_.Update("\n");
  }
  ProviderBatch Finish() {
    batch_.set_intent_id(RandomHex(kIntentBytes));
    batch_.set_input_sha256(digest_.FinishHex());
    return std::move(batch_);
  }

 private:
  const BatchLimits* limits_;
  ProviderBatch batch_;
  int64_t bytes_ = 0;
  Sha256 digest_;
};

class Planner {
 public:
  Planner(const BatchBook& book, const EvaluationRecord& record, const BatchLimits& limits,
          BatchWindows windows)
      : book_(book), limits_(limits), windows_(std::move(windows)), budget_(&book, record) {
    for (const ProviderBatch& batch : record.batches()) {
      if (!batch.collected()) ++under_way_;
    }
    for (const RunArm& arm : book.inputs().arms) drafts_.emplace_back(arm.arm, &limits_);
  }

  absl::StatusOr<BatchesToMake> Plan() {
    TG_RETURN_IF_ERROR(CountUnderWay());
    for (size_t sequence = 0; sequence < book_.inputs().plan.size() && !full_; ++sequence) {
      TG_RETURN_IF_ERROR(Take(sequence));
    }
    Flush();
    return std::move(made_);
  }

 private:
  // What is under way is spent, as far as anybody can tell.
  absl::Status CountUnderWay() {
    if (under_way_ == 0 || !budget_.limited()) return absl::OkStatus();
    for (size_t sequence = 0; sequence < book_.inputs().plan.size(); ++sequence) {
      const Arm arm = book_.inputs().plan.At(sequence).arm;
      if (book_.recorded(sequence) || !windows_.Covers(arm, sequence)) continue;
      TG_ASSIGN_OR_RETURN(const Line line, WriteLine(book_, sequence));
      budget_.Count(arm, line.call, line.example);
    }
    return absl::OkStatus();
  }

  absl::Status Take(size_t sequence) {
    if (book_.recorded(sequence)) return absl::OkStatus();
    const Arm arm = book_.inputs().plan.At(sequence).arm;
    if (windows_.Covers(arm, sequence)) {
      End(Of(arm));  // windows of an arm do not overlap
      return absl::OkStatus();
    }
    TG_ASSIGN_OR_RETURN(const Line line, WriteLine(book_, sequence));
    Draft* draft = &Of(arm);
    if (!draft->Fits(line)) {
      if (draft->empty()) return TooLong(line);
      Flush();
      draft = &Of(arm);
    }
    full_ = NoRoom();
    if (full_) return absl::OkStatus();
    if (!budget_.Take(arm, line.call, line.example)) {
      made_.over_budget = budget_.Exhausted();
      full_ = true;
      return absl::OkStatus();
    }
    draft->Add(book_.KeyOf(sequence), line);
    return absl::OkStatus();
  }

  absl::Status TooLong(const Line& line) const {
    return InvalidArgument(
        "BATCH_LINE_TOO_LONG",
        absl::StrCat("line ", line.example.line, " of the dataset makes a request of ",
                     line.text.size(), " bytes; a batch's file takes ", limits_.max_bytes));
  }

  Draft& Of(Arm arm) { return arm == kCandidate ? drafts_.back() : drafts_.front(); }
  // Whether a batch of each arm, which are begun together, is too much beside those under way.
  bool NoRoom() const {
    const bool begun = std::any_of(drafts_.begin(), drafts_.end(),
                                   [](const Draft& draft) { return !draft.empty(); });
    return !begun && under_way_ + made_.batches.size() + drafts_.size() >
                         static_cast<size_t>(limits_.max_under_way);
  }
  // Ends the batches of all arms together, so that pairs are asked at about the same time.
  void Flush() {
    for (Draft& draft : drafts_) End(draft);
  }
  void End(Draft& draft) {
    if (draft.empty()) return;
    made_.batches.push_back(draft.Finish());
    draft = Draft(made_.batches.back().arm(), &limits_);
  }

  const BatchBook& book_;
  const BatchLimits limits_;
  const BatchWindows windows_;
  BatchBudget budget_;
  size_t under_way_ = 0;
  std::vector<Draft> drafts_;  // one an arm, as RunInputs::arms
  bool full_ = false;
  BatchesToMake made_;
};

}  // namespace

absl::StatusOr<BatchesToMake> PlanBatches(const BatchBook& book, const EvaluationRecord& record,
                                          const BatchLimits& limits) {
  TG_ASSIGN_OR_RETURN(BatchWindows windows, BatchWindows::Of(book.inputs().plan, record));
  return Planner(book, record, limits, std::move(windows)).Plan();
}

absl::Status ForEachLine(const BatchBook& book, const ProviderBatch& batch,
                         const std::function<absl::Status(std::string_view line)>& visit) {
  TG_ASSIGN_OR_RETURN(const Window window, WindowOf(book.inputs().plan, batch));
  for (size_t sequence = window.first; sequence <= window.last; ++sequence) {
    if (book.recorded(sequence) || book.inputs().plan.At(sequence).arm != window.arm) continue;
    TG_ASSIGN_OR_RETURN(const Line line, WriteLine(book, sequence));
    TG_RETURN_IF_ERROR(visit(line.text));
  }
  return absl::OkStatus();
}

}  // namespace tunegate::evaluations
