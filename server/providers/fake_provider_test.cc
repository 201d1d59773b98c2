#include "server/providers/fake_provider.h"

#include <future>
#include <string>

#include "common/clock.h"
#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers {
namespace {

class FakeProviderTest : public ::testing::Test {
 protected:
  CreateJobCall SomeJob() {
    CreateJobCall call;
    call.model = "fake-base-1";
    call.training_file = provider_.AddFile("train.jsonl", "fine-tune", "{}\n");
    call.metadata = {{"tunegate_job", "jobs/a"}};
    return call;
  }

  FakeClock clock_{absl::FromUnixSeconds(1'790'000'000)};
  FakeProvider provider_{&clock_};
};

TEST_F(FakeProviderTest, ScriptAnswersChats) {
  provider_.OnChat([](const ChatCall& call) { return FakeProvider::Answer(call.model + "!"); });
  std::promise<ChatAnswer> answer;
  ChatCall call;
  call.model = "m";
  provider_.Complete(call, [&](ChatAnswer a) { answer.set_value(std::move(a)); });
  const ChatAnswer got = answer.get_future().get();
  EXPECT_EQ(got.text, "m!");
  EXPECT_EQ(got.answering_model, "m");
  EXPECT_EQ(provider_.chat_calls().size(), 1u);
}

TEST_F(FakeProviderTest, HeldChatsGoOnInTheirOrder) {
  provider_.HoldChats();
  std::vector<int> order;
  std::promise<void> last;
  for (int i = 0; i < 3; ++i) {
    provider_.Complete({}, [&, i](ChatAnswer) {
      order.push_back(i);
      if (i == 2) last.set_value();
    });
  }
  EXPECT_EQ(provider_.held_chats(), 3u);
  provider_.ReleaseChats();
  last.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST_F(FakeProviderTest, LostAnswerLeavesTheJobBehind) {
  provider_.FailNext("CreateJob", FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
  const auto created = provider_.CreateJob(SomeJob(), absl::Seconds(1));
  EXPECT_EQ(SentOf(created.status()), Sent::kMaybe);
  ASSERT_EQ(provider_.jobs().size(), 1u);
  EXPECT_EQ(provider_.jobs()[0].metadata.at("tunegate_job"), "jobs/a");
  EXPECT_EQ(provider_.calls("CreateJob"), 1);
}

TEST_F(FakeProviderTest, JobsAreListedNewestFirstByPages) {
  provider_.SetPageSize(2);
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(provider_.CreateJob(SomeJob(), {})->id);
  const auto first = provider_.ListJobs("");
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->items.size(), 2u);
  EXPECT_EQ(first->items[0].id, ids[2]);
  const auto second = provider_.ListJobs(first->next_after);
  ASSERT_EQ(second->items.size(), 1u);
  EXPECT_EQ(second->items[0].id, ids[0]);
  EXPECT_TRUE(second->next_after.empty());
}

TEST_F(FakeProviderTest, HiddenJobsAreFoundByIdOnly) {
  const std::string id = provider_.CreateJob(SomeJob(), {})->id;
  provider_.HideJobFromLists(id, true);
  EXPECT_TRUE(provider_.ListJobs("")->items.empty());
  EXPECT_TRUE(provider_.GetJob(id).ok());
}

TEST_F(FakeProviderTest, JobsMoveOnlyWhenTold) {
  const std::string id = provider_.CreateJob(SomeJob(), {})->id;
  EXPECT_EQ(provider_.GetJob(id)->status, "validating_files");
  provider_.SetJobStatus(id, "running");
  EXPECT_EQ(provider_.PauseJob(id)->status, "paused");
  EXPECT_EQ(provider_.ResumeJob(id)->status, "running");
  provider_.SucceedJob(id, "ft:fake:1");
  EXPECT_EQ(provider_.GetJob(id)->fine_tuned_model, "ft:fake:1");
  EXPECT_EQ(provider_.CancelJob(id).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(FakeProviderTest, UnknownThingsAreNotFound) {
  EXPECT_EQ(provider_.GetJob("x").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(provider_.GetFile("x").status().code(), absl::StatusCode::kNotFound);
  CreateJobCall call;
  call.training_file = "file-none";
  EXPECT_EQ(DetailsOf(provider_.CreateJob(call, {}).status()).metadata.at("provider_code"),
            "invalid_file");
}

TEST_F(FakeProviderTest, EventsAreNewestFirst) {
  const std::string id = provider_.CreateJob(SomeJob(), {})->id;
  RemoteEvent event;
  event.message = "one";
  provider_.AddEvent(id, event);
  event.message = "two";
  provider_.AddEvent(id, event);
  const auto page = provider_.ListJobEvents(id, "");
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].message, "two");
}

TEST_F(FakeProviderTest, ABatchIsAnsweredByTheChatScript) {
  provider_.OnChat([](const ChatCall& call) {
    const std::string& query = call.messages.back().second;
    if (query == "bad") {
      return FakeProvider::Failure(FakeProvider::HttpError(400, "invalid_value", "bad role"));
    }
    return FakeProvider::Answer("to " + query);
  });
  std::string input;
  for (const std::string query : {"good", "bad", "late"}) {
    ChatCall call;
    call.model = "m";
    call.messages = {{"user", query}};
    input += *provider_.WriteBatchLine("id-" + query, call) + "\n";
  }
  const auto batch = provider_.CreateBatch({provider_.AddFile("i", "batch", input), {}}, {});
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_EQ(provider_.BatchInput(batch->id).size(), 3u);
  provider_.EndBatch(batch->id, "expired", [](const std::string& id) { return id != "id-late"; });
  const RemoteBatch ended = *provider_.GetBatch(batch->id);
  EXPECT_EQ(ended.status, "expired");
  const auto answer = provider_.ReadBatchLine(*provider_.ReadFileContent(ended.output_file));
  EXPECT_EQ(answer->custom_id, "id-good");
  EXPECT_EQ(answer->answer.text, "to good");
  const auto refused = provider_.ReadBatchLine(*provider_.ReadFileContent(ended.error_file));
  EXPECT_EQ(refused->custom_id, "id-bad");
  EXPECT_EQ(refused->answer.status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(FakeProviderTest, HiddenAndForgottenBatches) {
  const std::string id =
      provider_.CreateBatch({provider_.AddFile("i", "batch", ""), {{"k", "v"}}}, {})->id;
  EXPECT_EQ(provider_.ListBatches("")->items.at(0).metadata.at("k"), "v");
  provider_.HideBatchFromLists(id, true);
  EXPECT_TRUE(provider_.ListBatches("")->items.empty());
  EXPECT_EQ(provider_.CancelBatch(id)->status, "cancelling");
  provider_.ForgetBatch(id);
  EXPECT_EQ(provider_.GetBatch(id).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tunegate::providers
