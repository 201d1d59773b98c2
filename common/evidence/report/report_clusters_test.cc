#include <string>
#include <vector>

#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/report/cluster_book.h"
#include "common/evidence/report/report_builder_fixture.h"
#include "common/statistics/clustered.h"
#include "common/statistics/mcnemar.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using fixture::AskCells;
using fixture::Asked;
using fixture::Build;
using fixture::Compared;
using fixture::MetricOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Families of ten examples that stand beside each other.
Asked InTens(Asked asked) {
  for (auto& example : asked.examples) {
    example.slices["family"] = absl::StrCat("f", (example.line - 1) / 10);
  }
  return asked;
}

ReportOptions By(const std::string& key) {
  ReportOptions options = Compared();
  options.cluster_key = key;
  return options;
}

TEST(ClusterBookTest, FamiliesCountAsLongAsEveryExampleHasOne) {
  ClusterBook book("");
  EXPECT_FALSE(book.in_force());  // nobody came yet
  EXPECT_EQ(book.Enter({{"family", "a"}}), 0);
  EXPECT_EQ(book.Enter({{"family", "b"}}), 1);
  EXPECT_EQ(book.Enter({{"family", "a"}, {"noise", "typo"}}), 0);
  EXPECT_TRUE(book.in_force());
  EXPECT_EQ(book.key(), "family");
  EXPECT_EQ(book.count(), 2);
  book.Enter({{"noise", "typo"}});
  book.Enter({{"family", "c"}});
  EXPECT_FALSE(book.in_force());
  EXPECT_EQ(book.key(), "");
  EXPECT_EQ(book.count(), 0);
}

TEST(ClusterBookTest, NoneTakesEachForItself) {
  ClusterBook book("none");
  book.Enter({{"family", "a"}, {"none", "x"}});
  EXPECT_FALSE(book.in_force());
}

TEST(ClusterBookTest, ExamplesWithoutANamedKeyAreOneCluster) {
  ClusterBook book("customer");
  EXPECT_EQ(book.Enter({{"family", "a"}}), 0);
  EXPECT_EQ(book.Enter({{"customer", "x"}}), 1);
  EXPECT_EQ(book.Enter({}), 0);
  EXPECT_TRUE(book.in_force());
  EXPECT_EQ(book.count(), 2);
  EXPECT_EQ(book.without_key(), 2);
}

// Figures as decide_clusters_test.cc has them, computed apart.
TEST(ReportClustersTest, IntervalsAreTheClusters) {
  const v1::Report report = Build(InTens(AskCells({60, 30, 0, 30})));
  EXPECT_EQ(report.cluster_key(), "family");
  EXPECT_EQ(report.cluster_count(), 12);
  const auto& overall = MetricOf(report, "overall_accuracy");
  EXPECT_EQ(overall.paired().points().method(), "cluster-t");
  EXPECT_EQ(overall.paired().points().sample_count(), 120);
  EXPECT_NEAR(overall.paired().points().lower(), -0.0373566, 1e-6);
  EXPECT_EQ(overall.paired().gained(), 30);
  // Six families right, three wrong, three right with the candidate: 3/4 -+ t(11) * 0.1305582.
  EXPECT_DOUBLE_EQ(overall.candidate().value(), 0.75);
  EXPECT_EQ(overall.candidate().method(), "cluster-t");
  EXPECT_NEAR(overall.candidate().lower(), 0.4626434, 1e-6);
  EXPECT_EQ(overall.candidate().upper(), 1);
  // Three families did better, none worse.
  EXPECT_DOUBLE_EQ(overall.paired().p_exact(),
                   stats::McnemarPValue(3, 0, stats::McnemarTest::kExact));
}

TEST(ReportClustersTest, SlicesOfTheKeyAreTheClustersOwnCounts) {
  const v1::Report report = Build(InTens(AskCells({60, 30, 0, 30})));
  int64_t gained = 0;
  std::vector<stats::ClusterTotal> totals;
  for (const auto& metric : report.metrics()) {
    if (metric.id() != "overall_accuracy" || !metric.slice().starts_with("family=")) continue;
    EXPECT_EQ(metric.paired().points().method(), "tango");
    EXPECT_EQ(metric.candidate().method(), "wilson");
    gained += metric.paired().gained();
    totals.push_back({10, static_cast<double>(metric.paired().gained()),
                      static_cast<double>(metric.paired().lost())});
  }
  EXPECT_EQ(gained, 30);
  EXPECT_EQ(stats::IntervalOfTotals(totals, 0.95).interval.lower,
            MetricOf(report, "overall_accuracy").paired().points().lower());
  EXPECT_EQ(MetricOf(report, "overall_accuracy", "kind=bug").paired().points().method(),
            "cluster-t");
}

