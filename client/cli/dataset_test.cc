#include "client/cli/dataset.h"

#include <filesystem>

#include "client/cli/files.h"
#include "client/cli/testing/cli_test.h"
#include "common/errors.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class DatasetTest : public CliTest {
 protected:
  void AnswerImport(std::string_view response) {
    server_.OnStream(
        "DatasetService/ImportDataset",
        [bytes = Proto<v1::ImportDatasetResponse>(response).SerializeAsString()](
            const client::FakeCall&) { return client::FakeReply{.messages = {bytes}}; });
  }
  // The spec that was sent.
  v1::ImportDatasetRequest::ImportSpec SentSpec() {
    const auto calls = server_.Calls("DatasetService/ImportDataset");
    v1::ImportDatasetRequest request;
    request.ParseFromString(calls.at(0).requests.at(0));
    return request.spec();
  }
  void AnswerExport(std::vector<std::string> chunks, absl::Status status = absl::OkStatus()) {
    server_.OnStream("DatasetService/ExportDataset", [=](const client::FakeCall&) {
      client::FakeReply reply;
      for (const std::string& chunk : chunks) {
        v1::ExportDatasetResponse piece;
        piece.set_chunk(chunk);
        reply.messages.push_back(piece.SerializeAsString());
      }
      reply.status = status;
      return reply;
    });
  }
};

TEST_F(DatasetTest, GenerateParsesCountsAndSeed) {
  const auto generate = ParseAs<DatasetGenerate>(
      {"dataset", "generate", "--train", "200", "--seed", "-7", "--id", "nov"});
  EXPECT_EQ(generate->generate.train, 200);
  EXPECT_EQ(generate->generate.seed, -7);
  EXPECT_EQ(generate->generate.test, std::nullopt);
  EXPECT_EQ(generate->id, "nov");
  EXPECT_THAT(UsageErrorOf({"dataset", "generate", "--train", "9"}),
              StartsWith("--train: expected a whole number from 10 to 1,000,000, got '9'"));
}

class RelabelVerbTest : public DatasetTest {
 protected:
  RelabelVerbTest() {
    server_.On<v1::GetDatasetRequest>([](const v1::GetDatasetRequest&) {
      return Proto<v1::GetDatasetResponse>(R"(dataset {
        name: "datasets/nov" task: "tasks/t" split: SPLIT_TEST state: STATE_READY
        labels { key: "team" value: "shop" } })");
    });
    server_.On<v1::GetTaskRequest>([](const v1::GetTaskRequest&) {
      return Proto<v1::GetTaskResponse>(
          R"(task { name: "tasks/t" fields { scored: true category { values: "A" values: "B" } } })");
    });
    AnswerExport({R"({"messages":[{"role":"user","content":"which?"},)",
                  R"({"role":"assistant","content":"A"}]})"
                  "\n"});
    AnswerImport(R"(dataset { name: "datasets/nov-2" split: SPLIT_TEST state: STATE_READY })");
  }
  Ran Relabel(const std::string& right) {
    return Run({"dataset", "relabel", "nov", "--id", "nov-2", "--answers",
                WriteFile("answers.tsv",
                          "example\tquery\tanswer #1\tanswer #2\tright\n"
                          "0000001\twhich?\tB\tA\t" +
                              right + "\n")});
  }
};

TEST_F(RelabelVerbTest, NewVersionSaysWhereItComesFromAndThatItIsAFurtherLook) {
  const Ran ran = Relabel("#1");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("1 label changed, 0 confirmed, 0 left open"));
  EXPECT_THAT(ran.err, HasSubstr("judging by datasets/nov-2 is a further look"));
  EXPECT_EQ(SentSpec().dataset_id(), "nov-2");
  EXPECT_EQ(SentSpec().file_name(), "datasets/nov with 1 of 1 label changed by answers.tsv");
  EXPECT_EQ(SentSpec().dataset().split(), v1::Dataset::SPLIT_TEST);
  EXPECT_EQ(SentSpec().dataset().labels().at("relabelled_from"), "datasets/nov");
  EXPECT_EQ(SentSpec().dataset().labels().at("team"), "shop");
}

