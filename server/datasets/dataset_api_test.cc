// What callers can do with datasets: generate, import, list, export, delete.
#include "server/datasets/dataset_api.h"

#include <string>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::datasets {
namespace {

class DatasetApiTest : public jobs::JobTest {
 protected:
  DatasetApiTest() : datasets_(&repository_, &providers_) {}

  static v1::ImportDatasetRequest::ImportSpec Spec(const std::string& id = "mine") {
    v1::ImportDatasetRequest::ImportSpec spec;
    spec.mutable_dataset()->set_task("tasks/product_intent");
    spec.mutable_dataset()->set_split(v1::Dataset::SPLIT_TRAIN);
    spec.set_file_name("mine.jsonl");
    spec.set_dataset_id(id);
    return spec;
  }
  absl::StatusOr<v1::ImportDatasetResponse> Import(const v1::ImportDatasetRequest::ImportSpec& spec,
                                                   const std::string& bytes) {
    const auto import = datasets_.StartImport({});
    v1::ImportDatasetRequest first;
    *first.mutable_spec() = spec;
    TG_RETURN_IF_ERROR(import->Take(first));
    for (size_t i = 0; i < bytes.size(); i += 100) {
      v1::ImportDatasetRequest piece;
      piece.set_chunk(bytes.substr(i, 100));
      TG_RETURN_IF_ERROR(import->Take(piece));
    }
    return import->Finish();
  }
  // The first `count` examples that the generator makes: of a form that is valid.
  std::string Lines(int count) {
    v1::GenerateDatasetsRequest request;
    request.set_id_prefix("source");
    request.set_request_id("source");
    EXPECT_TRUE(datasets_.GenerateDatasets({}, request).ok());
    const std::string bytes = *store_.GetBlob(ShaOf("datasets/source-train"));
    size_t end = 0;
    for (int i = 0; i < count; ++i) end = bytes.find('\n', end) + 1;
    return bytes.substr(0, end);
  }
  std::string ShaOf(const std::string& name) {
    v1::GetDatasetRequest request;
    request.set_name(name);
    return datasets_.GetDataset({}, request)->dataset().sha256();
  }
  static std::string Field(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    return details.field_violations.empty() ? "" : details.field_violations[0].first;
  }

  DatasetApi datasets_;
};

TEST_F(DatasetApiTest, ThreeSplitsAreGeneratedAtOnce) {
  v1::GenerateDatasetsRequest request;
  request.set_id_prefix("shop");
  const auto made = datasets_.GenerateDatasets({}, request);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->train().name(), "datasets/shop-train");
  EXPECT_EQ(made->train().example_count(), 400);
  EXPECT_EQ(made->validation().example_count(), 60);
  EXPECT_EQ(made->test().example_count(), 100);
  EXPECT_EQ(made->test().split(), v1::Dataset::SPLIT_TEST);
  EXPECT_EQ(made->train().state(), v1::Dataset::STATE_READY);
}

TEST_F(DatasetApiTest, RepeatedGenerationGivesTheSameDatasets) {
  v1::GenerateDatasetsRequest request;
  request.set_request_id("r1");
  const auto first = datasets_.GenerateDatasets({}, request);
  const auto again = datasets_.GenerateDatasets({}, request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->test().name(), again->test().name());
}

TEST_F(DatasetApiTest, PrefixIsCheckedAsAnId) {
  v1::GenerateDatasetsRequest request;
  request.set_id_prefix("Shop");
  EXPECT_EQ(Field(datasets_.GenerateDatasets({}, request).status()), "id_prefix");
  request.set_id_prefix("s" + std::string(55, 'x'));
  EXPECT_EQ(Field(datasets_.GenerateDatasets({}, request).status()), "id_prefix");
}

TEST_F(DatasetApiTest, ImportKeepsTheFileByteForByte) {
  const std::string lines = Lines(20);
  const auto imported = Import(Spec(), lines);
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->dataset().name(), "datasets/mine");
  EXPECT_EQ(imported->dataset().state(), v1::Dataset::STATE_READY);
  EXPECT_EQ(imported->dataset().example_count(), 20);
  EXPECT_EQ(*store_.GetBlob(imported->dataset().sha256()), lines);
  EXPECT_TRUE(datasets_.ExportFile("datasets/mine").ok());
}

