// The verbs that copy what a server keeps, and make a data directory of such a copy again.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "client/cli/admin.h"
#include "client/cli/facts.h"
#include "client/cli/files.h"
#include "client/cli/format.h"
#include "client/cli/session.h"
#include "client/client.h"
#include "client/interrupt.h"
#include "common/backup/backup_reader.h"
#include "common/backup/unpack.h"
#include "common/errors.h"
#include "common/json.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::cli {
namespace {

// Gives the bytes of an archive until Ctrl-C.
absl::StatusOr<backup::ByteSource> OpenArchive(const std::string& path, Session& session) {
  TG_ASSIGN_OR_RETURN(auto opened, OpenFile(path));
  return [file = std::shared_ptr<std::ifstream>(std::move(opened)), path, &session](
             char* buffer, size_t size) -> absl::StatusOr<size_t> {
    if (session.interrupt().Triggered()) return absl::CancelledError("interrupted");
    file->read(buffer, static_cast<std::streamsize>(size));
    if (file->bad()) return Internal("INPUT_BROKEN", "'" + path + "' cannot be read to its end");
    return static_cast<size_t>(file->gcount());
  };
}

// What is in it is nobody else's business.
absl::Status KeepToOwner(const std::string& path) {
  using std::filesystem::perms;
  std::error_code error;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, error);
  if (!error) return absl::OkStatus();
  return FailedPrecondition("FILE_UNUSABLE",
                            "'" + path + "' cannot be kept from others: " + error.message());
}

absl::Status CheckIsNew(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return absl::OkStatus();
  return FailedPrecondition("FILE_EXISTS",
                            "'" + path + "' is there; --force replaces it with the new backup");
}

json::Value JsonOf(const backup::Manifest& manifest) {
  // As protobuf's JSON: 64-bit integers are strings.
  return json::Object({{"position", std::to_string(manifest.position)},
                       {"createTime", Rfc3339(manifest.create_time)},
                       {"softwareVersion", manifest.software_version},
                       {"schemaVersion", std::to_string(manifest.schema_version)},
                       {"blobCount", std::to_string(manifest.blob_count)}});
}

std::string Contents(const backup::Manifest& manifest) {
  return "the database (" + Bytes(manifest.database_bytes) + ") and " +
         Counted(manifest.blob_count, "blob") + " of datasets (" + Bytes(manifest.blob_bytes) + ")";
}

std::string Made(const backup::Manifest& manifest) {
  return DateAndTime(manifest.create_time) + " by tunegated " + manifest.software_version;
}

void PrintBackup(Session& session, const std::string& file, int64_t bytes,
                 const backup::Manifest& manifest) {
  if (session.json()) {
    json::Value told = JsonOf(manifest);
    told.Set("file", file).Set("bytes", std::to_string(bytes));
    session.out() << json::Write(told) << "\n";
    return;
  }
  Facts facts(0);
  facts.Add("backup", file + ", " + Bytes(bytes) + ", read back and found whole")
      .Add("has", Contents(manifest))
      .Add("position", Count(manifest.position))
      .Add("not in it", "keys: keep decision_key.pem of the data directory apart from it",
           Style::kWarning)
      .Next("tunegate admin restore " + file + " --data_dir DIR");
  facts.Print(session.out(), session.terminal());
}

void PrintRestored(Session& session, const std::string& directory,
                   const backup::Manifest& manifest) {
  if (session.json()) {
    json::Value told = JsonOf(manifest);
    told.Set("dataDir", directory);
    session.out() << json::Write(told) << "\n";
    return;
  }
  Facts facts(0);
  facts.Add("restored", directory + ": " + Contents(manifest))
      .Add("made", Made(manifest))
      .Add("position", Count(manifest.position))
      .Add("keys",
           "are not in backups: copy the old server's decision_key.pem to " + directory +
               " to go on with its chain of certificates; without it a new key begins to sign",
           Style::kWarning)
      .Add("first",
           "be sure that the old server is stopped for good: both would go on with the same work")
      .Add("watches",
           "that come with positions of the old log get OUT_OF_RANGE once, and start anew")
      .Next("tunegated --config FILE --data_dir " + directory);
  facts.Print(session.out(), session.terminal());
}

}  // namespace

absl::StatusOr<Ending> AdminBackup::Run(Session& session) const {
  if (!force) TG_RETURN_IF_ERROR(CheckIsNew(file));
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const auto output, OutputFile::Create(file));
  TG_RETURN_IF_ERROR(KeepToOwner(output->temporary()));
  TG_RETURN_IF_ERROR(client->CreateBackup(
      v1::CreateBackupRequest(), [&](std::string_view chunk) { return output->Write(chunk); }));
  TG_RETURN_IF_ERROR(output->Sync());
  // What counts is what lies on the disk, not what was sent.
  TG_ASSIGN_OR_RETURN(auto source, OpenArchive(output->temporary(), session));
  TG_ASSIGN_OR_RETURN(const backup::Manifest manifest,
                      backup::ReadBackup(std::move(source), nullptr));
  TG_RETURN_IF_ERROR(output->Commit());
  PrintBackup(session, file, output->size(), manifest);
  return Ending::kDone;
}

absl::StatusOr<Ending> AdminRestore::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(auto source, OpenArchive(file, session));
  TG_ASSIGN_OR_RETURN(const backup::Manifest manifest,
                      backup::UnpackBackup(std::move(source), data_dir));
  PrintRestored(session, data_dir, manifest);
  return Ending::kDone;
}

}  // namespace tunegate::cli
