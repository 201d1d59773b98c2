// Batches: what is sent, what becomes of the answer, and the lines of the files.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "common/errors.h"
#include "common/json.h"
#include "gmock/gmock.h"
#include "server/providers/openai/testing/provider_fixture.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers::openai {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kBatch[] = R"({"id":"batch_1","object":"batch","endpoint":"/v1/chat/completions",
    "input_file_id":"file-1","completion_window":"24h","status":"in_progress",
    "output_file_id":null,"error_file_id":null,"errors":null,"created_at":1790000000,
    "request_counts":{"total":3,"completed":2,"failed":1},"metadata":{"k":"v","n":7},
    "usage":{"total_tokens":5},"something_new":[1]})";

class OpenAiBatchTest : public ProviderFixture {
 protected:
  void ServeJson(const std::string& body) { ServeInOrder({ScriptedServer::Json(200, body)}); }
  static std::string PathOf(const std::string& name) {
    return std::string(std::getenv("TEST_TMPDIR")) + "/" + name;
  }
  static std::string ContentOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }
};

TEST_F(OpenAiBatchTest, CreateBatchSendsWhatIsAsked) {
  ServeJson(kBatch);
  const auto batch =
      provider_->CreateBatch({"file-1", {{"tunegate_intent", "i"}}}, absl::Minutes(1));
  ASSERT_TRUE(batch.ok()) << batch.status();
  const Request request = server_->requests().at(0);
  EXPECT_EQ(request.method + " " + request.target, "POST /v1/batches");
  EXPECT_EQ(request.body, R"({"input_file_id":"file-1","endpoint":"/v1/chat/completions",)"
                          R"("completion_window":"24h","metadata":{"tunegate_intent":"i"}})");
}

TEST_F(OpenAiBatchTest, AllMembersAreReadAndUnknownOnesPass) {
  ServeJson(kBatch);
  const auto batch = provider_->GetBatch("batch_1");
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->id, "batch_1");
  EXPECT_EQ(batch->status, "in_progress");
  EXPECT_EQ(batch->input_file, "file-1");
  EXPECT_EQ(batch->output_file, "");
  EXPECT_EQ(batch->metadata.at("k"), "v");
  EXPECT_EQ(batch->metadata.at("n"), "7");
  EXPECT_EQ(batch->total, 3);
  EXPECT_EQ(batch->completed, 2);
  EXPECT_EQ(batch->failed, 1);
  EXPECT_EQ(batch->create_time, absl::FromUnixSeconds(1790000000));
  EXPECT_TRUE(batch->faults.empty());
}

TEST_F(OpenAiBatchTest, FaultsOfTheInputAreReadInBothForms) {
  for (const std::string errors :
       {R"({"object":"list","data":[{"code":"c","message":"m","line":4,"param":null}]})",
        R"([{"code":"c","message":"m","line":4}])"}) {
    ServeJson(R"({"id":"b","status":"failed","errors":)" + errors + "}");
    const auto batch = provider_->GetBatch("b");
    ASSERT_TRUE(batch.ok()) << batch.status();
    ASSERT_EQ(batch->faults.size(), 1u) << errors;
    EXPECT_EQ(batch->faults[0].code, "c");
    EXPECT_EQ(batch->faults[0].message, "m");
    EXPECT_EQ(batch->faults[0].line, 4);
  }
}

TEST_F(OpenAiBatchTest, AStatusThatNobodyKnowsPassesAndNoneAtAllDoesNot) {
  ServeJson(R"({"id":"b","status":"thinking"})");
  EXPECT_EQ(provider_->GetBatch("b")->status, "thinking");
  ServeJson(R"({"id":"b"})");
  EXPECT_THAT(std::string(provider_->GetBatch("b").status().message()), HasSubstr("'status'"));
}

