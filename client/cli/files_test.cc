#include "client/cli/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/errors.h"
#include "tunegate/v1/policy.pb.h"

namespace tunegate::cli {
namespace {

using testing::HasSubstr;

std::string PathOf(const std::string& name) { return testing::TempDir() + "/" + name; }

std::string Write(const std::string& name, std::string_view bytes) {
  std::ofstream(PathOf(name), std::ios::binary) << bytes;
  return PathOf(name);
}

TEST(FilesTest, MissingFileIsNamed) {
  const auto text = ReadFile("/nowhere/x.textproto");
  EXPECT_EQ(text.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(text.status().message()), HasSubstr("/nowhere/x.textproto"));
  EXPECT_EQ(ReadFile(testing::TempDir()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(FilesTest, TextprotoFaultNamesLineAndColumn) {
  v1::Policy policy;
  const absl::Status status =
      ReadTextproto(Write("policy.textproto", "min_examples: 50\nminimum: 3\n"), &policy);
  EXPECT_EQ(DetailsOf(status).reason, "BAD_TEXTPROTO");
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 2, column 8"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("tunegate.v1.Policy"));
}

TEST(FilesTest, OutputAppearsWholeOrNotAtAll) {
  const std::string path = PathOf("report.html");
  {
    auto dropped = OutputFile::Create(path);
    ASSERT_TRUE(dropped.ok());
    ASSERT_TRUE((*dropped)->Write("half").ok());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  auto whole = OutputFile::Create(path);
  ASSERT_TRUE(whole.ok());
  ASSERT_TRUE((*whole)->Write("all").ok());
  ASSERT_TRUE((*whole)->Commit().ok());
  EXPECT_EQ(*ReadFile(path), "all");
  EXPECT_EQ((*whole)->size(), 3);
}

TEST(FilesTest, OutputIntoNoFolderIsAnErrorBeforeAnythingIsAsked) {
  EXPECT_EQ(OutputFile::Create("/nowhere/report.html").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tunegate::cli
