#include "server/evaluations/run/batch_collector.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "common/utf8.h"
#include "server/evaluations/run/asked_examples.h"
#include "server/evaluations/run/ledger.h"
#include "server/evaluations/run/scratch_file.h"
#include "server/providers/failure.h"
#include "server/providers/provider_error.h"
#include "server/providers/usage_meter.h"

namespace tunegate::evaluations {
namespace {

using providers::BatchAnswer;
using providers::ChatAnswer;
using providers::Consequence;
using store::v1::CallRecord;

// Beside the number of rows that are committed together.
constexpr size_t kBytesPerCommit = 4 << 20;

void AddCount(int64_t count, std::string_view what, std::string& text) {
  if (count == 0) return;
  absl::StrAppend(&text, text.empty() ? "" : ", ", count, " ", std::string(what));
}

absl::Status MissingLine() {
  return Unavailable("BATCH_LINE_MISSING",
                     absl::StrCat("it stood in none of the answers of ", kMostAsks, " batches"));
}

}  // namespace

std::string BatchHarvest::ToText() const {
  std::string text;
  AddCount(answers, "answered", text);
  AddCount(failures, "missing", text);
  AddCount(ask_again, "to be asked again", text);
  std::string ignored;
  AddCount(unknown, "of unknown custom_id", ignored);
  AddCount(repeated, "of repeated custom_id", ignored);
  AddCount(unreadable, "that cannot be read", ignored);
  if (text.empty()) text = "nothing new";
  if (!ignored.empty()) absl::StrAppend(&text, "; lines ignored: ", ignored);
  return text;
}

absl::StatusOr<BatchHarvest> BatchCollector::Collect(const providers::RemoteBatch& remote,
                                                     bool files_may_be_gone,
                                                     std::vector<store::Row>& rows) {
  const CallPlan& plan = book_.inputs().plan;
  TG_ASSIGN_OR_RETURN(provider_, step_.ProviderOf(batch_));
  TG_ASSIGN_OR_RETURN(window_, WindowOf(plan, batch_));
  TG_ASSIGN_OR_RETURN(windows_, BatchWindows::Of(plan, step_.record()));
  seen_.assign(window_.last - window_.first + 1, false);
  for (const std::string* file : {&remote.output_file, &remote.error_file}) {
    if (!file->empty()) TG_RETURN_IF_ERROR(ReadFile(*file, files_may_be_gone));
  }
  for (size_t sequence = window_.first; sequence <= window_.last; ++sequence) {
    if (book_.recorded(sequence) || plan.At(sequence).arm != window_.arm) continue;
    TG_RETURN_IF_ERROR(Judge(sequence));
  }
  JudgeHeld();
  rows = std::move(rows_);
  return std::move(harvest_);
}

absl::Status BatchCollector::ReadFile(const std::string& file_id, bool may_be_gone) {
  TG_ASSIGN_OR_RETURN(const ScratchFile file, ScratchFile::Create());
  const absl::Status downloaded = provider_->DownloadFile(file_id, file.path());
  if (absl::IsNotFound(downloaded) && may_be_gone) return absl::OkStatus();
  TG_RETURN_IF_ERROR(downloaded);
  return file.ForEachLine([this](std::string_view line) { return TakeLine(line); });
}

// --- Lines ---------------------------------------------------------------------------------------

absl::Status BatchCollector::TakeLine(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return absl::OkStatus();
  const absl::StatusOr<BatchAnswer> read = provider_->ReadBatchLine(line);
  if (!read.ok()) {
    ++harvest_.unreadable;
    return absl::OkStatus();
  }
  const std::optional<size_t> sequence = SequenceOfKey(book_.inputs().plan, read->custom_id);
  if (!sequence.has_value() || !window_.Holds(book_.inputs().plan.At(*sequence).arm, *sequence)) {
    ++harvest_.unknown;
    return absl::OkStatus();
  }
  const size_t place = *sequence - window_.first;
  if (seen_[place]) {
    ++harvest_.repeated;
    return absl::OkStatus();
  }
  seen_[place] = true;
  // Recorded by an earlier reading that did not come to its end.
  if (book_.recorded(*sequence)) return absl::OkStatus();
  if (read->answer.status.ok()) return Record(*sequence, read->answer);
  failed_.emplace(*sequence, read->answer.status);
  return absl::OkStatus();
}

absl::Status BatchCollector::Record(size_t sequence, const ChatAnswer& answer) {
  const RunInputs& inputs = book_.inputs();
  const PlannedCall planned = inputs.plan.At(sequence);
  TG_ASSIGN_OR_RETURN(const AskedExample asked,
                      ReadAsked(inputs.examples, inputs.grader, planned.example));
  CallRecord call;
  call.set_example(asked.example.line);
  call.set_repeat(planned.repeat);
  call.set_arm(planned.arm);
  call.set_request_digest(inputs.Of(planned.arm).request.Digest(asked.example));
  call.set_text(answer.text);
  call.set_refused(answer.refused);
  call.set_finish_reason(ToValidUtf8(answer.finish_reason));
  call.set_answering_model(ToValidUtf8(answer.answering_model));
  call.set_provider_request_id(ToValidUtf8(answer.request_id));
  call.set_input_tokens(answer.input_tokens);
  call.set_cached_input_tokens(answer.cached_input_tokens);
  call.set_output_tokens(answer.output_tokens);
  if (answer.confidence.has_value()) call.set_confidence(*answer.confidence);
  call.set_attempts(windows_->AsksOf(planned.arm, sequence) + 1);
  *call.mutable_time() = ToProto(step_.now());
  call.set_sequence(static_cast<int64_t>(sequence));
  call.set_batch(true);
  if (!answer.status.ok()) *call.mutable_failure() = providers::FailureOf(answer.status, "");
  providers::CountUsage(provider_->name(), answer, pricing::Processing::kBatch,
                        step_.providers().IsSandbox(provider_->name()));
  ++(answer.status.ok() ? harvest_.answers : harvest_.failures);
  return Push(std::move(call), &asked.expected);
}

absl::Status BatchCollector::RecordFailure(size_t sequence, const absl::Status& status) {
  ChatAnswer answer;
  answer.status = status;
  return Record(sequence, answer);
}

absl::Status BatchCollector::Push(CallRecord call, const Expected* expected) {
  book_.Add(call, expected);
  rows_.push_back(CallRow(step_.name(), call));
  row_bytes_ += rows_.back().payload.size();
  if (rows_.size() < step_.options().rows_per_commit && row_bytes_ < kBytesPerCommit) {
    return absl::OkStatus();
  }
  row_bytes_ = 0;
  return step_.GoOn(step_.options().lease_duration, std::exchange(rows_, {}));
}

// --- What came back without an answer ------------------------------------------------------------

absl::Status BatchCollector::Judge(size_t sequence) {
  const auto found = failed_.find(sequence);
  const absl::Status status = found == failed_.end() ? MissingLine() : found->second;
  const Consequence consequence = providers::ConsequenceOf(status);
  const bool last_ask = windows_->AsksOf(window_.arm, sequence) + 1 >= kMostAsks;
  if (step_.winding_down()) {
    // Nobody will ask again; what was refused is known all the same.
    const bool known = consequence == Consequence::kGiveUp && book_.ever_answered(window_.arm);
    return known ? RecordFailure(sequence, status) : absl::OkStatus();
  }
  if (consequence == Consequence::kNeedsPerson) {
    if (!harvest_.end.has_value()) {
      harvest_.end =
          RunEnd{RunEnd::Kind::kBlocked, providers::FailureOf(status, ResumeCommand(step_.name()))};
    }
    ++harvest_.ask_again;
    return absl::OkStatus();
  }
  if (consequence == Consequence::kTryAgain && !last_ask) {
    ++harvest_.ask_again;
    return absl::OkStatus();
  }
  if (book_.ever_answered(window_.arm)) return RecordFailure(sequence, status);
  if (held_++ == 0 || consequence == Consequence::kGiveUp) held_status_ = status;
  return absl::OkStatus();
}

// An arm that never answered, with nothing left that may yet be answered, cannot be asked at all,
// as one of an unknown model: nothing of that is recorded.
void BatchCollector::JudgeHeld() {
  if (held_ == 0) return;
  const bool hopeless = harvest_.ask_again == 0 || absl::IsNotFound(held_status_);
  if (hopeless && !harvest_.end.has_value()) harvest_.end = CannotBeAsked(held_status_);
  harvest_.ask_again += held_;
}

RunEnd BatchCollector::CannotBeAsked(const absl::Status& status) const {
  const bool refused = providers::ConsequenceOf(status) == Consequence::kGiveUp;
  v1::Failure failure = providers::FailureOf(status, refused ? "" : ResumeCommand(step_.name()));
  const char* arm = window_.arm == kCandidate ? "candidate" : "baseline";
  if (refused) {
    failure.set_message(absl::StrCat("the ", arm, " cannot be asked: ", failure.message()));
    return {RunEnd::Kind::kFailed, std::move(failure)};
  }
  failure.set_reason("BATCH_UNANSWERED");
  failure.set_message(absl::StrCat("the ", arm, " answered no line of ", kMostAsks,
                                   " batches: ", failure.message()));
  return {RunEnd::Kind::kBlocked, std::move(failure)};
}

}  // namespace tunegate::evaluations