TEST_F(OpenAiBatchTest, CancelAndListHaveTheirPaths) {
  Serve([](const Request& request) {
    if (request.method == "POST") return ScriptedServer::Json(200, kBatch);
    const bool first = request.target.find("after=") == std::string::npos;
    return ScriptedServer::Json(
        200, first ? R"({"data":[{"id":"b","status":"x"}],"has_more":true,"last_id":"b"})"
                   : R"({"data":[{"id":"a","status":"x"}],"has_more":false})");
  });
  EXPECT_TRUE(provider_->CancelBatch("batch_1").ok());
  const auto first = provider_->ListBatches("");
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = provider_->ListBatches(first->next_after);
  EXPECT_EQ(second->items.at(0).id, "a");
  EXPECT_EQ(second->next_after, "");
  std::vector<std::string> seen;
  for (const Request& request : server_->requests()) {
    seen.push_back(request.method + " " + request.target);
  }
  EXPECT_THAT(seen, ElementsAre("POST /v1/batches/batch_1/cancel", "GET /v1/batches?limit=100",
                                "GET /v1/batches?limit=100&after=b"));
}

TEST_F(OpenAiBatchTest, CreationIsNeverRepeatedAndSaysWhatIsKnown) {
  ServeInOrder({ScriptedServer::Json(503, "{}")});
  const absl::Status refused = provider_->CreateBatch({}, absl::Minutes(1)).status();
  EXPECT_EQ(SentOf(refused), Sent::kMaybe);
  EXPECT_EQ(server_->requests().size(), 1u);
  ServeInOrder({ScriptedServer::End(Ending::kReset)});
  EXPECT_EQ(SentOf(provider_->CreateBatch({}, absl::Minutes(1)).status()), Sent::kMaybe);
  EXPECT_EQ(server_->requests().size(), 1u);
}

// --- Lines ---------------------------------------------------------------------------------------

TEST_F(OpenAiBatchTest, ALineAsksWhatACallAsks) {
  Serve([](const Request&) { return ScriptedServer::Json(200, ChatBody("\"x\"")); });
  ChatCall call = SomeChat();
  call.temperature = 0;
  call.max_output_tokens = 50;
  call.response_format = R"({"type":"json_object"})";
  Ask(call);
  const auto line = provider_->WriteBatchLine("0000012/00/a", call);
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->find('\n'), std::string::npos);
  EXPECT_EQ(*line, R"({"custom_id":"0000012/00/a","method":"POST","url":"/v1/chat/completions",)"
                   R"("body":)" +
                       server_->requests().at(0).body + "}");
  call.messages = {{"user", "\xff"}};
  EXPECT_FALSE(provider_->WriteBatchLine("a", call).ok());
}

TEST_F(OpenAiBatchTest, AnAnswerIsReadAsAChatIs) {
  ServeJson(kBatch);
  const auto line = provider_->ReadBatchLine(
      R"({"id":"batch_req_1","custom_id":"a","error":null,"response":{"status_code":200,)"
      R"("request_id":"req_1","body":)" +
      ChatBody("\"hol\\u00e1\"") + "}}");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->custom_id, "a");
  ASSERT_TRUE(line->answer.status.ok()) << line->answer.status;
  EXPECT_EQ(line->answer.text, "holá");
  EXPECT_EQ(line->answer.request_id, "req_1");
  EXPECT_EQ(line->answer.input_tokens, 31);
  EXPECT_EQ(line->answer.cached_input_tokens, 5);
  EXPECT_EQ(line->answer.answering_model, "gpt-4o-mini-2024-07-18");
}

TEST_F(OpenAiBatchTest, BytesThatAreNoUtf8StayAsTheyCame) {
  ServeJson(kBatch);
  const auto line =
      provider_->ReadBatchLine(R"({"custom_id":"a","response":{"status_code":200,"body":)" +
                               ChatBody("\"a\xff\xc3(\"") + "}}");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->answer.text, "a\xff\xc3(");
}

