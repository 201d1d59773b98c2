#include "server/sandbox/jobs/job_request.h"

#include <gtest/gtest.h>

#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

class JobRequestTest : public ::testing::Test {
 protected:
  JobRequestTest() {
    const std::string directory = ::testing::TempDir() + "/job_request_test";
    RemoveAll(directory);
    files_ = *FileStore::Open(directory, RealClock());
    training_ = files_->Create("t", "fine-tune", "x")->id;
  }
  json::Value Body() const {
    return json::Object({{"model", "gpt-4o-mini"}, {"training_file", training_}});
  }
  absl::StatusOr<Job> Read(const std::string& member, json::Value value) const {
    json::Value body = Body();
    body.Set(member, std::move(value));
    return ReadJobRequest(body, *files_);
  }
  // The parameter that the refusal names; "" when it is accepted.
  std::string Refused(const std::string& member, const std::string& value) const {
    const auto job = Read(member, *json::Parse(value));
    return job.ok() ? "" : DetailsOf(job.status()).field_violations.front().first;
  }

  std::unique_ptr<FileStore> files_;
  std::string training_;
};

TEST_F(JobRequestTest, MinimalRequestLeavesAllToUs) {
  const auto job = ReadJobRequest(Body(), *files_);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_FALSE(job->hyperparameters.n_epochs.has_value());
  EXPECT_EQ(job->seed, 0);
}

TEST_F(JobRequestTest, BothPlacesOfHyperparametersAreRead) {
  const json::Value parameters =
      *json::Parse(R"({"n_epochs":4,"batch_size":"auto","learning_rate_multiplier":0.5})");
  EXPECT_EQ(Read("hyperparameters", parameters)->hyperparameters.n_epochs, 4);
  const auto job = Read(
      "method", json::Object({{"type", "supervised"},
                              {"supervised", json::Object({{"hyperparameters", parameters}})}}));
  EXPECT_EQ(job->hyperparameters.learning_rate_multiplier, 0.5);
  EXPECT_FALSE(job->hyperparameters.batch_size.has_value());
}

TEST_F(JobRequestTest, RefusalsNameTheParameter) {
  EXPECT_EQ(Refused("model", R"("gpt-9")"), "model");
  EXPECT_EQ(Refused("model", R"("ft:gpt-4o-mini:sandbox::1")"), "model");
  EXPECT_EQ(Refused("model", "null"), "model");
  EXPECT_EQ(Refused("training_file", R"("file-none")"), "training_file");
  EXPECT_EQ(Refused("validation_file", R"("file-none")"), "validation_file");
  EXPECT_EQ(Refused("seed", "-1"), "seed");
  EXPECT_EQ(Refused("seed", "2147483648"), "seed");
  EXPECT_EQ(Refused("suffix", "\"" + std::string(65, 'x') + "\""), "suffix");
  EXPECT_EQ(Refused("metadata", "[]"), "metadata");
  EXPECT_EQ(Refused("metadata", R"({"k":1})"), "metadata.k");
  EXPECT_EQ(Refused("method", R"({"type":"dpo"})"), "method.type");
  EXPECT_EQ(Refused("method", R"({"type":"x"})"), "method.type");
}

TEST_F(JobRequestTest, HyperparametersHaveRanges) {
  for (const char* bad : {R"({"n_epochs":0})", R"({"n_epochs":51})", R"({"n_epochs":1.5})",
                          R"({"n_epochs":"three"})"}) {
    EXPECT_EQ(Refused("hyperparameters", bad), "hyperparameters.n_epochs") << bad;
  }
  EXPECT_EQ(Refused("hyperparameters", R"({"batch_size":257})"), "hyperparameters.batch_size");
  EXPECT_EQ(Refused("hyperparameters", R"({"learning_rate_multiplier":0})"),
            "hyperparameters.learning_rate_multiplier");
}

TEST_F(JobRequestTest, FilesMustBeForFineTuning) {
  const std::string batch = files_->Create("b", "batch", "x")->id;
  EXPECT_EQ(Refused("training_file", "\"" + batch + "\""), "training_file");
}

}  // namespace
}  // namespace tunegate::sandbox
