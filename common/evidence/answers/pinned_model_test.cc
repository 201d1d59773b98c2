#include "common/evidence/answers/pinned_model.h"

#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

TEST(PinnedModelTest, DatedSnapshotsAndFineTunedModelsStayWhatTheyAre) {
  for (const char* model : {"gpt-4o-mini-2024-07-18", "gpt-4.1-2025-04-14", "ft:gpt-4o-mini:a:b:1",
                            "ft:x", "m-2030-12-31"}) {
    EXPECT_TRUE(IsPinnedModel(model)) << model;
  }
}

TEST(PinnedModelTest, AliasesAndWhatOnlyLooksLikeADateMove) {
  for (const char* model :
       {"", "gpt-4o-mini", "sandbox-keyword-1", "ft:", "-2024-07-18", "2024-07-18", "m-2024-13-01",
        "m-2024-00-10", "m-2024-01-32", "m-2024-01-00", "m-2024-7-18", "m-20240718", "m_2024-07-18",
        "m-2024-07-18-latest", "m-2024-07-1x", "left:m"}) {
    EXPECT_FALSE(IsPinnedModel(model)) << model;
  }
}

}  // namespace
}  // namespace tunegate::evaluations
