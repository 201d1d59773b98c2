#include "server/datasets/dataset_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::datasets {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using Request = v1::ImportDatasetRequest;

const v1::Task& ProductIntent() { return *tasks::FindBuiltInTask("tasks/product_intent"); }

v1::Task BareTask() {
  return *tasks::ParseTaskText(R"(
    name: "tasks/desk" system_prompt: "Etiqueta la consulta." language_code: "es"
    fields { scored: true headline: true
             category { values: "billing.refund" values: "shipping.delay" values: "smalltalk.bye" } })");
}

v1::Task JsonTask() {
  return *tasks::ParseTaskText(R"(
    name: "tasks/j" system_prompt: "S"
    fields { id: "intent" scored: true category { values: "BUY" values: "ASK" } }
    fields { id: "tags" set {} }
    fields { id: "note" text {} })");
}

Request::ImportSpec Spec(v1::Dataset::Split split, const std::string& file_name,
                         const std::vector<std::pair<std::string, std::string>>& columns = {},
                         bool headerless = false) {
  Request::ImportSpec spec;
  spec.mutable_dataset()->set_split(split);
  spec.set_file_name(file_name);
  spec.set_headerless(headerless);
  for (const auto& [column, target] : columns) {
    auto* mapping = spec.add_columns();
    mapping->set_column(column);
    mapping->set_target(target);
  }
  return spec;
}

std::vector<std::string> Rules(const BuiltDataset& built) {
  std::vector<std::string> rules;
  for (const v1::Finding& finding : built.findings) rules.push_back(finding.rule());
  return rules;
}

// label, tab, utterance: as people keep such files.
constexpr char kBareTsv[] =
    "billing.refund\tquiero que me devuelvan el dinero\n"
    "billing.refund\t¿cómo pido un reembolso?\n"
    "billing.refund\tme han cobrado dos veces\n"
    "billing.refund\tdevolvedme el importe\n"
    "shipping.delay\tmi paquete no llega\n"
    "shipping.delay\t¿dónde está mi pedido?\n"
    "shipping.delay\tel \"urgente\" lleva tres días de retraso\n"
    "smalltalk.bye\thasta luego\n"
    "smalltalk.bye\tadiós, gracias\n"
    "smalltalk.bye\tnos vemos\n";

TEST(BuildFromBytes, BareLabelTsvBecomesChatExamples) {
  const auto built = BuildFromBytes(
      BareTask(),
      Spec(v1::Dataset::SPLIT_TRAIN, "own.tsv", {{"1", "assistant"}, {"2", "user"}}, true),
      kBareTsv);
  ASSERT_TRUE(built.ok()) << built.status();
  EXPECT_THAT(Rules(*built), IsEmpty());
  EXPECT_EQ(built->description.example_count, 10);
  EXPECT_THAT(built->description.distribution,
              ElementsAre(Pair("label=billing.refund", 4), Pair("label=shipping.delay", 3),
                          Pair("label=smalltalk.bye", 3)));
  EXPECT_EQ(built->sha256, Sha256Hex(built->jsonl));
  EXPECT_EQ(built->queries.size(), 10u);
  const auto examples = ReadExamples(built->jsonl);
  ASSERT_TRUE(examples.ok());
  EXPECT_EQ(examples->front().system, "Etiqueta la consulta.");
  EXPECT_EQ(examples->front().expected, "billing.refund");
  EXPECT_EQ((*examples)[6].query, "el \"urgente\" lleva tres días de retraso");
}

TEST(BuildFromBytes, UnknownLabelIsFoundOnItsLineOfTheTable) {
  const auto built = BuildFromBytes(
      BareTask(),
      Spec(v1::Dataset::SPLIT_TRAIN, "own.tsv", {{"1", "assistant"}, {"2", "user"}}, true),
      std::string("\n") + kBareTsv + "smaltalk.bye\tchao\n");
  ASSERT_TRUE(built.ok());
  ASSERT_THAT(Rules(*built), ElementsAre("UNKNOWN_VALUE"));
  EXPECT_EQ(built->findings[0].line(), 12);
  EXPECT_EQ(built->error_count, 1);
}

