#include "server/evaluations/csv_report.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/answers/results.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Render(const std::vector<v1::Result>& results) {
  std::string csv;
  const absl::Status status = RenderCsv(
      fixture::TicketTask(),
      [&](const ResultVisitor& visit) {
        for (const v1::Result& result : results) TG_RETURN_IF_ERROR(visit(result));
        return absl::OkStatus();
      },
      [&](std::string_view piece) {
        EXPECT_LE(piece.size(), 64u * 1024);
        csv.append(piece);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return csv;
}

std::vector<v1::Result> ResultsOf(const fixture::Asked& asked) {
  const auto results = BuildResults(fixture::TicketTask(), asked.examples, asked.calls);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? *results : std::vector<v1::Result>();
}

std::string Render(const fixture::Asked& asked) { return Render(ResultsOf(asked)); }

// The records of RFC 4180: line ends inside quotes belong to their cell.
size_t CountRecords(const std::string& csv) {
  size_t records = 0;
  bool quoted = false;
  for (size_t i = 0; i < csv.size(); ++i) {
    if (csv[i] == '"') quoted = !quoted;
    if (csv[i] == '\n' && !quoted) ++records;
  }
  return records;
}

TEST(CsvCellTest, QuotesWhatNeedsIt) {
  EXPECT_EQ(CsvCell("plain"), "plain");
  EXPECT_EQ(CsvCell("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvCell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(CsvCell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(CsvCell(""), "");
}

TEST(CsvCellTest, FormulasAreDisarmed) {
  EXPECT_EQ(CsvCell("=1+1"), "'=1+1");
  EXPECT_EQ(CsvCell("+49"), "'+49");
  EXPECT_EQ(CsvCell("-1"), "'-1");
  EXPECT_EQ(CsvCell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(CsvCell("\t=1"), "'\t=1");
  EXPECT_EQ(CsvCell("=HYPERLINK(\"http://x\",\"y\")"),
            "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
}

TEST(CsvCellTest, InvalidUtf8BecomesValid) { EXPECT_TRUE(IsValidUtf8(CsvCell("\xff,\xfe"))); }

TEST(CsvReportTest, HasALineForEachExampleAndVariant) {
  fixture::Asked asked = fixture::AskCells({1, 1, 0, 0});
  asked.examples[1].slices = {{"noise", "typo"}, {"family", "f1"}};
  std::vector<v1::Result> results = ResultsOf(asked);
  for (v1::Result& result : results) {
    result.mutable_baseline()->clear_scores();
    result.mutable_candidate()->clear_scores();
  }
  const std::string csv = Render(results);
  EXPECT_EQ(CountRecords(csv), 5u);
  EXPECT_THAT(csv, StartsWith("example_id,repeat,variant,query,expected,answer,json_valid,"
                              "schema_valid,kind_right,parts_right,title_right,right,changed,"));
  EXPECT_THAT(csv, HasSubstr("\r\n0000002,0,baseline,query 2,"));
  EXPECT_THAT(csv, HasSubstr(",true,true,false,false,false,false,true,20.000,1,old,stop,false,,,"
                             "family=f1; noise=typo,,,,,\r\n"));
  EXPECT_THAT(csv, EndsWith("\r\n"));
}

TEST(CsvReportTest, ScoresConfidenceAndReuseComeLast) {
  std::vector<v1::Result> results = ResultsOf(fixture::AskCells({1, 0, 0, 0}));
  v1::Result::Answer& answer = *results[0].mutable_baseline();
  answer.set_confidence(0.875);
  answer.set_reused_from("evaluations/october");
  answer.clear_scores();
  (*answer.mutable_scores())["kind"] = 1;
  (*answer.mutable_scores())["parts"] = 2.0 / 3;
  const std::string csv = Render(results);
  EXPECT_THAT(csv,
              HasSubstr(",slices,confidence,reused_from,kind_score,parts_score,title_score\r\n"));
  EXPECT_THAT(csv, HasSubstr(",0.875,evaluations/october,1,0.666667,\r\n"));
}

TEST(CsvReportTest, AMissingAnswerHasNoGrades) {
  fixture::Asked asked = fixture::AskCells({1, 0, 0, 0});
  asked.calls[1] = fixture::Failed(asked.calls[1]);
  EXPECT_THAT(Render(asked), HasSubstr(",,,,,,,false,30.000,5,,stop,false,PROVIDER_UNAVAILABLE,,"));
}

TEST(CsvReportTest, HostileAnswersStayInTheirCell) {
  fixture::Asked asked = fixture::AskCells({2, 0, 0, 0});
  asked.calls[0].set_text("=cmd|'/c calc'!A0");
  asked.calls[1].set_text("a\r\nb,\"c\"\xff");
  asked.calls[2].set_text(std::string(1 << 20, ','));
  const std::string csv = Render(asked);
  EXPECT_EQ(CountRecords(csv), 5u);
  EXPECT_THAT(csv, HasSubstr(",'=cmd|'/c calc'!A0,"));
  EXPECT_TRUE(IsValidUtf8(csv));
}

TEST(CsvReportTest, ASinkThatFailsEndsTheWriting) {
  int pieces = 0;
  const absl::Status status = RenderCsv(
      fixture::TicketTask(), [](const ResultVisitor&) { return absl::OkStatus(); },
      [&](std::string_view) {
        ++pieces;
        return absl::CancelledError("gone");
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(pieces, 1);
}

}  // namespace
}  // namespace tunegate::evaluations
