#include "server/datasets/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tunegate::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Table {
  std::vector<Row> rows;
  std::vector<v1::Finding> findings;
};

Table Read(std::string_view bytes, Dialect dialect = Dialect::kCsv) {
  Table table;
  ReadTable(
      bytes, dialect, [&](v1::Finding finding) { table.findings.push_back(std::move(finding)); },
      [&](Row row) { table.rows.push_back(std::move(row)); });
  return table;
}

TEST(Csv, QuotedCellsHoldCommasQuotesAndLineFeeds) {
  const Table table = Read("a,\"b, \"\"c\"\"\nd\",e\nf,g,h\n");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0].cells, ElementsAre("a", "b, \"c\"\nd", "e"));
  EXPECT_EQ(table.rows[1].line, 3) << "the first row took two lines";
  EXPECT_THAT(table.findings, IsEmpty());
}

TEST(Csv, AllLineEndsAreTakenAndTheLastIsOptional) {
  const Table table = Read("a,b\r\nc,d\re,f\ng,h");
  ASSERT_EQ(table.rows.size(), 4u);
  EXPECT_THAT(table.rows[3].cells, ElementsAre("g", "h"));
  EXPECT_EQ(table.rows[3].line, 4);
}

TEST(Csv, EmptyCellsStayAndEmptyLinesGo) {
  const Table table = Read("a,\n\n,b\n\"\",\"\"\n");
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_THAT(table.rows[0].cells, ElementsAre("a", ""));
  EXPECT_THAT(table.rows[1].cells, ElementsAre("", "b"));
  EXPECT_EQ(table.rows[1].line, 3);
  EXPECT_THAT(table.rows[2].cells, ElementsAre("", ""));
}

TEST(Csv, ByteOrderMarkIsSkipped) {
  EXPECT_THAT(Read("\xEF\xBB\xBF\"a\",b").rows[0].cells, ElementsAre("a", "b"));
}

TEST(Csv, OpenQuoteIsNamedAndTheRestIsStillRead) {
  const Table table = Read("a,b\nc,\"d\ne,f\n");
  ASSERT_EQ(table.findings.size(), 1u);
  EXPECT_EQ(table.findings[0].rule(), "QUOTE_NOT_CLOSED");
  EXPECT_EQ(table.findings[0].line(), 2);
  EXPECT_EQ(table.findings[0].column(), 3);
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_TRUE(table.rows[1].broken);
  EXPECT_THAT(table.rows[2].cells, ElementsAre("e", "f"));
  EXPECT_FALSE(table.rows[2].broken);
}

TEST(Csv, TextAfterAQuoteIsAnErrorAndAStrayQuoteAWarning) {
  const Table table = Read("\"a\"b,c\nd 5\" e,f\n");
  ASSERT_EQ(table.findings.size(), 2u);
  EXPECT_EQ(table.findings[0].rule(), "TEXT_AFTER_QUOTE");
  EXPECT_EQ(table.findings[0].column(), 4);
  EXPECT_TRUE(table.rows[0].broken);
  EXPECT_EQ(table.findings[1].rule(), "STRAY_QUOTE");
  EXPECT_EQ(table.findings[1].severity(), v1::Finding::SEVERITY_WARNING);
  EXPECT_THAT(table.rows[1].cells, ElementsAre("d 5\" e", "f"));
  EXPECT_FALSE(table.rows[1].broken);
}

TEST(Csv, InvalidUtf8IsFoundByLineAndColumn) {
  const Table table = Read("a,b\nñ,\"x\ny\xE9\"\n");
  ASSERT_EQ(table.findings.size(), 1u);
  EXPECT_EQ(table.findings[0].rule(), "INVALID_UTF8");
  EXPECT_EQ(table.findings[0].line(), 3);
  EXPECT_EQ(table.findings[0].column(), 2);
  EXPECT_TRUE(table.rows[1].broken);
}

TEST(Csv, Utf16IsSaidOnce) {
  const Table table =
      Read(std::string_view("\xFF\xFE"
                            "a\0,\0b\0",
                            8));
  ASSERT_EQ(table.findings.size(), 1u);
  EXPECT_EQ(table.findings[0].rule(), "WRONG_ENCODING");
  EXPECT_THAT(table.rows, IsEmpty());
}

TEST(Csv, EveryCellSaysWhereItStarts) {
  const Table table = Read("año,\"x\ny\",z\n,b\n");
  const auto places = [](const Row& row) {
    std::vector<std::pair<int64_t, int32_t>> places;
    for (const CellStart& start : row.starts) places.emplace_back(start.line, start.column);
    return places;
  };
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(places(table.rows[0]),
              ElementsAre(std::pair(1, 1), std::pair(1, 5), std::pair(2, 4)));
  EXPECT_THAT(places(table.rows[1]), ElementsAre(std::pair(3, 1), std::pair(3, 2)));
}

TEST(Tsv, QuotesAndLoneCarriageReturnsAreText) {
  const Table table = Read("a\t\"b\nc\t d\re \r\n", Dialect::kTsv);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0].cells, ElementsAre("a", "\"b"));
  EXPECT_THAT(table.rows[1].cells, ElementsAre("c", " d\re "));
  EXPECT_THAT(table.findings, IsEmpty());
}

TEST(Table, NothingGivesNothing) {
  EXPECT_THAT(Read("").rows, IsEmpty());
  EXPECT_THAT(Read("\n\r\n\n").rows, IsEmpty());
}

}  // namespace
}  // namespace tunegate::datasets