TEST(BuildFromBytes, CsvFieldsMakeAJsonAnswer) {
  const auto built = BuildFromBytes(JsonTask(),
                                    Spec(v1::Dataset::SPLIT_TEST, "f.csv",
                                         {{"Consulta", "user"},
                                          {"Intención", "intent"},
                                          {"tags", "tags"},
                                          {"src", "label:source"}}),
                                    "Consulta,Intención,tags,src\n\"hola, ¿tenéis pan?\",ASK,pan; "
                                    "barra ;,web\nquiero dos,BUY,,\n");
  ASSERT_TRUE(built.ok()) << built.status();
  EXPECT_THAT(Rules(*built), IsEmpty());
  const auto examples = ReadExamples(built->jsonl);
  ASSERT_EQ(examples->size(), 2u);
  EXPECT_EQ((*examples)[0].expected, R"({"intent":"ASK","tags":["pan","barra"],"note":""})");
  EXPECT_THAT((*examples)[0].slices, ElementsAre(Pair("source", "web")));
  EXPECT_THAT((*examples)[1].slices, IsEmpty());
}

v1::Task OrderTask() {
  return *tasks::ParseTaskText(R"(
    name: "tasks/orders" system_prompt: "S"
    fields { id: "total" scored: true number {} grader { numeric { absolute_tolerance: 0.01 } } }
    fields { id: "address" scored: true json {} })");
}

TEST(BuildFromBytes, CellsOfNumbersAndJsonAreReadAsThat) {
  const auto built = BuildFromBytes(
      OrderTask(), Spec(v1::Dataset::SPLIT_TEST, "f.csv"),
      "user,total,address\nuno, 12.50 ,\"{\"\"zip\"\": \"\"08001\"\"}\"\ndos,-3e2,null\n");
  ASSERT_TRUE(built.ok()) << built.status();
  EXPECT_THAT(Rules(*built), IsEmpty());
  const auto examples = ReadExamples(built->jsonl);
  ASSERT_EQ(examples->size(), 2u);
  EXPECT_EQ((*examples)[0].expected, R"({"total":12.5,"address":{"zip":"08001"}})");
  EXPECT_EQ((*examples)[1].expected, R"({"total":-300.0,"address":null})");
}

TEST(BuildFromBytes, CellsThatAreNoNumberOrJsonAreFoundByLineAndColumn) {
  const auto built = BuildFromBytes(OrderTask(), Spec(v1::Dataset::SPLIT_TEST, "f.csv"),
                                    "user,total,address\naño,\"12,50\",null\ndos,nan,null\n"
                                    "tres,,null\ncuatro,4,{\ncinco,5,\nseis,\"6\",[]\n");
  ASSERT_TRUE(built.ok()) << built.status();
  EXPECT_THAT(Rules(*built), ElementsAre("NOT_A_NUMBER", "NOT_A_NUMBER", "EMPTY_CELL",
                                         "CELL_NOT_JSON", "EMPTY_CELL"));
  EXPECT_EQ(built->findings[0].line(), 2);
  EXPECT_EQ(built->findings[0].column(), 5);
  EXPECT_EQ(built->findings[0].path(), "total");
  EXPECT_THAT(built->findings[0].message(), HasSubstr("'12,50' is no number"));
  EXPECT_THAT(built->findings[0].remedy(), HasSubstr("decimal point"));
  EXPECT_EQ(built->findings[3].line(), 5);
  EXPECT_EQ(built->findings[3].column(), 10);
  EXPECT_THAT(built->findings[3].message(), HasSubstr("line 1, column 2"));
  EXPECT_EQ(built->description.example_count, 1);
}

TEST(BuildFromBytes, HeaderMayNameTheTargets) {
  const auto built = BuildFromBytes(JsonTask(), Spec(v1::Dataset::SPLIT_TEST, "f.csv"),
                                    "id,user,intent\n1,hola,ASK\n2,dame,BUY\n");
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(Rules(*built), IsEmpty());
  EXPECT_EQ(built->description.example_count, 2);
}

TEST(BuildFromBytes, TrainingFilesKeepNoLabels) {
  std::string table = "user,intent,label:source\n";
  for (int i = 0; i < 10; ++i)
    absl::StrAppend(&table, "q", i, i % 2 == 0 ? ",ASK" : ",BUY", ",web\n");
  const auto built = BuildFromBytes(JsonTask(), Spec(v1::Dataset::SPLIT_TRAIN, "f.csv"), table);
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(Rules(*built), ElementsAre("LABELS_DROPPED"));
  EXPECT_EQ(built->jsonl.find("metadata"), std::string::npos);
}

