// The declarations of `tunegate dataset`; what the verbs do is in dataset.cc.
#include "client/cli/dataset.h"
#include "client/cli/nouns.h"

namespace tunegate::cli {
namespace {

constexpr int64_t kMostExamples = 1'000'000;

void AddMaking(NounSpec& noun) {
  auto [generate, g] = noun.Verb<DatasetGenerate>(
      "generate", "Makes training, validation and test sets at once, disjoint by construction");
  generate.Option("--task", "TASK", "tasks/product_intent by default", Name(&g.task, "tasks"));
  DeclareGenerate(generate, "", g.generate);
  generate.Option("--id", "PREFIX", "names become PREFIX-train, PREFIX-validation, PREFIX-test",
                  Text(&g.id));
  generate.Example("tunegate dataset generate --seed 1 --id nov");

  auto [import, i] = noun.Verb<DatasetImport>(
      "import", "Takes a file of your own; says every error with its line and remedy");
  import.Argument("FILE", "JSONL in chat format, CSV or TSV; - for standard input", Text(&i.file));
  import.Option("--task", "TASK", "the task whose examples these are", Name(&i.task, "tasks"))
      .Required();
  import
      .Option("--split", "train|validation|test", "what it may be used for; test is never uploaded",
              Choice(&i.split, {"train", "validation", "test"}))
      .Required();
  import.Option("--format", "jsonl|csv|tsv", "otherwise by the file's ending, then its bytes",
                Choice(&i.format, {"jsonl", "csv", "tsv"}));
  import.Option("--columns", "COLUMN=TARGET,...",
                "for csv and tsv; targets: user, assistant, system, a field's id, label:KEY",
                Text(&i.columns));
  import.Option("--column", "COLUMN=TARGET",
                "one of them; may be repeated, for headers with commas", TextList(&i.column));
  import.Flag("--headerless", "the table has no header line; columns are 1, 2 ...", &i.headerless);
  DeclareNaming(import, i.naming);
  import.Example("tunegate dataset import mine.jsonl --task product_intent --split test --id mine");
  import.Example(
      "tunegate dataset import t.tsv --task intents --split train --columns "
      "text=user,label=intent");
}

void AddRelabel(NounSpec& noun) {
  auto [relabel, r] = noun.Verb<DatasetRelabel>(
      "relabel",
      "Makes a new version with the labels that were put right; the old one stays as it is");
  relabel.Argument("NAME", "the dataset that was evaluated", Name(&r.name, "datasets"));
  relabel
      .Option(
          "--answers", "FILE",
          "from `tunegate eval disputed`, with #1, #2 ... or an answer in full in `right`; what "
          "is left empty keeps its label",
          Text(&r.answers_file))
      .Required();
  DeclareNaming(relabel, r.naming);
  relabel.Example("tunegate dataset relabel nov-test --answers disputed.tsv --id nov-test-2");
}

void AddUsing(NounSpec& noun) {
  auto [exporting, e] = noun.Verb<DatasetExport>("export", "Gives the bytes back");
  exporting.Argument("NAME", "the dataset", Name(&e.name, "datasets"));
  exporting.Option("-o", "FILE", "write to it, whole or not at all; standard output otherwise",
                   Text(&e.file));

  auto [upload, u] = noun.Verb<DatasetUpload>("upload", "Sends the file to the provider");
  upload.Argument("NAME", "the dataset", Name(&u.name, "datasets"));
  upload.Option("--provider", "NAME", "the server's default otherwise", Text(&u.provider));
  upload.Example("tunegate dataset upload nov-train");

  auto [remove, d] = noun.Verb<DatasetDelete>(
      "delete", "Erases its bytes here and at the provider; name, digest and figures stay");
  remove.Argument("NAME", "the dataset", Name(&d.name, "datasets"));
  remove.Flag("--yes", "I mean it", &d.yes);
}

void AddLooking(NounSpec& noun) {
  auto [list, l] = noun.Verb<DatasetList>("list", "Lists datasets, newest first");
  DeclareList(list, l.list);

  auto [show, s] = noun.Verb<DatasetShow>("show", "Shows a dataset");
  show.Argument("NAME", "the dataset", Name(&s.name, "datasets"));

  auto [findings, f] =
      noun.Verb<DatasetFindings>("findings", "Lists what validation found, by line");
  findings.Argument("NAME", "the dataset", Name(&f.name, "datasets"));
  DeclarePaging(findings, f.list);
}

}  // namespace

void DeclareGenerate(VerbSpec& verb, const std::string& suffix, GenerateOptions& options) {
  verb.Option("--train" + suffix, "N", "training examples to generate; 400 by default",
              Whole(&options.train, 10, kMostExamples));
  verb.Option("--validation" + suffix, "N", "validation examples to generate; 60 by default",
              Whole(&options.validation, 1, kMostExamples));
  verb.Option("--test" + suffix, "N", "test examples to generate; 100 by default",
              Whole(&options.test, 1, kMostExamples));
  verb.Option("--seed", "N", "the same one gives the same bytes; 1 by default",
              Whole(&options.seed, INT64_MIN, INT64_MAX));
}

void AddDataset(Parser& parser) {
  NounSpec& noun = parser.Noun("dataset", "Examples to train on and to judge with");
  AddMaking(noun);
  AddRelabel(noun);
  AddUsing(noun);
  AddLooking(noun);
}

}  // namespace tunegate::cli