TEST(ReportClustersTest, EachForItselfIsSaidWhereThereAreFamilies) {
  const Asked asked = InTens(AskCells({60, 30, 0, 30}));
  const v1::Report report = Build(asked, By("none"));
  EXPECT_EQ(report.cluster_key(), "");
  EXPECT_EQ(report.cluster_count(), 0);
  EXPECT_EQ(MetricOf(report, "overall_accuracy").paired().points().method(), "tango");
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("though they come from 12 template families")));
  EXPECT_THAT(Build(asked).warnings(), Not(Contains(HasSubstr("template famil"))));
}

// The first example without a family tells that test sets' examples are not all from generators:
// what was gathered by family until then counts for nothing.
TEST(ReportClustersTest, AFamilyMissingAtTheEndGivesTheReportWithoutClusters) {
  Asked mixed = InTens(AskCells({60, 30, 0, 30}));
  mixed.examples.back().slices.clear();
  const v1::Report report = Build(mixed);
  const auto& points = MetricOf(report, "overall_accuracy").paired().points();
  const v1::Report apart = Build(mixed, By("none"));
  EXPECT_EQ(points.SerializeAsString(),
            MetricOf(apart, "overall_accuracy").paired().points().SerializeAsString());
}

TEST(ReportClustersTest, FewClustersAreSaid) {
  const v1::Report few = Build(InTens(AskCells({60, 10, 0, 20})));
  EXPECT_THAT(few.warnings(), Contains(HasSubstr("only 9 clusters by family")));
  const v1::Report one = Build(InTens(AskCells({4, 1, 0, 2})));
  EXPECT_THAT(one.warnings(), Contains(HasSubstr("All examples are of one family")));
  EXPECT_EQ(MetricOf(one, "overall_accuracy").paired().points().lower(), -1);
}

TEST(ReportClustersTest, AKeyThatNoExampleHasShowsNothingAndIsSaid) {
  const v1::Report report = Build(AskCells({60, 30, 0, 30}), By("famly"));
  EXPECT_EQ(report.cluster_key(), "famly");
  EXPECT_EQ(report.cluster_count(), 1);
  EXPECT_EQ(MetricOf(report, "overall_accuracy").paired().points().upper(), 1);
  EXPECT_THAT(report.warnings(), Contains(HasSubstr("No example has the cluster key famly")));
  Asked some = InTens(AskCells({60, 30, 0, 30}));
  some.examples[3].slices.clear();
  EXPECT_THAT(Build(some, By("family")).warnings(),
              Contains(HasSubstr("1 example is without the cluster key family")));
}

TEST(ReportClustersTest, AnyKeyCanCluster) {
  const v1::Report report = Build(AskCells({60, 30, 0, 30}), By("kind"));
  EXPECT_EQ(report.cluster_key(), "kind");
  EXPECT_EQ(report.cluster_count(), 2);
}

// More values than slices are kept: the clusters count all the same.
TEST(ReportClustersTest, ManyClustersNeedNoSlices) {
  Asked asked = AskCells({300, 100, 20, 80});
  for (auto& example : asked.examples) {
    example.slices["user"] = absl::StrCat("u", example.line / 2);
  }
  const v1::Report report = Build(asked, By("user"));
  EXPECT_EQ(report.cluster_count(), 251);
  EXPECT_EQ(MetricOf(report, "overall_accuracy").paired().points().method(), "cluster-t");
  for (const auto& metric : report.metrics()) EXPECT_FALSE(metric.slice().starts_with("user="));
}

TEST(ReportIntervalTest, IsTheOneAskedFor) {
  ReportOptions options = Compared();
  const Asked asked = AskCells({59, 6, 16, 80});  // Cavo 2012, see paired_difference_test.cc
  const auto points = [&](v1::Policy::Interval interval) {
    options.interval = interval;
    return MetricOf(Build(asked, options), "overall_accuracy").paired().points();
  };
  const v1::Estimate newcombe = points(v1::Policy::INTERVAL_NEWCOMBE);
  EXPECT_EQ(newcombe.method(), "newcombe10");
  EXPECT_NEAR(newcombe.lower(), -0.1186, 5e-5);
  const v1::Estimate bonett = points(v1::Policy::INTERVAL_BONETT_PRICE);
  EXPECT_EQ(bonett.method(), "bonett-price");
  EXPECT_NEAR(bonett.upper(), -0.0032, 5e-5);
  EXPECT_NEAR(points(v1::Policy::INTERVAL_UNSPECIFIED).lower(), -0.1240, 5e-5);
}

}  // namespace
}  // namespace tunegate::evaluations
