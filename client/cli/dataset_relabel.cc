// tunegate dataset relabel: a new version of a dataset, with the labels that a person put right.
#include <filesystem>
#include <sstream>

#include "client/cli/dataset.h"
#include "client/cli/dataset_screen.h"
#include "client/cli/dispute_file.h"
#include "client/cli/files.h"
#include "client/cli/format.h"
#include "client/cli/relabel.h"
#include "client/cli/session.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {
namespace {

using v1::Dataset;

// Every fault, or OK.
absl::Status StatusOf(const std::string& file, const Faults& faults) {
  if (faults.empty()) return absl::OkStatus();
  Error error = InvalidArgument(
      "ANSWERS_INVALID",
      file + " cannot be used: " + Counted(static_cast<int64_t>(faults.size()), "fault") +
          "; nothing was imported");
  for (const auto& [where, what] : faults) error = std::move(error).Field(where, what);
  return error;
}

absl::StatusOr<std::string> Export(client::Client& client, const std::string& name) {
  v1::ExportDatasetRequest request;
  request.set_name(name);
  std::string bytes;
  TG_RETURN_IF_ERROR(client.ExportDataset(request, [&](std::string_view chunk) {
    bytes += chunk;
    return absl::OkStatus();
  }));
  return bytes;
}

// What the new version says of where it comes from.
v1::ImportDatasetRequest ImportOf(const DatasetRelabel& options, const Dataset& old,
                                  const Relabelled& relabelled) {
  v1::ImportDatasetRequest request;
  auto* spec = request.mutable_spec();
  spec->set_dataset_id(options.naming.id);
  spec->set_format(v1::ImportDatasetRequest::FORMAT_CHAT_JSONL);
  spec->set_file_name(old.name() + " with " + Count(relabelled.changed) + " of " +
                      Counted(relabelled.example_count, "label") + " changed by " +
                      std::filesystem::path(options.answers_file).filename().string());
  Dataset* dataset = spec->mutable_dataset();
  dataset->set_task(old.task());
  dataset->set_split(old.split());
  *dataset->mutable_labels() = old.labels();
  FillNaming(options.naming, dataset);
  (*dataset->mutable_labels())["relabelled_from"] = old.name();
  return request;
}

}  // namespace

absl::Status DatasetRelabel::Check() const {
  return DisputeFormatOf("--answers", answers_file).status();
}

absl::StatusOr<Ending> DatasetRelabel::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(const DisputeFormat format, DisputeFormatOf("--answers", answers_file));
  TG_ASSIGN_OR_RETURN(const std::string answers, ReadFile(answers_file));
  Faults faults;
  const std::vector<Dispute> rulings = ReadDisputes(answers, format, faults);
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetDatasetRequest get;
  get.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::GetDatasetResponse old, client->Call(get));
  v1::GetTaskRequest get_task;
  get_task.set_name(old.dataset().task());
  TG_ASSIGN_OR_RETURN(const v1::GetTaskResponse task, client->Call(get_task));
  TG_ASSIGN_OR_RETURN(const std::string jsonl, Export(*client, name));
  TG_ASSIGN_OR_RETURN(const Relabelled relabelled, Relabel(task.task(), jsonl, rulings, faults));
  TG_RETURN_IF_ERROR(StatusOf(answers_file, faults));
  if (relabelled.changed == 0) {
    return InvalidArgument("NOTHING_CHANGED",
                           answers_file + " changes no label: " + Count(relabelled.confirmed) +
                               " confirmed, " + Count(relabelled.open) +
                               " left empty; there is nothing to make a new version of");
  }
  std::istringstream bytes(relabelled.jsonl);
  TG_ASSIGN_OR_RETURN(const v1::ImportDatasetResponse made,
                      client->ImportDataset(ImportOf(*this, old.dataset(), relabelled), bytes));
  const bool usable = made.dataset().state() == Dataset::STATE_READY;
  if (session.json()) {
    session.PrintJson(made);
  } else {
    DatasetFacts(made.dataset()).Print(session.out(), session.terminal());
    for (const v1::Finding& finding : made.findings()) {
      for (const Line& line : FindingLines(finding, session.terminal().columns)) {
        session.out() << line.Render(session.terminal()) << "\n";
      }
    }
  }
  session.err() << Counted(relabelled.changed, "label") << " changed, "
                << Count(relabelled.confirmed) << " confirmed, " << Count(relabelled.open)
                << " left open; " << name << " is as it was\n";
  if (old.dataset().split() == Dataset::SPLIT_TEST) {
    session.err() << "judging by " << made.dataset().name()
                  << " is a further look at the same questions\n";
  }
  return usable ? Ending::kDone : Ending::kFailed;
}

}  // namespace tunegate::cli
