// Requests are read whole, piece by piece, and within limits; what is no request is refused by
// status.
#include "server/http/request_reader.h"

#include <string>

#include "gtest/gtest.h"

namespace tunegate::http {
namespace {

using Progress = RequestReader::Progress;

constexpr char kPost[] =
    "POST /webhooks/openai?x=1 HTTP/1.1\r\nHost: a\r\nWebhook-Id:  wh_1 \r\n"
    "Content-Length: 5\r\n\r\nhello";

// The status that the bytes are refused with; 0 when they are not.
int RefusalOf(const std::string& bytes, RequestReader::Limits limits = {}) {
  RequestReader reader(limits);
  return reader.Take(bytes) == Progress::kRefused ? reader.refusal().status : 0;
}

TEST(RequestReaderTest, RequestIsReadWithItsHeadersAndBody) {
  RequestReader reader({});
  ASSERT_EQ(reader.Take(kPost), Progress::kWhole);
  EXPECT_EQ(reader.request().method, "POST");
  EXPECT_EQ(reader.request().path, "/webhooks/openai");
  EXPECT_EQ(reader.request().Header("webhook-id"), "wh_1") << "in any case, without blanks";
  EXPECT_EQ(reader.request().Header("webhook-signature"), "");
  EXPECT_EQ(reader.request().body, "hello");
}

TEST(RequestReaderTest, BytesMayComeOneByOne) {
  RequestReader reader({});
  const std::string bytes = kPost;
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    ASSERT_EQ(reader.Take(bytes.substr(i, 1)), Progress::kMore) << i;
  }
  ASSERT_EQ(reader.Take(bytes.substr(bytes.size() - 1)), Progress::kWhole);
  EXPECT_EQ(reader.request().body, "hello");
}

TEST(RequestReaderTest, WhatFollowsTheRequestIsNoPartOfIt) {
  RequestReader reader({});
  ASSERT_EQ(reader.Take(std::string(kPost) + "GET / HTTP/1.1\r\n\r\n"), Progress::kWhole);
  EXPECT_EQ(reader.request().body, "hello");
}

TEST(RequestReaderTest, WhoWaitsToSendIsToldOnce) {
  RequestReader reader({});
  EXPECT_EQ(reader.Take("POST /x HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n"),
            Progress::kWantsToSend);
  EXPECT_EQ(reader.Take("ab"), Progress::kMore);
  EXPECT_EQ(reader.Take("c"), Progress::kWhole);
}

TEST(RequestReaderTest, SizesAreLimited) {
  const RequestReader::Limits limits{.head_bytes = 100, .body_bytes = 10};
  EXPECT_EQ(RefusalOf("GET /" + std::string(100, 'a'), limits), 431);
  EXPECT_EQ(RefusalOf("GET /" + std::string(100, 'a') + " HTTP/1.1\r\n\r\n", limits), 431);
  EXPECT_EQ(RefusalOf("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n", limits), 413);
  EXPECT_EQ(RefusalOf("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 400);
}

TEST(RequestReaderTest, WhatIsNoRequestIsRefused) {
  EXPECT_EQ(RefusalOf("\x16\x03\x01 hello\r\n\r\n"), 400) << "TLS where none is spoken";
  EXPECT_EQ(RefusalOf("GET\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET  HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / b HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET http://elsewhere/ HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\nno header\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\nbad name: x\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\n folded: x\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\na: x\ny: z\r\n\r\n"), 400) << "a bare line end";
}

TEST(RequestReaderTest, LengthsThatContradictAreRefused) {
  EXPECT_EQ(RefusalOf("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), 501);
  EXPECT_EQ(RefusalOf("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"), 400);
  for (const char* bad : {"-1", "+1", "1,1", "0x1", ""}) {
    EXPECT_EQ(RefusalOf(std::string("POST / HTTP/1.1\r\nContent-Length: ") + bad + "\r\n\r\n"), 400)
        << bad;
  }
}

}  // namespace
}  // namespace tunegate::http
