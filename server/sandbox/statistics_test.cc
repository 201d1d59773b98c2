#include "server/sandbox/statistics.h"

#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

TEST(StatisticsTest, CountsByRouteAndStatus) {
  Statistics statistics;
  statistics.Count("GET /files", 200, false);
  statistics.Count("GET /files", 503, true);
  statistics.Count("GET /files", 0, true);
  statistics.Count("", 404, false);
  EXPECT_EQ(json::Write(statistics.Report()),
            R"({"requests":4,"routes":{"GET /files":{"requests":3,"faults":2,"statuses":)"
            R"({"reset":1,"200":1,"503":1}},"unknown":{"requests":1,"faults":0,"statuses":)"
            R"({"404":1}}}})");
}

}  // namespace
}  // namespace tunegate::sandbox
