#include "client/cli/task.h"

#include "client/cli/testing/cli_test.h"
#include "common/errors.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {
namespace {

using testing::HasSubstr;

class TaskTest : public CliTest {};

constexpr char kTask[] = R"(
  name: "tasks/intents" language_code: "es" system_prompt: "Classify."
  fields { id: "intent" scored: true headline: true category { values: "A" values: "B" } }
  fields { id: "tags" set {} })";

TEST_F(TaskTest, InferWritesTheDraftToStdoutAndNotesToStderr) {
  server_.On<v1::InferTaskRequest>([](const v1::InferTaskRequest&) {
    v1::InferTaskResponse response;
    FromText(kTask, response.mutable_task());
    response.mutable_task()->clear_name();
    response.mutable_task()->set_system_prompt("Clasifica según la intención.");
    response.add_notes("tags has 2 values; is it a category?");
    return response;
  });
  const Ran ran = Run({"task", "infer", WriteFile("mine.jsonl", "{\"a\":1}\r\n\n{\"b\":2}\n")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Sent<v1::InferTaskRequest>().lines(), testing::ElementsAre("{\"a\":1}", "{\"b\":2}"));
  const auto draft = Proto<v1::Task>(ran.out);
  EXPECT_EQ(draft.fields_size(), 2);
  EXPECT_THAT(ran.out, HasSubstr("según la intención"));
  EXPECT_THAT(ran.err, HasSubstr("check: tags has 2 values"));
  EXPECT_THAT(ran.err, HasSubstr("tunegate task create my.textproto"));
}

TEST_F(TaskTest, InferReadsStandardInput) {
  server_.On<v1::InferTaskRequest>(
      [](const v1::InferTaskRequest&) { return v1::InferTaskResponse(); });
  input_ = "{\"a\":1}\n";
  EXPECT_EQ(Run({"task", "infer", "-"}).code, 0);
  EXPECT_EQ(Sent<v1::InferTaskRequest>().lines_size(), 1);
}

TEST_F(TaskTest, CreateSendsTheFile) {
  server_.On<v1::CreateTaskRequest>([](const v1::CreateTaskRequest& request) {
    v1::CreateTaskResponse response;
    *response.mutable_task() = request.task();
    return response;
  });
  const Ran ran = Run({"task", "create", WriteFile("my.textproto", kTask), "--id", "intents"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Sent<v1::CreateTaskRequest>().task_id(), "intents");
  EXPECT_EQ(Sent<v1::CreateTaskRequest>().task().fields(0).id(), "intent");
  EXPECT_THAT(ran.out, HasSubstr("one of 2 values, scored, headline"));
  EXPECT_THAT(ran.out, HasSubstr("tunegate dataset import FILE --task tasks/intents"));
}

TEST_F(TaskTest, ShowTellsEachFieldsGraderAndThreshold) {
  server_.On<v1::GetTaskRequest>([](const v1::GetTaskRequest&) {
    v1::GetTaskResponse response;
    FromText(R"(
      name: "tasks/tickets"
      fields { id: "kind" scored: true category { values: "A" values: "B" } }
      fields { id: "tags" set {} grader { set_f1 {} pass_threshold: 0.5 } }
      fields { id: "title" text {} }
      fields { id: "note" text {}
               grader { text_similarity { metric: METRIC_ROUGE_L } pass_threshold: 0.6 } }
      fields { id: "code" text {} grader { regular_expression { pattern: "^[A-Z]\\d+$" } } }
      fields { id: "total" number {} grader { numeric { absolute_tolerance: 0.5
                                                       relative_tolerance: 0.05 } } }
      fields { id: "order" json {} grader { json_subset {} } }
      fields { id: "reply" text {}
               grader { openai_json: '{"type":"text_similarity","input":"{{sample.output_text}}",'
                                     '"reference":"x","evaluation_metric":"bleu",'
                                     '"pass_threshold":0.7}' } })",
             response.mutable_task());
    return response;
  });
  const Ran ran = Run({"task", "show", "tickets"});
  for (const char* line :
       {"one of 2 values, scored\n            A, B\n            grader exact, right from 1",
        "grader set_f1, right from 0.5", "grader folded, right from 1",
        "grader text_similarity (rouge_l), right from 0.6",
        "grader regular_expression (^[A-Z]\\d+$), right from 1",
        "grader numeric (within 0.5 or 5 %), right from 1", "grader json_subset, right from 1",
        "right from 0.7"}) {
    EXPECT_THAT(ran.out, HasSubstr(line));
  }
}

TEST_F(TaskTest, BadTextprotoNamesLineAndSendsNothing) {
  const Ran ran = Run({"task", "create", WriteFile("bad.textproto", "fields {\n  idd: 1\n}")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("line 2"));
  EXPECT_TRUE(server_.Calls("TaskService/CreateTask").empty());
}

TEST_F(TaskTest, ListAndShowSpeakJsonToo) {
  server_.On<v1::ListTasksRequest>([](const v1::ListTasksRequest&) {
    v1::ListTasksResponse response;
    FromText(kTask, response.add_tasks());
    response.set_next_page_token("page-2");
    return response;
  });
  server_.On<v1::GetTaskRequest>([](const v1::GetTaskRequest&) {
    v1::GetTaskResponse response;
    FromText(kTask, response.mutable_task());
    return response;
  });
  const Ran table = RunOnTerminal({"task", "list", "--limit", "1"});
  EXPECT_EQ(Sent<v1::ListTasksRequest>().page_size(), 1);
  EXPECT_THAT(table.out, HasSubstr("tasks/intents"));
  EXPECT_THAT(table.err, HasSubstr("more: tunegate task list --page-token page-2"));
  EXPECT_TRUE(IsJsonLines(Run({"task", "list", "--output", "json"}).out));
  EXPECT_TRUE(IsJsonLines(Run({"task", "show", "intents", "--output", "json"}).out));
  EXPECT_EQ(Sent<v1::GetTaskRequest>().name(), "tasks/intents");
}

}  // namespace
}  // namespace tunegate::cli
