#include "client/cli/dataset.h"

#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "client/cli/dataset_screen.h"
#include "client/cli/files.h"
#include "client/cli/format.h"
#include "client/cli/names.h"
#include "client/cli/nouns.h"
#include "client/cli/usage.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/dataset.pb.h"

namespace tunegate::cli {
namespace {

using v1::Dataset;
using v1::ImportDatasetRequest;

// "text=user": the last '=' divides, so that a column's header may have one.
absl::Status ParseColumn(std::string_view flag, const std::string& typed,
                         ImportDatasetRequest::ImportSpec* spec) {
  const size_t equals = typed.rfind('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == typed.size()) {
    return UsageError(flag,
                      "expected COLUMN=TARGET with target user, assistant, system, a field's id or "
                      "label:KEY, got '" +
                          typed + "'");
  }
  auto* column = spec->add_columns();
  column->set_column(typed.substr(0, equals));
  column->set_target(typed.substr(equals + 1));
  return absl::OkStatus();
}

absl::Status ParseColumns(const DatasetImport& options, ImportDatasetRequest::ImportSpec* spec) {
  std::vector<std::string> listed;
  if (!options.columns.empty()) listed = absl::StrSplit(options.columns, ',');
  for (const std::string& typed : listed) TG_RETURN_IF_ERROR(ParseColumn("--columns", typed, spec));
  for (const std::string& typed : options.column) {
    TG_RETURN_IF_ERROR(ParseColumn("--column", typed, spec));
  }
  return absl::OkStatus();
}

ImportDatasetRequest::Format ParseFormat(const std::string& typed) {
  if (typed == "jsonl") return ImportDatasetRequest::FORMAT_CHAT_JSONL;
  if (typed == "csv") return ImportDatasetRequest::FORMAT_CSV;
  if (typed == "tsv") return ImportDatasetRequest::FORMAT_TSV;
  return ImportDatasetRequest::FORMAT_UNSPECIFIED;
}

// For verbs that answer with one dataset.
absl::StatusOr<Ending> ShowDataset(Session& session, const google::protobuf::Message& response,
                                   const Dataset& dataset) {
  if (session.json()) {
    session.PrintJson(response);
  } else {
    DatasetFacts(dataset).Print(session.out(), session.terminal());
  }
  return Ending::kDone;
}

}  // namespace

void FillGenerate(const GenerateOptions& options, v1::GenerateSpec* spec) {
  spec->set_train_count(static_cast<int32_t>(options.train.value_or(0)));
  spec->set_validation_count(static_cast<int32_t>(options.validation.value_or(0)));
  spec->set_test_count(static_cast<int32_t>(options.test.value_or(0)));
  if (options.seed) spec->set_seed(*options.seed);
}

absl::StatusOr<Ending> DatasetGenerate::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GenerateDatasetsRequest request;
  request.set_task(task);
  request.set_id_prefix(id);
  FillGenerate(generate, request.mutable_spec());
  TG_ASSIGN_OR_RETURN(const v1::GenerateDatasetsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  google::protobuf::RepeatedPtrField<Dataset> datasets;
  for (const Dataset& dataset : {response.train(), response.validation(), response.test()}) {
    *datasets.Add() = dataset;
  }
  DatasetTable(datasets).Print(session.out(), session.terminal());
  // Beside the rows, which may go to another program.
  PrintNext(session.err(), Terminal(),
            "tunegate workflow run --train " + response.train().name() + " --validation " +
                response.validation().name() + " --test " + response.test().name());
  return Ending::kDone;
}

absl::Status DatasetImport::Check() const {
  ImportDatasetRequest::ImportSpec scratch;
  TG_RETURN_IF_ERROR(ParseColumns(*this, &scratch));
  if (format == "jsonl" && (scratch.columns_size() > 0 || headerless)) {
    return UsageError("--columns", "is for csv and tsv, not for jsonl");
  }
  return absl::OkStatus();
}

absl::StatusOr<Ending> DatasetImport::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  ImportDatasetRequest first;
  auto* spec = first.mutable_spec();
  FillNaming(naming, spec->mutable_dataset());
  spec->mutable_dataset()->set_task(task);
  Dataset::Split parsed = Dataset::SPLIT_UNSPECIFIED;
  Dataset::Split_Parse("SPLIT_" + absl::AsciiStrToUpper(split), &parsed);
  spec->mutable_dataset()->set_split(parsed);
  spec->set_dataset_id(naming.id);
  spec->set_format(ParseFormat(format));
  spec->set_headerless(headerless);
  TG_RETURN_IF_ERROR(ParseColumns(*this, spec));
  std::unique_ptr<std::ifstream> opened;
  if (file != "-") {
    TG_ASSIGN_OR_RETURN(opened, OpenFile(file));
    spec->set_file_name(std::filesystem::path(file).filename().string());
  }
  TG_ASSIGN_OR_RETURN(const v1::ImportDatasetResponse response,
                      client->ImportDataset(first, opened ? *opened : session.in()));
  const bool usable = response.dataset().state() == Dataset::STATE_READY;
  TG_RETURN_IF_ERROR(ShowDataset(session, response, response.dataset()).status());
  if (!session.json()) {
    for (const v1::Finding& finding : response.findings()) {
      for (const Line& line : FindingLines(finding, session.terminal().columns)) {
        session.out() << line.Render(session.terminal()) << "\n";
      }
    }
  }
  return usable ? Ending::kDone : Ending::kFailed;
}

