#include "server/datasets/leakage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/example.h"

namespace tunegate::datasets {
namespace {

using ::testing::HasSubstr;

std::string File(int first, int last) {
  std::string file;
  for (int i = first; i < last; ++i) {
    absl::StrAppend(&file, WriteExample("", absl::StrCat("query ", i), "a"), "\n");
  }
  return file;
}

TEST(DigestQuery, CaseAccentsMarksAndSpacesDoNotMatter) {
  EXPECT_EQ(DigestQuery("¿Qué me  recomiendas?"), DigestQuery("que me recomiendas"));
  EXPECT_EQ(DigestQuery("Hola, mamá."), DigestQuery("hola mama"));
  EXPECT_NE(DigestQuery("hasta 50 euros"), DigestQuery("hasta 60 euros"));
  EXPECT_NE(DigestQuery("?"), DigestQuery("!"));
}

TEST(FindLeakage, DisjointSplitsHaveNoFindings) {
  EXPECT_TRUE(FindLeakage(File(0, 20), v1::Dataset::SPLIT_TEST, DigestQueries(File(20, 60)),
                          "datasets/t", v1::Dataset::SPLIT_TRAIN)
                  .empty());
}

TEST(FindLeakage, SharedQueriesAreNamedByLine) {
  const auto findings =
      FindLeakage(File(0, 40), v1::Dataset::SPLIT_TEST, DigestQueries(File(39, 60)), "datasets/t",
                  v1::Dataset::SPLIT_TRAIN);
  ASSERT_EQ(findings.size(), 1u) << "one of 40 is tolerable";
  EXPECT_EQ(findings[0].line(), 40);
  EXPECT_EQ(findings[0].rule(), "QUERY_IN_OTHER_SPLIT");
  EXPECT_EQ(findings[0].severity(), v1::Finding::SEVERITY_WARNING);
  EXPECT_THAT(findings[0].message(), HasSubstr("the training set datasets/t: 'query 39'"));
}

TEST(FindLeakage, MoreThanOneTestQueryInTwentyIsAnError) {
  const auto findings =
      FindLeakage(File(0, 39), v1::Dataset::SPLIT_TEST, DigestQueries(File(37, 60)), "datasets/t",
                  v1::Dataset::SPLIT_TRAIN);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[2].rule(), "LEAKAGE");
  EXPECT_EQ(findings[2].severity(), v1::Finding::SEVERITY_ERROR);
  EXPECT_EQ(findings[2].line(), 0);
  EXPECT_THAT(findings[2].message(), HasSubstr("2 of 39"));
}

TEST(FindLeakage, ValidationInTrainingStaysAWarning) {
  for (const v1::Finding& finding :
       FindLeakage(File(0, 10), v1::Dataset::SPLIT_VALIDATION, DigestQueries(File(0, 10)),
                   "datasets/t", v1::Dataset::SPLIT_TRAIN)) {
    EXPECT_EQ(finding.severity(), v1::Finding::SEVERITY_WARNING);
  }
}

}  // namespace
}  // namespace tunegate::datasets
