// TarWriter, TarReader: POSIX tar archives (ustar; pax headers only where a file is larger than
// ustar can say) as streams of bytes, over libarchive. Memory stays small, however large the files.
//
//   TarWriter writer(sink);
//   TG_RETURN_IF_ERROR(writer.BeginFile("a.txt", 5, time));
//   TG_RETURN_IF_ERROR(writer.Write("hello"));
//   TG_RETURN_IF_ERROR(writer.Finish());
//
// Not thread-safe. The only files that include libarchive's headers are tar_writer.cc and
// tar_reader.cc.
#ifndef TUNEGATE_COMMON_BACKUP_TAR_H_
#define TUNEGATE_COMMON_BACKUP_TAR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

struct archive;

namespace tunegate::backup {

// Takes the next bytes. An error ends the writing with that error.
using ByteSink = std::function<absl::Status(std::string_view bytes)>;
// Fills the start of `buffer`; how many bytes, 0 at the end. An error ends the reading with that
// error.
using ByteSource = std::function<absl::StatusOr<size_t>(char* buffer, size_t size)>;

class TarWriter {
 public:
  explicit TarWriter(ByteSink sink);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // The file before must have all its bytes: INTERNAL (TAR_FAILED) otherwise, here and in Finish.
  absl::Status BeginFile(const std::string& name, int64_t size, absl::Time modify_time);
  // The file's next bytes. INTERNAL (TAR_FAILED) for more than its size.
  absl::Status Write(std::string_view bytes);
  // Writes the archive's end. Without it the archive stays cut off, and can be told to be.
  absl::Status Finish();

 private:
  // What a call of libarchive's has come to, and what its bytes did.
  absl::Status StatusOf(bool written) const;
  absl::Status CheckComplete() const;
  static long Pass(struct archive* archive, void* writer, const void* bytes, size_t size);

  const ByteSink sink_;
  struct archive* const archive_;
  absl::Status sunk_;  // the sink's first failure
  std::string name_;   // of the file that is being written
  int64_t left_ = 0;   // of its bytes
};

// One file of an archive.
struct TarEntry {
  std::string name;
  int64_t size = 0;
  bool is_file = false;  // and no link, directory or device
};

// Every method returns FAILED_PRECONDITION (BACKUP_DAMAGED) for what is no tar archive, or a
// damaged or truncated one.
class TarReader {
 public:
  explicit TarReader(ByteSource source);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // The next entry; nullopt at the archive's end. Skips what was not read of the one before.
  absl::StatusOr<std::optional<TarEntry>> Next();
  // The entry's next bytes, valid until the next call; empty at its end.
  absl::StatusOr<std::string_view> Read();

 private:
  absl::Status Failure() const;
  static long Fill(struct archive* archive, void* reader, const void** bytes);

  const ByteSource source_;
  struct archive* const archive_;
  absl::Status sourced_;
  bool opened_ = false;
  std::string input_;
  std::string output_;
};

}  // namespace tunegate::backup

#endif  // TUNEGATE_COMMON_BACKUP_TAR_H_
