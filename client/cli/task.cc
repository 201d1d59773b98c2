#include "client/cli/task.h"

#include <istream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/facts.h"
#include "client/cli/files.h"
#include "client/cli/format.h"
#include "client/cli/nouns.h"
#include "client/cli/printable.h"
#include "client/cli/session.h"
#include "client/cli/table.h"
#include "client/client.h"
#include "common/errors.h"
#include "common/evidence/answers/graders/make_grader.h"
#include "common/statistics/parts_per_million.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {
namespace {

using v1::Task;

// More lines say nothing new about a task's fields, and the server takes no more.
constexpr int kMostLines = 10000;

std::string KindText(const Task::Field& field) {
  switch (field.kind_case()) {
    case Task::Field::kCategory:
      return "one of " + Counted(field.category().values_size(), "value");
    case Task::Field::kSet:
      if (field.set().values().empty()) return "any set of texts";
      return "any of " + Counted(field.set().values_size(), "value");
    case Task::Field::kText:
      return "free text";
    case Task::Field::kNumber:
      return "a number";
    case Task::Field::kJson:
      return "any JSON";
    case Task::Field::KIND_NOT_SET:
      break;
  }
  return "unknown kind";
}

std::string ValuesText(const Task::Field& field) {
  std::string text;
  const auto& values = field.has_set() ? field.set().values() : field.category().values();
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

// What a grader has of its own: its pattern, its metric, its tolerances.
std::string GraderDetail(const Task::Grader& grader) {
  switch (grader.kind_case()) {
    case Task::Grader::kNumeric:
      return absl::StrCat(" (within ", grader.numeric().absolute_tolerance(), " or ",
                          ShortPercent(grader.numeric().relative_tolerance()), ")");
    case Task::Grader::kRegularExpression:
      if (grader.regular_expression().pattern().empty()) return " (the right answer)";
      return absl::StrCat(" (", grader.regular_expression().pattern(), ")");
    case Task::Grader::kTextSimilarity: {
      const auto metric = grader.text_similarity().metric();
      if (metric == Task::Grader::TextSimilarity::METRIC_UNSPECIFIED) return " (fuzzy_match)";
      const std::string name = Task::Grader::TextSimilarity::Metric_Name(metric);
      return absl::StrCat(" (", absl::AsciiStrToLower(absl::StripPrefix(name, "METRIC_")), ")");
    }
    case Task::Grader::kOpenaiJson:
      return absl::StrCat(" (", grader.openai_json(), ")");
    default:
      return "";
  }
}

// "grader text_similarity (rouge_l), right from 0.6", with what the kind's own way is where the
// task says nothing.
std::string GraderText(const Task& task, const Task::Field& field) {
  std::vector<graders::GraderFault> faults;
  const graders::FieldGrader made = graders::MakeGrader(task, field, faults);
  if (made.grader == nullptr) return "grader that this tunegate does not know";
  return absl::StrCat("grader ", std::string(made.grader->name()), GraderDetail(field.grader()),
                      ", right from ", stats::FromPartsPerMillion(made.pass_ppm));
}

void PrintTask(Session& session, const Task& task) {
  Facts facts(0);
  facts.Add(task.name(), task.display_name().empty() ? "task" : task.display_name());
  facts.Add("language", task.language_code()).Add("generator", task.generator());
  facts.Add("prompt", task.system_prompt());
  for (const Task::Field& field : task.fields()) {
    Line line(KindText(field));
    if (field.scored())
      line.Add(field.headline() ? ", scored, headline" : ", scored", Style::kGood);
    facts.AddLine(field.id().empty() ? "(bare text)" : field.id(), line);
    facts.Add("", ValuesText(field));
    facts.Add("", GraderText(task, field));
  }
  if (task.has_create_time()) facts.Add("created", DateAndTime(ToTime(task.create_time())));
  facts.Next(task.generator().empty()
                 ? "tunegate dataset import FILE --task " + task.name() + " --split train"
                 : "tunegate dataset generate --task " + task.name());
  facts.Print(session.out(), session.terminal());
}

void ReadLines(std::istream& in, v1::InferTaskRequest* request) {
  std::string line;
  while (request->lines_size() < kMostLines && std::getline(in, line)) {
    if (line.ends_with("\r")) line.pop_back();
    if (!line.empty()) request->add_lines(line);
  }
}

}  // namespace

absl::StatusOr<Ending> TaskInfer::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::InferTaskRequest request;
  if (file == "-") {
    ReadLines(session.in(), &request);
  } else {
    TG_ASSIGN_OR_RETURN(const auto opened, OpenFile(file));
    ReadLines(*opened, &request);
  }
  TG_ASSIGN_OR_RETURN(const v1::InferTaskResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  // The draft is data for a file; on a terminal it must do no harm either.
  const std::string draft = ToTextproto(response.task());
  session.out() << (session.terminal().interactive ? PrintableLines(draft) : draft);
  for (const std::string& note : response.notes()) {
    session.err() << "check: " << Printable(note) << "\n";
  }
  session.err() << "next: save the draft as my.textproto, edit it, then\n"
                   "      tunegate task create my.textproto --id my\n";
  return Ending::kDone;
}

absl::StatusOr<Ending> TaskCreate::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::CreateTaskRequest request;
  TG_RETURN_IF_ERROR(ReadTextproto(file, request.mutable_task()));
  request.set_task_id(id);
  request.set_validate_only(dry_run);
  TG_ASSIGN_OR_RETURN(const v1::CreateTaskResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
  } else if (dry_run) {
    session.out() << "the task is fine; nothing was stored\n";
  } else {
    PrintTask(session, response.task());
  }
  return Ending::kDone;
}

absl::StatusOr<Ending> TaskList::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListTasksRequest request;
  FillList(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListTasksResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  Table table({{"NAME"}, {"LANGUAGE"}, {"FIELDS", true}, {"GENERATOR"}, {"TITLE"}, {"CREATED"}});
  for (const Task& task : response.tasks()) {
    const std::string created =
        task.has_create_time() ? DateAndTime(ToTime(task.create_time())) : "built in";
    table.Row({task.name(), task.language_code(), std::to_string(task.fields_size()),
               task.generator(), task.display_name(), created});
  }
  table.Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate task list");
  return Ending::kDone;
}

absl::StatusOr<Ending> TaskShow::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetTaskRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::GetTaskResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
  } else {
    PrintTask(session, response.task());
  }
  return Ending::kDone;
}

void AddTask(Parser& parser) {
  NounSpec& noun = parser.Noun("task", "What a model is to learn");
  auto [infer, i] = noun.Verb<TaskInfer>(
      "infer",
      "Drafts a task from your own examples: textproto on stdout, what to check on stderr");
  infer.Argument("FILE", "chat JSONL, 10 to 10,000 lines are read; - for standard input",
                 Text(&i.file));
  infer.Example("tunegate task infer my.jsonl > my.textproto");

  auto [create, c] = noun.Verb<TaskCreate>("create", "Stores a task; it never changes afterwards");
  create.Argument("FILE", "textproto of tunegate.v1.Task", Text(&c.file));
  create.Option("--id", "ID", "its id; the server makes one otherwise", Text(&c.id));
  create.Flag("--dry-run", "check it and store nothing", &c.dry_run);

  auto [list, l] = noun.Verb<TaskList>("list", "Lists tasks, the built-in ones included");
  DeclareList(list, l.list);

  auto [show, s] = noun.Verb<TaskShow>("show", "Shows a task");
  show.Argument("NAME", "the task", Name(&s.name, "tasks"));
}

}  // namespace tunegate::cli