TEST(BuildFromBytes, EveryBadRowIsFoundAndLeftOut) {
  const auto built = BuildFromBytes(JsonTask(), Spec(v1::Dataset::SPLIT_TEST, "f.csv"),
                                    "user,intent\nuno,BUY\ndos\n,BUY\ncuatro,\ncin\xE9o,"
                                    "BUY\n\"seis\"x,BUY\nsiete,ASK\n\"ocho,BUY\n");
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(Rules(*built), ElementsAre("CELL_COUNT", "EMPTY_CELL", "EMPTY_CELL", "INVALID_UTF8",
                                         "TEXT_AFTER_QUOTE", "QUOTE_NOT_CLOSED"));
  std::vector<int64_t> lines;
  for (const v1::Finding& finding : built->findings) lines.push_back(finding.line());
  EXPECT_THAT(lines, ElementsAre(3, 4, 5, 6, 7, 9));
  EXPECT_EQ(built->description.example_count, 2);
}

TEST(BuildFromBytes, ColumnsThatAreNotThereAreFindings) {
  const auto missing = BuildFromBytes(
      JsonTask(), Spec(v1::Dataset::SPLIT_TEST, "f.csv", {{"text", "user"}, {"2", "intent"}}),
      "query,intent\nuno,BUY\n");
  EXPECT_THAT(Rules(*missing), ElementsAre("COLUMN_MISSING", "NO_EXAMPLES"));
  EXPECT_THAT(missing->findings[0].message(), HasSubstr("'text'; it has 2: query, intent"));
  const auto twice = BuildFromBytes(JsonTask(), Spec(v1::Dataset::SPLIT_TEST, "f.csv"),
                                    "user,user,intent\nuno,dos,BUY\n");
  EXPECT_THAT(Rules(*twice), ElementsAre("COLUMN_TWICE", "NO_EXAMPLES"));
  const auto unmapped =
      BuildFromBytes(JsonTask(), Spec(v1::Dataset::SPLIT_TEST, "f.csv"), "user,answer\nuno,BUY\n");
  EXPECT_THAT(Rules(*unmapped), ElementsAre("TARGET_MISSING", "NO_EXAMPLES"));
}

TEST(BuildFromBytes, ChatJsonlIsKeptByteForByte) {
  std::string file;
  for (int i = 0; i < 10; ++i) {
    absl::StrAppend(&file, "{ \"messages\" : [ {\"role\":\"user\",\"content\":\"q", i,
                    "\"},{\"content\":\"", i % 2 == 0 ? "billing.refund" : "smalltalk.bye",
                    "\",\"role\":\"assistant\"} ] }\r\n");
  }
  const auto built = BuildFromBytes(BareTask(), Spec(v1::Dataset::SPLIT_TRAIN, ""), file);
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(built->jsonl, file);
  EXPECT_EQ(built->error_count, 0);
  EXPECT_THAT(Rules(*built), ElementsAre("OTHER_SYSTEM_PROMPT", "VALUE_NEVER_USED"));
  EXPECT_EQ(built->warning_count, 2);
}

TEST(CheckImportSpec, FaultsNameTheirFields) {
  const auto fields = [](const Request::ImportSpec& spec) {
    std::vector<std::string> names;
    for (const auto& [field, what] :
         DetailsOf(CheckImportSpec(JsonTask(), spec)).field_violations) {
      names.push_back(field);
    }
    return names;
  };
  constexpr auto kTest = v1::Dataset::SPLIT_TEST;
  EXPECT_THAT(fields(Spec(v1::Dataset::SPLIT_UNSPECIFIED, "")), ElementsAre("spec.dataset.split"));
  EXPECT_THAT(fields(Spec(kTest, "", {}, true)), ElementsAre("spec.columns"));
  EXPECT_THAT(
      fields(Spec(kTest, "", {{"a", "usr"}, {"", "user"}, {"b", "user"}})),
      ElementsAre("spec.columns[0].target", "spec.columns[1].column", "spec.columns[2].target"));
  EXPECT_THAT(fields(Spec(kTest, "", {{"a", "user"}})), ElementsAre("spec.columns"));
  EXPECT_THAT(fields(Spec(kTest, "", {{"a", "user"}, {"2", "assistant"}}, true)),
              ElementsAre("spec.columns[0].column"));
  EXPECT_THAT(fields(Spec(kTest, "", {{"a", "user"}, {"b", "intent"}})), IsEmpty());
}

// A change of prompt, words or families changes these on purpose; anything else must not.
TEST(GenerateSplits, SeedOneGivesTheseBytes) {
  const auto splits = GenerateSplits(ProductIntent(), {});
  ASSERT_TRUE(splits.ok()) << splits.status();
  EXPECT_EQ(splits->train.sha256,
            "15b89792513307228d3e01c837fe7304dbbb0a22ba0784c7166815db48759f7c");
  EXPECT_EQ(splits->validation.sha256,
            "ef512cd737eb0581c4184bde667cd9a64612fee230b0e5d72712bd369b439d50");
  EXPECT_EQ(splits->test.sha256,
            "208e4c364c21c9e11886736d2114c8ca245a348362b1499e44c8ab75187992f6");
}

