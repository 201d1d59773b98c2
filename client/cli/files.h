// Files that commands read and write. Errors name the file and the remedy; nothing half-written
// stays behind.
#ifndef TUNEGATE_CLIENT_CLI_FILES_H_
#define TUNEGATE_CLIENT_CLI_FILES_H_

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace tunegate::cli {

// The whole file. NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION for a directory.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Opened for reading in binary. Errors of ReadFile.
absl::StatusOr<std::unique_ptr<std::ifstream>> OpenFile(const std::string& path);

// The message of a textproto file. INVALID_ARGUMENT with line and column.
absl::Status ReadTextproto(const std::string& path, google::protobuf::Message* message);

// The message of a JSON file, by protobuf's rules. INVALID_ARGUMENT.
absl::Status ReadJson(const std::string& path, google::protobuf::Message* message);

// A textproto of the message for people to edit: valid UTF-8 stays readable.
std::string ToTextproto(const google::protobuf::Message& message);

// A file that appears whole, under its name, at Commit, or not at all. Not thread-safe.
class OutputFile {
 public:
  // PERMISSION_DENIED, NOT_FOUND (the folder).
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(const std::string& path);
  ~OutputFile();
  absl::Status Write(std::string_view bytes);
  // Makes what was written last, and its name with Commit; nothing can be written any more.
  absl::Status Sync();
  absl::Status Commit();
  // Where it is until Commit.
  const std::string& temporary() const { return temporary_; }
  int64_t size() const { return size_; }

 private:
  OutputFile(std::string path, std::string temporary);
  const std::string path_;
  const std::string temporary_;
  std::ofstream file_;
  int64_t size_ = 0;
  bool synced_ = false;
  bool committed_ = false;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_FILES_H_
