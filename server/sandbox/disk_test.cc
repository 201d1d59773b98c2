#include "server/sandbox/disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Fresh(const std::string& name) {
  const std::string path = ::testing::TempDir() + "/disk_test_" + name;
  RemoveAll(path);
  return path;
}

TEST(DiskTest, WritesReplacesAppendsAndReads) {
  const std::string directory = Fresh("rw");
  ASSERT_TRUE(MakeDirectory(directory + "/deep").ok());
  ASSERT_TRUE(MakeDirectory(directory + "/deep").ok());
  const std::string path = directory + "/deep/a.json";
  ASSERT_TRUE(WriteFileAtomically(path, std::string("one\0", 4)).ok());
  ASSERT_TRUE(WriteFileAtomically(path, "two").ok());
  ASSERT_TRUE(AppendToFile(path, "!").ok());
  EXPECT_EQ(*ReadWholeFile(path), "two!");
  EXPECT_THAT(*ListDirectory(directory + "/deep", ""), ElementsAre(path));  // no temporaries
}

TEST(DiskTest, ListsBySuffixSorted) {
  const std::string directory = Fresh("list");
  ASSERT_TRUE(MakeDirectory(directory).ok());
  for (const char* name : {"b.json", "a.json", "a.jsonl", "json"}) {
    ASSERT_TRUE(WriteFileAtomically(directory + "/" + name, "").ok());
  }
  EXPECT_THAT(*ListDirectory(directory, ".json"),
              ElementsAre(directory + "/a.json", directory + "/b.json"));
  RemoveAll(directory);
  RemoveAll(directory);
  EXPECT_FALSE(ListDirectory(directory, "").ok());
}

TEST(DiskTest, RefusalsNameThePath) {
  EXPECT_THAT(std::string(ReadWholeFile("/nowhere/x").status().message()), HasSubstr("/nowhere/x"));
  EXPECT_THAT(std::string(WriteFileAtomically("/nowhere/x", "").message()),
              HasSubstr("/nowhere/x"));
  EXPECT_THAT(std::string(MakeDirectory("/dev/null/x").message()), HasSubstr("/dev/null/x"));
}

}  // namespace
}  // namespace tunegate::sandbox
