#include "server/resources/rows.h"

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "server/store/test_store.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::resources {
namespace {

class RowsTest : public testing::Test {
 protected:
  RowsTest() : store_(store::OpenTestStore()) {}

  void Add(const std::string& key, const std::string& payload) {
    store::Transaction transaction;
    transaction.rows.push_back({"jobs/a", "metrics", key, payload});
    ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  }
  void AddMetric(int64_t step) {
    v1::JobMetric metric;
    metric.set_step(step);
    Add(std::to_string(step), metric.SerializeAsString());
  }
  absl::StatusOr<std::string> Read(int page_size, const std::string& token,
                                   v1::ListJobMetricsResponse& response,
                                   const std::string& parent = "jobs/a") {
    return ReadRowPageInto(*store_, parent, "metrics", page_size, token,
                           [&] { return response.add_metrics(); });
  }

  std::unique_ptr<store::Store> store_;
};

TEST_F(RowsTest, PagesGiveEachRowOnceByKey) {
  for (const int64_t step : {3, 1, 2}) AddMetric(step);
  v1::ListJobMetricsResponse first, second;
  const auto token = Read(2, "", first);
  ASSERT_TRUE(token.ok());
  ASSERT_FALSE(token->empty());
  EXPECT_EQ(*Read(2, *token, second), "");
  ASSERT_EQ(first.metrics_size(), 2);
  EXPECT_EQ(first.metrics(0).step(), 1);
  ASSERT_EQ(second.metrics_size(), 1);
  EXPECT_EQ(second.metrics(0).step(), 3);
}

TEST_F(RowsTest, FullLastPageHasNoToken) {
  for (const int64_t step : {1, 2}) AddMetric(step);
  v1::ListJobMetricsResponse response;
  EXPECT_EQ(*Read(2, "", response), "");
}

TEST_F(RowsTest, TokenIsBoundToItsParent) {
  for (const int64_t step : {1, 2}) AddMetric(step);
  v1::ListJobMetricsResponse response;
  const auto token = Read(1, "", response);
  const absl::Status other = Read(1, *token, response, "jobs/b").status();
  EXPECT_EQ(DetailsOf(other).field_violations[0].first, "page_token");
}

TEST_F(RowsTest, RowThatCannotBeParsedIsSaidToBeCorrupt) {
  Add("7", "\xff\xff\xff");
  v1::ListJobMetricsResponse response;
  const absl::Status status = Read(0, "", response).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT");
  EXPECT_NE(std::string(status.message()).find("row 7 of jobs/a (metrics)"), std::string::npos);
}

}  // namespace
}  // namespace tunegate::resources
