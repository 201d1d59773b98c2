#include "server/sandbox/models.h"

#include <gtest/gtest.h>

#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

class ModelStoreTest : public ::testing::Test {
 protected:
  ModelStoreTest() {
    RemoveAll(directory_);
    store_ = Open();
    const Classifier classifier = *Classifier::Create({{"a b", "x"}, {"c d", "y"}}, 1);
    EXPECT_TRUE(store_->SaveWeights("job-step-2", classifier).ok());
    EXPECT_TRUE(store_->Register("ft:m", "job-step-2", false).ok());
    EXPECT_TRUE(store_->Register("ft:m:ckpt-step-2", "job-step-2", true).ok());
  }
  std::unique_ptr<ModelStore> Open() { return *ModelStore::Open(directory_, clock_); }

  const std::string directory_ = ::testing::TempDir() + "/models_test";
  FakeClock clock_{absl::FromUnixSeconds(1000)};
  std::unique_ptr<ModelStore> store_;
};

TEST_F(ModelStoreTest, BaseNamesAreAnsweredByTheKeywordModel) {
  for (const char* name : {"sandbox-keyword-1", "gpt-4o-mini", "gpt-4.1-nano-2025-04-14"}) {
    EXPECT_EQ((*store_->Find(name))->name(), "sandbox-keyword-1") << name;
    EXPECT_TRUE(IsBaseModel(name));
  }
  EXPECT_FALSE(IsBaseModel("gpt-9"));
  EXPECT_EQ(DetailsOf(store_->Find("gpt-9").status()).reason, "model_not_found");
}

TEST_F(ModelStoreTest, TunedModelsAnswerUnderTheirNames) {
  EXPECT_EQ((*store_->Find("ft:m"))->name(), "ft:m");
  EXPECT_EQ((*store_->Find("ft:m:ckpt-step-2"))->name(), "ft:m:ckpt-step-2");
  EXPECT_EQ((*Open()->Find("ft:m"))->name(), "ft:m");
}

TEST_F(ModelStoreTest, CheckpointsAreReadButNotListed) {
  int tuned = 0;
  for (const json::Value& model : store_->List()) tuned += model["owned_by"].String() == "sandbox";
  EXPECT_EQ(tuned, 1);
  EXPECT_EQ((*store_->Get("ft:m:ckpt-step-2"))["created"].IntegerOr(0), 1000);
}

TEST_F(ModelStoreTest, WeightsGoWithTheLastName) {
  ASSERT_TRUE(store_->Delete("ft:m").ok());
  EXPECT_TRUE(absl::IsNotFound(store_->Delete("ft:m")));
  EXPECT_TRUE(Open()->Find("ft:m:ckpt-step-2").ok());
  ASSERT_TRUE(store_->Delete("ft:m:ckpt-step-2").ok());
  EXPECT_TRUE(ListDirectory(directory_, "")->empty());
}

TEST_F(ModelStoreTest, ModelsThatNobodyAsksLeaveMemoryAndComeBack) {
  const auto kept = *store_->Find("ft:m");
  for (int i = 0; i < kMostLoadedModels + 3; ++i) {
    const std::string name = "ft:other-" + std::to_string(i);
    ASSERT_TRUE(store_->Register(name, "job-step-2", false).ok());
    EXPECT_EQ((*store_->Find(name))->name(), name);
  }
  EXPECT_EQ(store_->LoadedCount(), kMostLoadedModels);
  EXPECT_EQ(kept->name(), "ft:m") << "whoever answers with it keeps it";
  EXPECT_EQ((*store_->Find("ft:m"))->name(), "ft:m");
}

TEST_F(ModelStoreTest, BaseModelsStay) {
  EXPECT_TRUE(absl::IsPermissionDenied(store_->Delete("gpt-4o")));
  EXPECT_TRUE(store_->Find("gpt-4o").ok());
}

TEST_F(ModelStoreTest, MissingWeightsAreReported) {
  RemoveAll(directory_ + "/job-step-2");
  EXPECT_TRUE(absl::IsInternal(store_->Find("ft:m").status()));
}

}  // namespace
}  // namespace tunegate::sandbox
