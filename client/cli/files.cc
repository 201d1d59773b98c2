#include "client/cli/files.h"

#include <fcntl.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "common/errors.h"

namespace tunegate::cli {
namespace {

// What errno says about `path`.
absl::Status FileError(const std::string& path, std::string_view doing, int error) {
  std::string message = "'" + path + "' cannot be " + std::string(doing) + ": ";
  message.append(std::error_code(error, std::generic_category()).message());
  if (error == ENOENT) return NotFound("FILE_NOT_FOUND", message);
  if (error == EACCES || error == EPERM) return PermissionDenied("FILE_FORBIDDEN", message);
  return FailedPrecondition("FILE_UNUSABLE", message);
}

// Makes a file's bytes last, or the names in a folder.
absl::Status SyncPath(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return FileError(path, "synced", errno);
  const int error = fsync(file) == 0 ? 0 : errno;
  close(file);
  return error == 0 ? absl::OkStatus() : FileError(path, "synced", error);
}

// Keeps the first error of a textproto, where a person will start mending.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    if (line >= 0) {
      text_ = "line " + std::to_string(line + 1) + ", column " + std::to_string(column + 1) + ": ";
    }
    text_.append(message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<std::ifstream>> OpenFile(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return FileError(path, "read", EISDIR);
  errno = 0;
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!file->is_open()) return FileError(path, "read", errno != 0 ? errno : EIO);
  return file;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  TG_ASSIGN_OR_RETURN(auto file, OpenFile(path));
  std::string bytes{std::istreambuf_iterator<char>(*file), std::istreambuf_iterator<char>()};
  if (file->bad()) return FileError(path, "read", EIO);
  return bytes;
}

absl::Status ReadTextproto(const std::string& path, google::protobuf::Message* message) {
  TG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(text, message)) return absl::OkStatus();
  return InvalidArgument("BAD_TEXTPROTO", "'" + path + "' is no textproto of " +
                                              message->GetDescriptor()->full_name() + ": " +
                                              error.text());
}

absl::Status ReadJson(const std::string& path, google::protobuf::Message* message) {
  TG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const auto status = google::protobuf::util::JsonStringToMessage(text, message);
  if (status.ok()) return absl::OkStatus();
  return InvalidArgument("BAD_JSON",
                         "'" + path + "' is not the JSON expected: " + status.message().ToString());
}

std::string ToTextproto(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(message, &text);
  return text;
}

OutputFile::OutputFile(std::string path, std::string temporary)
    : path_(std::move(path)),
      temporary_(std::move(temporary)),
      file_(temporary_, std::ios::binary | std::ios::trunc) {}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return FileError(path, "written", EISDIR);
  errno = 0;
  std::unique_ptr<OutputFile> output(
      new OutputFile(path, path + ".part-" + std::to_string(getpid())));
  if (!output->file_.is_open()) return FileError(path, "written", errno != 0 ? errno : EIO);
  return output;
}

OutputFile::~OutputFile() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove(temporary_, ignored);
}

absl::Status OutputFile::Write(std::string_view bytes) {
  file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  size_ += static_cast<int64_t>(bytes.size());
  return file_ ? absl::OkStatus() : FileError(path_, "written", ENOSPC);
}

absl::Status OutputFile::Sync() {
  file_.close();
  if (file_.fail()) return FileError(path_, "written", ENOSPC);
  synced_ = true;
  return SyncPath(temporary_);
}

absl::Status OutputFile::Commit() {
  if (!synced_) file_.close();
  if (file_.fail()) return FileError(path_, "written", ENOSPC);
  std::error_code error;
  std::filesystem::rename(temporary_, path_, error);
  if (error) return FileError(path_, "written", error.value());
  committed_ = true;
  if (!synced_) return absl::OkStatus();
  const std::string folder = std::filesystem::path(path_).parent_path();
  return SyncPath(folder.empty() ? "." : folder);
}

}  // namespace tunegate::cli
