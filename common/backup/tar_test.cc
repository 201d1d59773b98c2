// What was written is read again; what is not a whole archive is told from it.
#include "common/backup/tar.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "common/backup/test_backup.h"
#include "common/errors.h"
#include "gtest/gtest.h"

namespace tunegate::backup {
namespace {

const absl::Time kTime = absl::FromUnixSeconds(1800000000);

absl::StatusOr<std::string> ReadEntry(TarReader& reader) {
  std::string bytes;
  while (true) {
    TG_ASSIGN_OR_RETURN(const std::string_view piece, reader.Read());
    if (piece.empty()) return bytes;
    bytes.append(piece);
  }
}

// "name=size" of all entries, or why not.
absl::StatusOr<std::string> ListOf(const std::string& archive) {
  TarReader reader(SourceOf(archive));
  std::string names;
  while (true) {
    TG_ASSIGN_OR_RETURN(const auto entry, reader.Next());
    if (!entry) return names;
    TG_ASSIGN_OR_RETURN(const std::string bytes, ReadEntry(reader));
    names += entry->name + "=" + std::to_string(bytes.size()) + " ";
  }
}

TEST(TarTest, FilesComeBackAsTheyWere) {
  const std::string large(700'001, 'x');
  const std::string archive = MakeTar({{"a", "hello"}, {"empty", ""}, {"b/c", large}});
  TarReader reader(SourceOf(archive));
  auto entry = reader.Next();
  ASSERT_TRUE(entry.ok() && *entry) << entry.status();
  EXPECT_EQ((*entry)->name, "a");
  EXPECT_EQ((*entry)->size, 5);
  EXPECT_TRUE((*entry)->is_file);
  EXPECT_EQ(*ReadEntry(reader), "hello");
  ASSERT_TRUE((*reader.Next())->name == "empty");
  ASSERT_TRUE((*reader.Next())->name == "b/c");
  EXPECT_EQ(*ReadEntry(reader), large);
  EXPECT_EQ(*reader.Next(), std::nullopt);
}

TEST(TarTest, SystemsOwnTarReadsIt) {
  const std::string path = testing::TempDir() + "/archive.tar";
  std::ofstream(path, std::ios::binary) << MakeTar({{"a", "hello"}, {"b/c", "there"}});
  EXPECT_EQ(std::system(("tar -tf " + path + " > " + path + ".list").c_str()), 0);
  std::ifstream list(path + ".list");
  const std::string names{std::istreambuf_iterator<char>(list), std::istreambuf_iterator<char>()};
  EXPECT_EQ(names, "a\nb/c\n");
}

TEST(TarTest, HeaderIsPlainUstar) {
  const std::string archive = MakeTar({{"a", "hello"}});
  EXPECT_EQ(archive.substr(257, 8), std::string("ustar\00000", 8));
  EXPECT_EQ(archive.size(), 512u + 512u + 1024u);
}

TEST(TarTest, SizesThatUstarCannotSayAreSaidAllTheSame) {
  std::string archive;
  TarWriter writer([&](std::string_view bytes) {
    archive.append(bytes);
    return absl::OkStatus();
  });
  const int64_t size = int64_t{20} << 30;
  ASSERT_TRUE(writer.BeginFile("large", size, kTime).ok());
  TarReader reader(SourceOf(archive));
  const auto entry = reader.Next();
  ASSERT_TRUE(entry.ok() && *entry) << entry.status();
  EXPECT_EQ((*entry)->size, size);
}

TEST(TarTest, FileOfAnotherSizeThanItsHeadersIsRefused) {
  TarWriter writer([](std::string_view) { return absl::OkStatus(); });
  ASSERT_TRUE(writer.BeginFile("a", 5, kTime).ok());
  EXPECT_EQ(DetailsOf(writer.Write("hello!")).reason, "TAR_FAILED");
  ASSERT_TRUE(writer.Write("hell").ok());
  EXPECT_EQ(DetailsOf(writer.BeginFile("b", 1, kTime)).reason, "TAR_FAILED");
  EXPECT_EQ(DetailsOf(writer.Finish()).reason, "TAR_FAILED");
}

TEST(TarTest, SinksErrorIsTheWriters) {
  TarWriter writer([](std::string_view) { return absl::Status(Unavailable("GONE", "no one")); });
  EXPECT_EQ(DetailsOf(writer.BeginFile("a", 5, kTime)).reason, "GONE");
}

TEST(TarTest, ArchiveThatWasGivenUpHasNoEnd) {
  std::string archive;
  {
    TarWriter writer([&](std::string_view bytes) {
      archive.append(bytes);
      return absl::OkStatus();
    });
    ASSERT_TRUE(writer.BeginFile("a", 5000, kTime).ok());
    ASSERT_TRUE(writer.Write(std::string(3000, 'x')).ok());
  }
  EXPECT_EQ(DetailsOf(ListOf(archive).status()).reason, "BACKUP_DAMAGED");
}

TEST(TarTest, CutArchivesAreTold) {
  const std::string archive = MakeTar({{"a", std::string(3000, 'x')}, {"b", "there"}});
  EXPECT_EQ(*ListOf(archive), "a=3000 b=5 ");
  for (const size_t size : {size_t{0}, size_t{100}, size_t{600}, size_t{3000}, size_t{3700}}) {
    EXPECT_EQ(DetailsOf(ListOf(archive.substr(0, size)).status()).reason, "BACKUP_DAMAGED") << size;
  }
}

TEST(TarTest, WhatIsNoArchiveIsTold) {
  EXPECT_EQ(DetailsOf(ListOf(std::string(2000, 'x')).status()).reason, "BACKUP_DAMAGED");
  std::string damaged = MakeTar({{"a", "hello"}});
  damaged[0] = 'b';  // its header has a check sum
  EXPECT_EQ(DetailsOf(ListOf(damaged).status()).reason, "BACKUP_DAMAGED");
}

TEST(TarTest, SourcesErrorIsTheReaders) {
  TarReader reader(
      [](char*, size_t) -> absl::StatusOr<size_t> { return absl::CancelledError("enough"); });
  EXPECT_TRUE(absl::IsCancelled(reader.Next().status()));
}

}  // namespace
}  // namespace tunegate::backup