TEST_F(DatasetApiTest, EveryFaultOfAFileIsAFinding) {
  const auto imported = Import(Spec(), Lines(20) + "{not json\n[]\n");
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_EQ(imported->dataset().state(), v1::Dataset::STATE_INVALID);
  EXPECT_GE(imported->dataset().error_count(), 2);
  v1::ListFindingsRequest request;
  request.set_parent("datasets/mine");
  const auto findings = datasets_.ListFindings({}, request);
  ASSERT_TRUE(findings.ok());
  ASSERT_GE(findings->findings_size(), 2);
  EXPECT_EQ(findings->findings(0).line(), 21);
}

TEST_F(DatasetApiTest, RepeatedImportGivesTheSameDataset) {
  const std::string lines = Lines(20);
  v1::ImportDatasetRequest::ImportSpec spec = Spec("");
  spec.set_request_id("r1");
  const auto first = Import(spec, lines);
  const auto again = Import(spec, lines);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->dataset().name(), again->dataset().name());
}

TEST_F(DatasetApiTest, ImportKeepsItsBytesWhenTheirLastDatasetIsDeletedMeanwhile) {
  const std::string lines = Lines(20);
  ASSERT_TRUE(Import(Spec("first"), lines).ok());
  bool deleted = false;
  // Between the import's bytes and its commit.
  store_.before_commit = [&](const store::Transaction&) {
    if (std::exchange(deleted, true)) return absl::OkStatus();
    v1::DeleteDatasetRequest request;
    request.set_name("datasets/first");
    EXPECT_TRUE(datasets_.DeleteDataset({}, request).ok());
    RunDue();
    return absl::OkStatus();
  };
  const auto second = Import(Spec("second"), lines);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_TRUE(deleted);
  const auto bytes = store_.GetBlob(second->dataset().sha256());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, lines);
}

TEST_F(DatasetApiTest, RepeatedImportOfOtherBytesIsRefused) {
  v1::ImportDatasetRequest::ImportSpec spec = Spec("");
  spec.set_request_id("r1");
  ASSERT_TRUE(Import(spec, Lines(20)).ok());
  EXPECT_EQ(DetailsOf(Import(spec, Lines(21)).status()).reason, "REQUEST_ID_REUSED");
}

TEST_F(DatasetApiTest, PiecesOutOfOrderAreRefused) {
  v1::ImportDatasetRequest spec;
  *spec.mutable_spec() = Spec();
  v1::ImportDatasetRequest chunk;
  chunk.set_chunk("x");
  EXPECT_EQ(Field(datasets_.StartImport({})->Take(chunk)), "spec");
  EXPECT_EQ(Field(datasets_.StartImport({})->Finish().status()), "spec");
  const auto import = datasets_.StartImport({});
  ASSERT_TRUE(import->Take(spec).ok());
  EXPECT_EQ(Field(import->Take(spec)), "spec");
}

TEST_F(DatasetApiTest, UnknownTaskIsRefusedBeforeTheFirstByte) {
  v1::ImportDatasetRequest request;
  *request.mutable_spec() = Spec();
  request.mutable_spec()->mutable_dataset()->set_task("tasks/none");
  EXPECT_TRUE(absl::IsNotFound(datasets_.StartImport({})->Take(request)));
}

TEST_F(DatasetApiTest, ImportThatIsNotFinishedLeavesNothing) {
  const auto before = store_.ReadSnapshot({"datasets"})->records.size();
  {
    const auto import = datasets_.StartImport({});
    v1::ImportDatasetRequest request;
    *request.mutable_spec() = Spec();
    ASSERT_TRUE(import->Take(request).ok());
    request.set_chunk("x");
    ASSERT_TRUE(import->Take(request).ok());
  }
  EXPECT_EQ(store_.ReadSnapshot({"datasets"})->records.size(), before);
}

TEST_F(DatasetApiTest, DatasetsAreFilteredByTask) {
  v1::ListDatasetsRequest request;
  request.set_filter("task = tasks/product_intent");
  EXPECT_EQ(datasets_.ListDatasets({}, request)->datasets_size(), 3);
  request.set_filter("task = tasks/other");
  EXPECT_EQ(datasets_.ListDatasets({}, request)->datasets_size(), 0);
}

TEST_F(DatasetApiTest, DeleteWantsTheEtagThatWasRead) {
  v1::DeleteDatasetRequest request;
  request.set_name("datasets/train");
  request.set_etag("7");
  EXPECT_EQ(DetailsOf(datasets_.DeleteDataset({}, request).status()).reason, "ETAG_MISMATCH");
  request.set_etag("1");
  EXPECT_TRUE(datasets_.DeleteDataset({}, request).ok());
  request.clear_etag();
  EXPECT_TRUE(datasets_.DeleteDataset({}, request).ok()) << "twice does no harm";
}

}  // namespace
}  // namespace tunegate::datasets