TEST_F(RelabelVerbTest, NothingIsImportedWithAFaultOrWithoutAChange) {
  EXPECT_THAT(Relabel("C").err, HasSubstr("line 2: 'C' is neither #1 to #2"));
  EXPECT_THAT(Relabel("#2").err, HasSubstr("changes no label: 1 confirmed, 0 left empty"));
  EXPECT_THAT(Relabel("").err, HasSubstr("0 confirmed, 1 left empty"));
  EXPECT_TRUE(server_.Calls("DatasetService/ImportDataset").empty());
}

TEST_F(DatasetTest, ImportNeedsTaskAndSplitAndSaneColumns) {
  EXPECT_THAT(UsageErrorOf({"dataset", "import", "x.csv"}), StartsWith("--task: missing"));
  EXPECT_THAT(UsageErrorOf({"dataset", "import", "x.csv", "--task", "t", "--split", "dev"}),
              StartsWith("--split: expected train, validation or test, got 'dev'"));
  EXPECT_THAT(UsageErrorOf({"dataset", "import", "x.csv", "--task", "t", "--split", "test",
                            "--columns", "text"}),
              StartsWith("--columns: expected COLUMN=TARGET"));
}

TEST_F(DatasetTest, DeleteWantsToBeMeant) {
  EXPECT_THAT(UsageErrorOf({"dataset", "delete", "nov"}),
              StartsWith("--yes: erases the bytes of datasets/nov"));
  EXPECT_TRUE(ParseAs<DatasetDelete>({"dataset", "delete", "nov", "--yes"})->yes);
}