absl::StatusOr<Ending> DatasetExport::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ExportDatasetRequest request;
  request.set_name(name);
  if (file.empty()) {
    TG_RETURN_IF_ERROR(client->ExportDataset(request, [&](std::string_view chunk) {
      session.out() << chunk;
      return absl::OkStatus();
    }));
    return Ending::kDone;
  }
  TG_ASSIGN_OR_RETURN(const auto output, OutputFile::Create(file));
  TG_RETURN_IF_ERROR(
      client->ExportDataset(request, [&](std::string_view chunk) { return output->Write(chunk); }));
  TG_RETURN_IF_ERROR(output->Commit());
  session.err() << "wrote " << file << ", " << Bytes(output->size()) << "\n";
  return Ending::kDone;
}

absl::StatusOr<Ending> DatasetUpload::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::UploadDatasetRequest request;
  request.set_name(name);
  request.set_provider(provider);
  TG_ASSIGN_OR_RETURN(const v1::UploadDatasetResponse response, client->Call(request));
  return ShowDataset(session, response, response.dataset());
}

absl::StatusOr<Ending> DatasetList::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListDatasetsRequest request;
  FillList(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListDatasetsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  DatasetTable(response.datasets()).Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate dataset list");
  return Ending::kDone;
}

absl::StatusOr<Ending> DatasetShow::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetDatasetRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::GetDatasetResponse response, client->Call(request));
  return ShowDataset(session, response, response.dataset());
}

absl::StatusOr<Ending> DatasetFindings::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListFindingsRequest request;
  request.set_parent(name);
  FillPaging(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListFindingsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  for (const v1::Finding& finding : response.findings()) {
    for (const Line& line : FindingLines(finding, session.terminal().columns)) {
      session.out() << line.Render(session.terminal()) << "\n";
    }
  }
  if (response.findings().empty()) session.err() << "no findings\n";
  PrintMore(session, response.next_page_token(), "tunegate dataset findings " + name);
  return Ending::kDone;
}

absl::Status DatasetDelete::Check() const {
  if (yes) return absl::OkStatus();
  return UsageError("--yes", "erases the bytes of " + name +
                                 " here and at the provider, for ever; add --yes to mean it");
}

absl::StatusOr<Ending> DatasetDelete::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::DeleteDatasetRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::DeleteDatasetResponse response, client->Call(request));
  return ShowDataset(session, response, response.dataset());
}

}  // namespace tunegate::cli
