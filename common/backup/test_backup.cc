#include "common/backup/test_backup.h"

#include <algorithm>
#include <memory>

#include "common/digest.h"
#include "gtest/gtest.h"

namespace tunegate::backup {
namespace {

const absl::Time kTime = absl::FromUnixSeconds(1800000000);

std::vector<std::pair<std::string, std::string>> Sorted(const std::vector<std::string>& blobs) {
  std::vector<std::pair<std::string, std::string>> sorted;
  for (const std::string& bytes : blobs) sorted.emplace_back(Sha256Hex(bytes), bytes);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace

ByteSource SourceOf(std::string bytes) {
  auto left = std::make_shared<std::string>(std::move(bytes));
  return [left](char* buffer, size_t size) -> absl::StatusOr<size_t> {
    const size_t taken = std::min({size, left->size(), size_t{1000}});
    left->copy(buffer, taken);
    left->erase(0, taken);
    return taken;
  };
}

std::string MakeTar(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string archive;
  TarWriter writer([&](std::string_view bytes) {
    archive.append(bytes);
    return absl::OkStatus();
  });
  for (const auto& [name, bytes] : files) {
    EXPECT_TRUE(writer.BeginFile(name, static_cast<int64_t>(bytes.size()), kTime).ok());
    EXPECT_TRUE(writer.Write(bytes).ok());
  }
  EXPECT_TRUE(writer.Finish().ok());
  return archive;
}

Manifest MakeManifest(std::string_view database, const std::vector<std::string>& blobs) {
  Manifest manifest;
  manifest.software_version = "1.2.3";
  manifest.schema_version = 4;
  manifest.create_time = kTime;
  manifest.position = 1841;
  manifest.database_bytes = static_cast<int64_t>(database.size());
  manifest.database_sha256 = Sha256Hex(database);
  std::string digests;
  for (const auto& [sha256, bytes] : Sorted(blobs)) {
    digests += sha256 + "\n";
    manifest.blob_bytes += static_cast<int64_t>(bytes.size());
    ++manifest.blob_count;
  }
  manifest.blobs_sha256 = Sha256Hex(digests);
  return manifest;
}

std::string MakeBackup(std::string_view database, const std::vector<std::string>& blobs) {
  std::vector<std::pair<std::string, std::string>> files = {
      {kManifestName, WriteManifest(MakeManifest(database, blobs))},
      {kDatabaseName, std::string(database)}};
  for (const auto& [sha256, bytes] : Sorted(blobs)) files.emplace_back(BlobName(sha256), bytes);
  return MakeTar(files);
}

}  // namespace tunegate::backup