TEST(GenerateSplits, SplitsAreValidAndDisjoint) {
  const auto splits = GenerateSplits(ProductIntent(), {});
  ASSERT_TRUE(splits.ok());
  for (const BuiltDataset* built : {&splits->train, &splits->validation, &splits->test}) {
    EXPECT_EQ(built->error_count, 0) << built->findings[0].ShortDebugString();
    EXPECT_EQ(built->source, "generator:product_intent seed=1");
  }
  EXPECT_EQ(splits->train.warning_count, 0) << splits->train.findings[0].ShortDebugString();
  EXPECT_EQ(splits->test.warning_count, 0) << splits->test.findings[0].ShortDebugString();
  EXPECT_THAT(splits->train.description.distribution, Contains(Pair("intent_type=GIFT", 180)));
  for (const BuiltDataset* other : {&splits->train, &splits->validation}) {
    EXPECT_THAT(FindLeakage(splits->test.jsonl, v1::Dataset::SPLIT_TEST, other->queries,
                            "datasets/x", v1::Dataset::SPLIT_TRAIN),
                IsEmpty());
  }
}

TEST(GenerateSplits, OnlyTestSetsCarrySlices) {
  const auto splits = GenerateSplits(ProductIntent(), {});
  ASSERT_TRUE(splits.ok());
  EXPECT_EQ(splits->train.jsonl.find("metadata"), std::string::npos);
  EXPECT_EQ(splits->validation.jsonl.find("metadata"), std::string::npos);
  const auto examples = ReadExamples(splits->test.jsonl);
  ASSERT_TRUE(examples.ok());
  for (const Example& example : *examples) {
    EXPECT_THAT(example.slices,
                ElementsAre(Pair("case", ::testing::_), Pair("family", ::testing::_),
                            Pair("noise", ::testing::_), Pair("region", ::testing::_)));
  }
}

TEST(GenerateSplits, AnswersHaveTheGuidesFieldsInOrder) {
  const auto splits = GenerateSplits(ProductIntent(), {});
  const auto examples = ReadExamples(splits->train.jsonl);
  for (const Example& example : *examples) {
    size_t at = 0;
    for (const char* member :
         {"{\"intent_type\":\"", "\",\"category\":\"", "\",\"budget_tier\":\"",
          "\",\"recipient\":\"", "\",\"context_tags\":[\"", "\"],\"priority_features\":[\""}) {
      at = example.expected.find(member, at);
      ASSERT_NE(at, std::string::npos) << example.expected;
    }
  }
}

TEST(GenerateSplits, BadRequestsSayWhy) {
  const auto reason = [](const v1::Task& task, int train, int validation, int test) {
    v1::GenerateSpec spec;
    spec.set_train_count(train);
    spec.set_validation_count(validation);
    spec.set_test_count(test);
    return DetailsOf(GenerateSplits(task, spec).status());
  };
  EXPECT_EQ(reason(BareTask(), 0, 0, 0).reason, "NO_GENERATOR");
  EXPECT_THAT(reason(ProductIntent(), 9, 0, 0).field_violations,
              ElementsAre(Pair("spec.train_count", "expected 10 to 10000")));
  EXPECT_THAT(reason(ProductIntent(), 10, 3, 0).field_violations,
              ElementsAre(Pair("spec.validation_count", "expected 10 to 2000")));
  EXPECT_THAT(reason(ProductIntent(), 10, 10, -1).field_violations,
              ElementsAre(Pair("spec.test_count", "expected 1 to 5000")));
  v1::Task other = ProductIntent();
  other.mutable_fields(0)->mutable_category()->set_values(0, "PRESENT");
  EXPECT_EQ(reason(other, 0, 0, 0).reason, "GENERATOR_MISMATCH");
}

TEST(GenerateSplits, AnotherPromptMayBeTrainedOnTheSameQueries) {
  v1::Task other = ProductIntent();
  other.set_system_prompt("Clasifica.");
  const auto mine = GenerateSplits(other, {});
  ASSERT_TRUE(mine.ok()) << mine.status();
  EXPECT_EQ(mine->train.queries, GenerateSplits(ProductIntent(), {})->train.queries);
  EXPECT_NE(mine->train.sha256, GenerateSplits(ProductIntent(), {})->train.sha256);
}

}  // namespace
}  // namespace tunegate::datasets