TEST_F(OpenAiBatchTest, ARefusedLineCarriesTheProvidersWords) {
  ServeJson(kBatch);
  const auto line = provider_->ReadBatchLine(
      R"({"custom_id":"a","error":null,"response":{"status_code":400,"request_id":"req_9",)"
      R"("body":{"error":{"message":"bad role for sk-secret-123456","code":"invalid_value"}}}})");
  ASSERT_TRUE(line.ok()) << line.status();
  const absl::Status& status = line->answer.status;
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailsOf(status).metadata.at("provider_code"), "invalid_value");
  EXPECT_EQ(DetailsOf(status).metadata.at("provider_request_id"), "req_9");
  EXPECT_THAT(std::string(status.message()), HasSubstr("bad role"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr(kKey)));
}

TEST_F(OpenAiBatchTest, ALineThatWasNotReachedIsUnavailable) {
  ServeJson(kBatch);
  for (const std::string text :
       {R"({"custom_id":"a","response":null,"error":{"code":"batch_expired","message":"late"}})",
        R"({"custom_id":"a","response":{"status_code":0,"body":{}},"error":null})",
        R"({"custom_id":"a"})"}) {
    const auto line = provider_->ReadBatchLine(text);
    ASSERT_TRUE(line.ok()) << text;
    EXPECT_EQ(line->answer.status.code(), absl::StatusCode::kUnavailable) << text;
  }
  const auto expired = provider_->ReadBatchLine(
      R"({"custom_id":"a","response":null,"error":{"code":"batch_expired","message":"late"}})");
  EXPECT_EQ(DetailsOf(expired->answer.status).metadata.at("provider_code"), "batch_expired");
}

TEST_F(OpenAiBatchTest, LinesThatMakeNoSenseAreNamed) {
  ServeJson(kBatch);
  for (const std::string text : {"", "nonsense", "[]", "{}", R"({"custom_id":7})"}) {
    const auto line = provider_->ReadBatchLine(text);
    EXPECT_EQ(DetailsOf(line.status()).reason, "PROVIDER_ANSWER_INVALID") << text;
  }
  const auto line = provider_->ReadBatchLine(
      R"({"custom_id":"a","response":{"status_code":200,"body":{"choices":[]}}})");
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(DetailsOf(line->answer.status).reason, "PROVIDER_ANSWER_INVALID");
}

// --- Downloads -----------------------------------------------------------------------------------

TEST_F(OpenAiBatchTest, ADownloadGoesToDiskAndReplacesWhatStoodThere) {
  std::string content;
  while (content.size() < (5 << 20)) content += std::string("line\0\xff\n", 7);
  Reply reply;
  reply.body = content;
  ServeInOrder({reply});
  const std::string path = PathOf("download");
  std::ofstream(path) << "old";
  ASSERT_TRUE(provider_->DownloadFile("file-1", path).ok());
  EXPECT_EQ(ContentOf(path), content);
  EXPECT_EQ(server_->requests().at(0).target, "/v1/files/file-1/content");
}

TEST_F(OpenAiBatchTest, ACutDownloadIsBegunAnew) {
  Reply cut;
  cut.body = "abcdef";
  cut.cut_after = 3;
  cut.ending = Ending::kClose;
  Reply whole;
  whole.body = "abcdef";
  ServeInOrder({cut, whole});
  const std::string path = PathOf("cut");
  ASSERT_TRUE(provider_->DownloadFile("file-1", path).ok());
  EXPECT_EQ(ContentOf(path), "abcdef");
  EXPECT_EQ(server_->requests().size(), 2u);
}

TEST_F(OpenAiBatchTest, ARefusalIsNoContent) {
  ServeInOrder({ScriptedServer::Json(404, R"({"error":{"message":"gone","code":"no_file"}})")});
  const std::string path = PathOf("refused");
  const absl::Status status = provider_->DownloadFile("file-1", path);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("gone"));
  EXPECT_EQ(ContentOf(path), "");
}

TEST_F(OpenAiBatchTest, AFolderThatIsNotThereIsSaid) {
  Reply reply;
  reply.body = "abc";
  ServeInOrder({reply});
  EXPECT_EQ(DetailsOf(provider_->DownloadFile("file-1", "/nowhere/at/all")).reason,
            "FILE_NOT_WRITABLE");
}

}  // namespace
}  // namespace tunegate::providers::openai
