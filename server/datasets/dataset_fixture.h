// DatasetTest: JobTest with short ways to upload and delete datasets.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_FIXTURE_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_FIXTURE_H_

#include <string>

#include "gtest/gtest.h"
#include "server/datasets/dataset_api.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/datasets/dataset_stepper.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::datasets {

inline constexpr absl::Duration kSettleTime = DatasetStepperOptions{}.settle_time;
// Of JobTest's datasets/train.
inline constexpr char kTrainBytes[] = "{\"messages\":[]}\n";

class DatasetTest : public jobs::JobTest {
 protected:
  using Effect = providers::FakeProvider::Effect;

  DatasetTest() : datasets_(&repository_, &providers_) {}

  absl::Status Upload(const std::string& name = "datasets/train") {
    v1::UploadDatasetRequest request;
    request.set_name(name);
    return datasets_.UploadDataset({}, request).status();
  }
  // Uploads it; the provider takes the file, and its answer is lost.
  void LoseAnUpload(const std::string& name = "datasets/train") {
    provider().FailNext("UploadFile", providers::FakeProvider::LostAnswer(), Effect::kDone);
    ASSERT_TRUE(Upload(name).ok());
    RunDue();
    ASSERT_EQ(FileOf(name).status(), kUploading);
  }
  absl::Status Delete(const std::string& name = "datasets/train") {
    v1::DeleteDatasetRequest request;
    request.set_name(name);
    return datasets_.DeleteDataset({}, request).status();
  }
  v1::Dataset Read(const std::string& name = "datasets/train") {
    v1::GetDatasetRequest request;
    request.set_name(name);
    const auto response = datasets_.GetDataset({}, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response->dataset();
  }
  v1::Dataset::ProviderFile FileOf(const std::string& name = "datasets/train") {
    const v1::Dataset dataset = Read(name);
    const auto* file = FindProviderFile(dataset, "fake");
    EXPECT_NE(file, nullptr);
    return file == nullptr ? v1::Dataset::ProviderFile() : *file;
  }

  DatasetApi datasets_;
};

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_FIXTURE_H_