TEST_F(DatasetTest, GenerateListsTheThreeAndSaysWhatNext) {
  server_.On<v1::GenerateDatasetsRequest>([](const v1::GenerateDatasetsRequest&) {
    return Proto<v1::GenerateDatasetsResponse>(R"(
      train { name: "datasets/nov-train" split: SPLIT_TRAIN state: STATE_READY example_count: 400 }
      validation { name: "datasets/nov-validation" split: SPLIT_VALIDATION state: STATE_READY }
      test { name: "datasets/nov-test" split: SPLIT_TEST state: STATE_READY example_count: 100 })");
  });
  const Ran ran = Run({"dataset", "generate", "--seed", "3", "--id", "nov"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(Sent<v1::GenerateDatasetsRequest>().spec().seed(), 3);
  EXPECT_EQ(Sent<v1::GenerateDatasetsRequest>().id_prefix(), "nov");
  EXPECT_THAT(ran.out, StartsWith("datasets/nov-train\tREADY\ttrain\t400\t"));
  EXPECT_EQ(Lines(ran.out).size(), 3u);
  EXPECT_THAT(ran.err, HasSubstr("tunegate workflow run --train datasets/nov-train"));
  EXPECT_THAT(ran.err, HasSubstr(" \\\n"));
  EXPECT_THAT(ran.err, HasSubstr("--test datasets/nov-test"));
}

TEST_F(DatasetTest, ImportMapsColumnsAndReportsFindings) {
  AnswerImport(R"(
    dataset { name: "datasets/mine" split: SPLIT_TEST state: STATE_INVALID error_count: 1 }
    findings { line: 7 path: "messages[1].role" rule: "UNKNOWN_ROLE" severity: SEVERITY_ERROR
               message: "the role \"usr\" does not exist" remedy: "use user" })");
  const Ran ran =
      Run({"dataset", "import", WriteFile("mine.csv", "text,label\na,b\n"), "--task", "intents",
           "--split", "test", "--columns", "a=b=user,label=label:kind", "--column", "x,y=intent",
           "--headerless", "--format", "csv", "--label", "team=search"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  const auto spec = SentSpec();
  EXPECT_EQ(spec.dataset().task(), "tasks/intents");
  EXPECT_EQ(spec.dataset().split(), v1::Dataset::SPLIT_TEST);
  EXPECT_EQ(spec.dataset().labels().at("team"), "search");
  EXPECT_EQ(spec.file_name(), "mine.csv");
  EXPECT_EQ(spec.format(), v1::ImportDatasetRequest::FORMAT_CSV);
  EXPECT_TRUE(spec.headerless());
  ASSERT_EQ(spec.columns_size(), 3);
  EXPECT_EQ(spec.columns(2).column(), "x,y");
  EXPECT_EQ(spec.columns(0).column(), "a=b");
  EXPECT_EQ(spec.columns(0).target(), "user");
  EXPECT_THAT(ran.out, HasSubstr("line 7"));
  EXPECT_THAT(ran.out, HasSubstr("UNKNOWN_ROLE"));
  EXPECT_THAT(ran.out, HasSubstr("use user"));
  EXPECT_THAT(ran.out, HasSubstr("tunegate dataset findings datasets/mine"));
}

TEST_F(DatasetTest, ImportOfAMissingFileSendsNothing) {
  const Ran ran = Run({"dataset", "import", "/nowhere.jsonl", "--task", "t", "--split", "train"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("'/nowhere.jsonl' cannot be read"));
  EXPECT_TRUE(server_.Calls("DatasetService/ImportDataset").empty());
}

TEST_F(DatasetTest, ExportGivesTheBytesToStdoutOrAFile) {
  AnswerExport({"one\n", "two\n"});
  EXPECT_EQ(Run({"dataset", "export", "nov"}).out, "one\ntwo\n");
  const std::string path = "out.jsonl";
  const Ran ran = Run({"dataset", "export", "nov", "-o", path});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(*ReadFile(path), "one\ntwo\n");
  EXPECT_THAT(ran.err, HasSubstr("8 B"));
}

TEST_F(DatasetTest, ExportThatBreaksOffLeavesNoFile) {
  AnswerExport({"one\n"}, FailedPrecondition("DATASET_DELETED", "its bytes are erased"));
  const std::string path = "broken.jsonl";
  EXPECT_EQ(Run({"dataset", "export", "nov", "-o", path}).code, 64 + 9);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(DatasetTest, ShowNamesSourceSplitAndUploads) {
  server_.On<v1::GetDatasetRequest>([](const v1::GetDatasetRequest&) {
    return Proto<v1::GetDatasetResponse>(R"(
      dataset { name: "datasets/nov-test" task: "tasks/product_intent" split: SPLIT_TEST
                state: STATE_READY example_count: 100 size_bytes: 61200 opening_count: 1
                sources: "generator:product_intent seed=1" warning_count: 2
                distribution { key: "intent_type=GIFT" value: 20 }
                distribution { key: "intent_type=URGENT" value: 20 } })");
  });
  const Ran ran = RunOnTerminal({"dataset", "show", "nov-test"});
  EXPECT_THAT(WithoutColours(ran.out), HasSubstr("READY   test split of tasks/product_intent"));
  EXPECT_THAT(ran.out, HasSubstr("100 examples, 61 kB, 0 errors, 2 warnings"));
  EXPECT_THAT(ran.out, HasSubstr("GIFT 20, URGENT 20"));
  EXPECT_THAT(ran.out, HasSubstr("1 time; a test set is never uploaded"));
}

TEST_F(DatasetTest, FindingsListUploadAndDeleteAreWired) {
  server_.On<v1::ListFindingsRequest>(
      [](const v1::ListFindingsRequest&) { return v1::ListFindingsResponse(); });
  server_.On<v1::ListDatasetsRequest>(
      [](const v1::ListDatasetsRequest&) { return v1::ListDatasetsResponse(); });
  server_.On<v1::UploadDatasetRequest>(
      [](const v1::UploadDatasetRequest&) { return v1::UploadDatasetResponse(); });
  server_.On<v1::DeleteDatasetRequest>(
      [](const v1::DeleteDatasetRequest&) { return v1::DeleteDatasetResponse(); });
  EXPECT_THAT(Run({"dataset", "findings", "nov"}).err, HasSubstr("no findings"));
  EXPECT_EQ(Sent<v1::ListFindingsRequest>().parent(), "datasets/nov");
  EXPECT_EQ(Run({"dataset", "list", "--filter", "state = READY", "--oldest-first"}).code, 0);
  EXPECT_EQ(Sent<v1::ListDatasetsRequest>().filter(), "state = READY");
  EXPECT_EQ(Sent<v1::ListDatasetsRequest>().order_by(), "create_time");
  EXPECT_EQ(Run({"dataset", "upload", "nov", "--provider", "azure"}).code, 0);
  EXPECT_EQ(Sent<v1::UploadDatasetRequest>().provider(), "azure");
  EXPECT_EQ(Run({"dataset", "delete", "nov", "--yes"}).code, 0);
  EXPECT_EQ(Sent<v1::DeleteDatasetRequest>().name(), "datasets/nov");
}

}  // namespace
}  // namespace tunegate::cli
