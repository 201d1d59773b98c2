// What the tests of this room share: a small task of its own kind, its examples, and calls.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_REPORT_FIXTURE_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_REPORT_FIXTURE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/answers/example.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations::fixture {

// Tickets: kind (bug or wish, headline), parts (a set), title (text), all scored, and mood, which
// is not. kind comes second, so that order of reports and order of answers differ.
inline v1::Task TicketTask() {
  v1::Task task;
  task.set_name("tasks/ticket");
  auto& parts = *task.add_fields();
  parts.set_id("parts");
  parts.set_scored(true);
  parts.mutable_set()->add_values("door");
  parts.mutable_set()->add_values("roof");
  auto& kind = *task.add_fields();
  kind.set_id("kind");
  kind.set_scored(true);
  kind.set_headline(true);
  kind.mutable_category()->add_values("bug");
  kind.mutable_category()->add_values("wish");
  auto& title = *task.add_fields();
  title.set_id("title");
  title.set_scored(true);
  title.mutable_text();
  auto& mood = *task.add_fields();
  mood.set_id("mood");
  mood.mutable_category()->add_values("calm");
  mood.mutable_category()->add_values("angry");
  return task;
}

inline constexpr char kBug[] =
    R"({"parts":["door","roof"],"kind":"bug","title":"El Tejado","mood":"calm"})";
inline constexpr char kWish[] = R"({"parts":[],"kind":"wish","title":"Más luz","mood":"angry"})";

// One bare category.
inline v1::Task BareTask() {
  v1::Task task;
  task.set_name("tasks/bare");
  auto& field = *task.add_fields();
  field.set_scored(true);
  field.mutable_category()->add_values("yes");
  field.mutable_category()->add_values("no");
  return task;
}

inline datasets::Example MakeExample(int64_t line, std::string_view expected) {
  datasets::Example example;
  example.line = line;
  example.id = absl::StrFormat("%07d", line);
  example.query = absl::StrCat("query ", line);
  example.expected = std::string(expected);
  return example;
}

// Answered in 20 ms (baseline) or 30 ms (candidate) at the first attempt, on an open connection.
inline store::v1::CallRecord MakeCall(int64_t line, store::v1::CallRecord::Arm arm,
                                      std::string_view text, int32_t repeat = 0) {
  const bool baseline = arm == store::v1::CallRecord::ARM_BASELINE;
  store::v1::CallRecord call;
  call.set_example(line);
  call.set_repeat(repeat);
  call.set_arm(arm);
  call.set_text(std::string(text));
  call.set_finish_reason("stop");
  call.set_answering_model(baseline ? "old" : "new");
  call.set_input_tokens(10);
  call.set_output_tokens(5);
  call.set_attempts(1);
  call.set_response_time_us(baseline ? 20'000 : 30'000);
  call.set_user_time_us(baseline ? 25'000 : 35'000);
  call.set_sequence(2 * line + (baseline ? 0 : 1));
  return call;
}

inline store::v1::CallRecord Failed(store::v1::CallRecord call) {
  call.clear_text();
  call.clear_answering_model();
  call.mutable_failure()->set_reason("PROVIDER_UNAVAILABLE");
  call.mutable_failure()->set_message("the provider did not answer");
  call.set_attempts(5);
  return call;
}

// Paired answers by counts: so many examples of each cell, in this order. Right answers are kBug or
// kWish in turn; wrong ones name the other kind.
struct Cells {
  int both_right = 0;
  int gained = 0;
  int lost = 0;
  int both_wrong = 0;
};

struct Asked {
  std::vector<datasets::Example> examples;
  std::vector<store::v1::CallRecord> calls;
};

inline Asked AskCells(const Cells& cells) {
  Asked asked;
  int64_t line = 0;
  const auto add = [&](int count, bool baseline, bool candidate) {
    for (int i = 0; i < count; ++i) {
      const bool bug = ++line % 2 == 1;
      const char* right = bug ? kBug : kWish;
      const char* wrong = bug ? kWish : kBug;
      asked.examples.push_back(MakeExample(line, right));
      asked.calls.push_back(
          MakeCall(line, store::v1::CallRecord::ARM_BASELINE, baseline ? right : wrong));
      asked.calls.push_back(
          MakeCall(line, store::v1::CallRecord::ARM_CANDIDATE, candidate ? right : wrong));
    }
  };
  add(cells.both_right, true, true);
  add(cells.gained, false, true);
  add(cells.lost, true, false);
  add(cells.both_wrong, false, false);
  return asked;
}

}  // namespace tunegate::evaluations::fixture

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_REPORT_FIXTURE_H_
