#include "server/sandbox/http/multipart.h"

#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

constexpr char kType[] = "multipart/form-data; boundary=XX";

TEST(MultipartTest, ReadsFieldsAndFiles) {
  const auto parts = ParseMultipart(
      kType,
      "--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n"
      "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a b.jsonl\"\r\n"
      "Content-Type: text/plain\r\n\r\n{}\r\n--X\r\n\r\n--XX--\r\n");
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ(FindPart(*parts, "purpose")->content, "fine-tune");
  EXPECT_FALSE(FindPart(*parts, "purpose")->filename.has_value());
  EXPECT_EQ(FindPart(*parts, "file")->filename, "a b.jsonl");
  EXPECT_EQ(FindPart(*parts, "file")->content, "{}\r\n--X\r\n");
  EXPECT_EQ(FindPart(*parts, "nothing"), nullptr);
}

TEST(MultipartTest, TakesAQuotedBoundary) {
  const auto parts = ParseMultipart("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"",
                                    "--a b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n"
                                    "--a b--");
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_EQ(parts->front().name, "x");
}

TEST(MultipartTest, RefusesWhatIsCutOrOfAnotherType) {
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--\r\n";
  ASSERT_TRUE(ParseMultipart(kType, body).ok());
  EXPECT_FALSE(ParseMultipart("application/json", body).ok());
  EXPECT_FALSE(ParseMultipart("multipart/form-data", body).ok());
  EXPECT_FALSE(ParseMultipart(kType, "").ok());
  for (size_t size = 0; size + 4 < body.size(); ++size) {
    EXPECT_FALSE(ParseMultipart(kType, body.substr(0, size)).ok()) << size;
  }
}

TEST(MultipartTest, RefusesAPartWithoutAName) {
  EXPECT_FALSE(ParseMultipart(kType, "--XX\r\nContent-Type: a\r\n\r\n1\r\n--XX--").ok());
}

}  // namespace
}  // namespace tunegate::sandbox
