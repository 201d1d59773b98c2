#include "server/providers/openai/encode.h"

#include "common/errors.h"
#include "common/json.h"
#include "gtest/gtest.h"

namespace tunegate::providers::openai {
namespace {

TEST(EncodeCreateJob, OnlyWhatIsSetIsSent) {
  CreateJobCall call;
  call.model = "gpt-4o-mini-2024-07-18";
  call.training_file = "file-1";
  EXPECT_EQ(EncodeCreateJob(call),
            R"({"model":"gpt-4o-mini-2024-07-18","training_file":"file-1"})");
}

TEST(EncodeCreateJob, AllMembersAreSent) {
  CreateJobCall call;
  call.model = "m";
  call.training_file = "file-1";
  call.validation_file = "file-2";
  call.suffix = "s";
  call.seed = 0;
  call.method = json::Object({{"type", "dpo"}, {"dpo", json::Object({{"beta", 0.1}})}});
  call.metadata = {{"tunegate_job", "jobs/a"}};
  EXPECT_EQ(EncodeCreateJob(call),
            R"({"model":"m","training_file":"file-1","validation_file":"file-2","suffix":"s",)"
            R"("seed":0,"method":{"type":"dpo","dpo":{"beta":0.1}},)"
            R"("metadata":{"tunegate_job":"jobs/a"}})");
}

TEST(ChatEncoder, MessagesKeepTheirOrderAndText) {
  ChatEncoder encoder("max_completion_tokens");
  ChatCall call;
  call.model = "m";
  call.messages = {{"system", "s\"\n"}, {"user", "¿qué?"}};
  EXPECT_EQ(*encoder.Encode(call),
            R"({"model":"m","messages":[{"role":"system","content":"s\"\n"},)"
            R"({"role":"user","content":"¿qué?"}]})");
}

TEST(ChatEncoder, ParametersAreSentWhenSet) {
  ChatEncoder encoder("max_tokens");
  ChatCall call;
  call.model = "m";
  call.temperature = 0;
  call.max_output_tokens = 200;
  call.response_format = R"({"type":"json_object"})";
  call.logprobs = true;
  for (int i = 0; i < 2; ++i) {  // the second one takes the format as known
    const auto body = json::Parse(*encoder.Encode(call));
    ASSERT_TRUE(body.ok()) << body.status();
    EXPECT_EQ((*body)["temperature"].NumberOr(-1), 0);
    EXPECT_EQ((*body)["max_tokens"].IntegerOr(0), 200);
    EXPECT_EQ((*body)["response_format"]["type"].String(), "json_object");
    EXPECT_TRUE((*body)["logprobs"].BoolOr(false));
  }
}

TEST(ChatEncoder, BadInputNamesTheField) {
  ChatEncoder encoder("max_tokens");
  ChatCall call;
  call.model = "m";
  call.messages = {{"user", "ok"}, {"user", "\xff"}};
  EXPECT_EQ(DetailsOf(encoder.Encode(call).status()).field_violations.at(0).first, "messages[1]");
  call.messages.clear();
  for (const char* format : {"[]", "{", "\"json\""}) {
    call.response_format = format;
    EXPECT_EQ(DetailsOf(encoder.Encode(call).status()).field_violations.at(0).first,
              "response_format")
        << format;
  }
}

}  // namespace
}  // namespace tunegate::providers::openai
