#include "server/evaluations/html_report.h"

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/answers/results.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/verdict/decide.h"
#include "common/evidence/verdict/policy.h"
#include "common/utf8.h"
#include "gtest/gtest.h"
#include "server/evaluations/report_sample.h"

namespace tunegate::evaluations {
namespace {

using fixture::AskCells;
using fixture::Asked;
using fixture::Cells;
using fixture::TicketTask;
using store::v1::CallRecord;

// All that a page is made of.
struct Made {
  v1::Task task = TicketTask();
  v1::Evaluation evaluation;
  v1::Decision decision;
  std::vector<v1::Result> results;
  std::vector<v1::JobMetric> metrics;
  bool decided = true;
};

Made Make(const Asked& asked, bool has_candidate = true) {
  Made made;
  ReportOptions options;
  options.has_candidate = has_candidate;
  const auto report = BuildReport(made.task, asked.examples, asked.calls, options);
  EXPECT_TRUE(report.ok()) << report.status();
  made.evaluation.set_name("evaluations/e");
  made.evaluation.set_task("tasks/ticket");
  made.evaluation.set_dataset("datasets/d");
  made.evaluation.set_state(v1::Evaluation::STATE_SUCCEEDED);
  made.evaluation.mutable_baseline()->set_model("old");
  if (has_candidate) {
    made.evaluation.mutable_candidate()->set_model("new");
    made.evaluation.set_look(1);
  }
  made.evaluation.set_policy_digest(decisions::PolicyDigest(decisions::DefaultPolicy()));
  *made.evaluation.mutable_report() = *report;
  made.results = *BuildResults(made.task, asked.examples, asked.calls);
  made.decided = has_candidate;
  if (has_candidate) {
    made.decision = *decisions::Decide({&made.evaluation, decisions::DefaultPolicy()});
  }
  return made;
}

std::string Render(const Made& made) {
  std::string page;
  const HtmlReportInput input{.task = &made.task,
                              .evaluation = &made.evaluation,
                              .decision = made.decided ? &made.decision : nullptr,
                              .results =
                                  [&](const ResultVisitor& visit) {
                                    for (const v1::Result& result : made.results)
                                      TG_RETURN_IF_ERROR(visit(result));
                                    return absl::OkStatus();
                                  },
                              .job_metrics = made.metrics};
  const absl::Status status = RenderHtml(input, [&](std::string_view piece) {
    EXPECT_LE(piece.size(), 64u * 1024);
    page.append(piece);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return page;
}

// Not a matcher: a failure need not print the page.
bool Has(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

std::string RenderCells(const Cells& cells) { return Render(Make(AskCells(cells))); }

std::string Render(const ReportSample& sample) {
  return Render(Made{.task = sample.task,
                     .evaluation = sample.evaluation,
                     .decision = sample.decision.value_or(v1::Decision()),
                     .results = sample.results,
                     .metrics = sample.job_metrics,
                     .decided = sample.decision.has_value()});
}

// Every element is closed in the order in which it was opened: the page is well-formed.
void ExpectWellFormed(const std::string& page) {
  static const std::set<std::string> kVoid = {"meta", "br", "wbr", "hr", "img", "input", "link"};
  std::vector<std::string> open;
  for (size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    if (page.compare(at, 2, "<!") == 0) continue;
    const size_t end = page.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const bool closes = page[at + 1] == '/';
    const size_t begin = at + (closes ? 2 : 1);
    const std::string name = page.substr(begin, page.find_first_of(" >/", begin) - begin);
    if (closes) {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ(open.back(), name) << page.substr(at > 200 ? at - 200 : 0, 240);
      open.pop_back();
    } else if (page[end - 1] != '/' && !kVoid.contains(name)) {
      open.push_back(name);
      if (name == "style") at = page.find("</style>", end) - 1;
    }
  }
  EXPECT_TRUE(open.empty()) << open.back();
}

TEST(HtmlReportTest, SaysTheVerdictItsEvidenceAndTheNextStep) {
  const std::string page = RenderCells({83, 11, 3, 3});
  EXPECT_TRUE(Has(page, "<title>NO_GO"));
  EXPECT_TRUE(Has(page, "NO_GO: keep the baseline"));  // 30 ms against 20 ms fails latency
  ExpectWellFormed(page);
}

TEST(HtmlReportTest, EveryVerdictHasAPage) {
  Asked fast = AskCells({67, 24, 2, 7});
  for (CallRecord& call : fast.calls) call.set_response_time_us(20'000);
  const std::string go = Render(Make(fast));
  EXPECT_TRUE(Has(go, "GO: ship the candidate"));
  EXPECT_TRUE(Has(go, "<span>91.0 % <span class=\"of\">83.8 to 95.2</span></span>"));
  EXPECT_TRUE(Has(go, "+22.0 (+13.3 to +31.7)"));
  EXPECT_TRUE(Has(go, "24 gained, 2 lost"));
  ExpectWellFormed(go);
  fast = AskCells({83, 11, 3, 3});
  for (CallRecord& call : fast.calls) call.set_response_time_us(20'000);
  EXPECT_TRUE(Has(Render(Make(fast)), "INCONCLUSIVE: keep the baseline"));
}

TEST(HtmlReportTest, WhatIsAssuredIsTheHeadline) {
  ReportSample sample = MakeReportSample(SampleKind::kGo);
  EXPECT_TRUE(
      Has(Render(sample), "<p class=\"figure\">" + Points(sample.decision->assured_gain())));
  const std::string open = Render(MakeReportSample(SampleKind::kInconclusive));
  EXPECT_TRUE(Has(open, "<p class=\"figure\">none</p>"));  // what begins below 0 assures nothing
}

TEST(HtmlReportTest, TheVerdictStandsOnClustersLooksAndASignature) {
  const std::string first = Render(MakeReportSample(SampleKind::kGo));
  EXPECT_TRUE(Has(first, "160 examples in 40 clusters by <bdi>family</bdi>"));
  EXPECT_TRUE(Has(first, "look 1 at these questions, alpha 0.05"));
  EXPECT_TRUE(Has(first, "signed, certificate <code>9f2c64a1b7e0</code>"));
  EXPECT_TRUE(Has(first, "sha256 9f2c64a1b7e05d38"));
  EXPECT_TRUE(Has(first, "Student&#39;s t (39 degrees of freedom)"));
  const std::string second = Render(MakeReportSample(SampleKind::kSecondLook));
  EXPECT_TRUE(Has(second, "look 2 at these questions, alpha 0.025"));
  EXPECT_TRUE(Has(second, "number 2 at these questions, so alpha is 0.025 in place of 0.05"));
}

TEST(HtmlReportTest, WhoReallyAnsweredIsNamed) {
  ReportSample sample = MakeReportSample(SampleKind::kGo);
  EXPECT_FALSE(Has(Render(sample), "answered by <bdi>"));
  sample.evaluation.mutable_candidate()->set_model("jobs/nov");
  EXPECT_TRUE(Has(Render(sample), "jobs/nov</bdi> <span class=\"of\">answered by <bdi>ft:gpt-4o"));
}

TEST(HtmlReportTest, SlicesAreNamedWorstFirstAndGroupedByKey) {
  const ReportSample sample = MakeReportSample(SampleKind::kGo);
  const std::string page = Render(sample);
  const std::string& worst = sample.evaluation.report().worst_slices(0);
  const std::string label =
      worst.substr(0, worst.find('=')) + " = " + worst.substr(worst.find('=') + 1);
  EXPECT_TRUE(Has(page, "<ol class=\"worst\"><li><bdi>" + label + "</bdi>"));
  for (const char* key : {"intent_type", "budget_tier", "noise", "case", "query_length"}) {
    EXPECT_TRUE(Has(page, "role=\"rowheader\" colspan=\"6\"><bdi>" + std::string(key) + "</bdi>"))
        << key;
  }
  EXPECT_TRUE(Has(page, "family: the worst 8 of 40 (each descriptive)"));
}

TEST(HtmlReportTest, ConfidenceScoresAndReuseAreShown) {
  const std::string page = Render(MakeReportSample(SampleKind::kSecondLook));
  EXPECT_TRUE(Has(page, "Reliability of the candidate</title><desc"));
  EXPECT_TRUE(Has(page, "Expected calibration error "));
  EXPECT_TRUE(Has(page, "F1 of the set"));
  EXPECT_TRUE(Has(page, "Answers taken from earlier evaluations</th><td class=\"n\">160</td>"));
  EXPECT_TRUE(Has(page, "from <bdi>evaluations/october</bdi>"));
  EXPECT_TRUE(Has(page, "Baseline: not measured"));  // all of its times are from elsewhere
}

TEST(HtmlReportTest, ABatchSaysThatTimesWereNotMeasured) {
  const std::string page = Render(MakeReportSample(SampleKind::kBatch));
  EXPECT_TRUE(Has(page, "Response times were not measured: a batch answers within a day."));
  EXPECT_TRUE(Has(page, "asked in a batch"));
  EXPECT_TRUE(Has(page, "through the provider&#39;s Batch API"));
  EXPECT_FALSE(Has(page, "Response times on a logarithmic axis"));
  EXPECT_FALSE(Has(page, "0 us"));
}

TEST(HtmlReportTest, WhoChangedSidesIsGroupedWithLossesFirst) {
  const ReportSample sample = MakeReportSample(SampleKind::kGo);
  int64_t lost = 0, gained = 0;
  for (const auto& group : sample.evaluation.report().changes()) {
    (group.gained() ? gained : lost) += group.count();
  }
  const std::string page = Render(sample);
  const size_t losses = page.find("<h3>Lost: " + std::to_string(lost) + " example");
  ASSERT_NE(losses, std::string::npos);
  EXPECT_LT(losses, page.find("<h3>Gained: " + std::to_string(gained) + " example"));
}

TEST(HtmlReportTest, AllSamplesAreWellFormed) {
  for (const char* kind : {"GO", "NO_GO", "INCONCLUSIVE", "BASELINE", "BATCH", "SECOND_LOOK"}) {
    ExpectWellFormed(Render(MakeReportSample(*SampleKindOf(kind))));
  }
  ExpectWellFormed(Render(MakeReportSample(SampleKind::kGo, 1)));
}

// Of a hundred thousand examples only what the page shows is kept.
TEST(HtmlReportTest, AHundredThousandResultsMakeNoLargerPage) {
  const ReportSample sample = MakeReportSample(SampleKind::kGo);
  v1::Result lost = sample.results.front();
  lost.set_changed(true);
  lost.mutable_candidate()->set_overall_right(false);
  std::string page;
  const HtmlReportInput input{.task = &sample.task,
                              .evaluation = &sample.evaluation,
                              .decision = sample.decision_or_null(),
                              .results =
                                  [&](const ResultVisitor& visit) {
                                    for (int i = 0; i < 100'000; ++i) {
                                      TG_RETURN_IF_ERROR(visit(lost));
                                    }
                                    return absl::OkStatus();
                                  },
                              .job_metrics = {}};
  ASSERT_TRUE(RenderHtml(input, [&](std::string_view piece) {
                page.append(piece);
                return absl::OkStatus();
              }).ok());
  EXPECT_TRUE(Has(page, "Lost: the first 50 of 100,000"));
  EXPECT_TRUE(Has(page, "tunegate eval results <bdi>evaluations/nov</bdi> --changed"));
  EXPECT_LT(page.size(), 400'000u);
}

TEST(HtmlReportTest, ABaselineAloneHasNeitherVerdictNorCandidate) {
  Asked asked = AskCells({30, 0, 0, 10});
  std::erase_if(asked.calls, [](const auto& c) { return c.arm() == CallRecord::ARM_CANDIDATE; });
  std::string page = Render(Make(asked, /*has_candidate=*/false));
  page.erase(0, page.find("</style>"));  // the sheet serves both
  EXPECT_FALSE(Has(page, "Criteria"));
  EXPECT_FALSE(Has(page, "Candidate"));
  EXPECT_TRUE(Has(page, "75.0 %"));
}

TEST(HtmlReportTest, NeedsNothingElse) {
  const std::string page = RenderCells({67, 24, 2, 7});
  EXPECT_FALSE(std::regex_search(page, std::regex("<script|javascript:| on[a-z]+=")));
  EXPECT_FALSE(std::regex_search(page, std::regex("(src|href)=\"(?!#)")));
  EXPECT_FALSE(std::regex_search(page, std::regex("style=\"|@import|url\\(")));
  EXPECT_TRUE(Has(page, "default-src &#39;none&#39;; style-src &#39;sha256-"));
}

TEST(HtmlReportTest, TheSameReportGivesTheSameBytes) {
  const Made made = Make(AskCells({67, 24, 2, 7}));
  Made parsed = made;  // a map that was parsed again has another order
  for (v1::Result& result : parsed.results) {
    ASSERT_TRUE(result.ParseFromString(result.SerializeAsString()));
  }
  EXPECT_EQ(Render(made) == Render(parsed), true);
}

TEST(HtmlReportTest, EveryLinkInItLeadsSomewhereAndIdsAreUnique) {
  Made made = Make(AskCells({67, 24, 2, 7}));
  made.metrics.resize(3);
  for (int i = 0; i < 3; ++i) {
    made.metrics[i].set_step(i);
    (*made.metrics[i].mutable_figures())["train_loss"] = 1.0 / (i + 1);
  }
  const std::string page = Render(made);
  std::multiset<std::string> ids;
  const std::regex id(" id=\"([^\"]+)\"");
  for (std::sregex_iterator it(page.begin(), page.end(), id), end; it != end; ++it) {
    ids.insert((*it)[1]);
  }
  const std::regex link("href=\"#([^\"]+)\"");
  int links = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), link), end; it != end; ++it, ++links) {
    EXPECT_EQ(ids.count((*it)[1]), 1u) << (*it)[1];
  }
  EXPECT_GE(links, 9);
}

// Whatever comes from outside, hostile.
TEST(HtmlReportTest, HostileTextIsShownAndNeverRun) {
  const std::string evil = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\"'";
  Asked asked = AskCells({60, 20, 10, 10});
  for (auto& example : asked.examples) {
    example.query = evil + "\u202E\x01";
    example.slices = {{evil, evil}};
  }
  for (CallRecord& call : asked.calls) {
    call.set_answering_model(evil);
    if (call.example() % 3 == 0) call.set_text(evil + "\xff\xfe");
  }
  Made made = Make(asked);
  made.task.set_display_name(evil);
  made.evaluation.set_system_prompt(evil);
  made.evaluation.mutable_candidate()->set_model(evil);
  made.evaluation.mutable_report()->add_warnings(evil);
  made.evaluation.mutable_report()->mutable_confusions(0)->set_values(0, evil);
  made.decision.set_next_step(evil);
  auto& override = *made.decision.add_overrides();
  override.set_reason(evil);
  override.set_actor(evil);
  const std::string page = Render(made);
  EXPECT_FALSE(Has(page, "<script"));
  EXPECT_FALSE(Has(page, "<img"));
  EXPECT_TRUE(Has(page, "&lt;script&gt;alert(1)"));
  EXPECT_TRUE(Has(page, "<span class=\"code-point\">U+202E</span>"));
  EXPECT_TRUE(IsValidUtf8(page));
  ExpectWellFormed(page);
}

TEST(HtmlReportTest, AMegabytesAnswersAreCutAndFewAreKept) {
  Asked asked = AskCells({0, 0, 150, 0});
  for (CallRecord& call : asked.calls) {
    if (call.arm() == CallRecord::ARM_CANDIDATE) call.set_text(std::string(100'000, 'x'));
  }
  const std::string page = Render(Make(asked));
  EXPECT_LT(page.size(), 2'000'000u);
  EXPECT_TRUE(Has(page, "Lost: the first 50 of 150"));
}

TEST(HtmlReportTest, TheLossCurveIsDrawnFromTheJobsMetrics) {
  Made made = Make(AskCells({67, 24, 2, 7}));
  EXPECT_FALSE(Has(Render(made), "training loss"));
  for (int i = 0; i < 2000; ++i) {
    v1::JobMetric metric;
    metric.set_step(i + 1);
    (*metric.mutable_figures())["train_loss"] = 2.0 / (i + 1);
    if (i % 500 == 499) (*metric.mutable_figures())["valid_loss"] = 1.0;
    made.metrics.push_back(metric);
  }
  const std::string page = Render(made);
  EXPECT_TRUE(Has(page, "Training loss from 2 to 0.001."));
  EXPECT_TRUE(Has(page, "Validation loss from 1 to 1."));
  EXPECT_LT(page.size(), 200'000u);  // two thousand points are thinned
}

TEST(HtmlReportTest, OneOfEverythingAndNothingAtAllStillMakeAPage) {
  ExpectWellFormed(RenderCells({1, 0, 0, 0}));
  ExpectWellFormed(RenderCells({0, 0, 0, 1}));
  ExpectWellFormed(RenderCells({0, 0, 0, 0}));
  Asked none = AskCells({5, 0, 0, 0});
  for (CallRecord& call : none.calls) call = fixture::Failed(call);
  const std::string page = Render(Make(none));
  ExpectWellFormed(page);
  EXPECT_TRUE(Has(page, "not measured"));
  EXPECT_FALSE(std::regex_search(page, std::regex("[\"> ](-?nan|-?inf)[\"<% ]")));
}

TEST(HtmlReportTest, AnEvaluationWithoutAReportHasNoPage) {
  Made made = Make(AskCells({1, 0, 0, 0}));
  made.evaluation.clear_report();
  const absl::Status status = RenderHtml({&made.task, &made.evaluation, nullptr, nullptr, {}},
                                         [](std::string_view) { return absl::OkStatus(); });
  EXPECT_EQ(DetailsOf(status).reason, "NO_REPORT");
}

TEST(HtmlReportTest, ErrorsOfSourceAndSinkEndTheWriting) {
  Made made = Make(AskCells({1, 0, 0, 0}));
  HtmlReportInput input{&made.task, &made.evaluation, nullptr, nullptr, {}};
  int pieces = 0;
  const auto gone = [&](std::string_view) {
    ++pieces;
    return absl::CancelledError("gone");
  };
  EXPECT_EQ(RenderHtml(input, gone).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(pieces, 1);
  input.results = [](const ResultVisitor&) { return absl::DataLossError("torn"); };
  EXPECT_EQ(RenderHtml(input, gone).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tunegate::evaluations
