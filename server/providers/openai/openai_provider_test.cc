// Files, jobs and models: what is sent, and what becomes of the answer.
#include "server/providers/openai/openai_provider.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

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

constexpr char kFile[] = R"({"id":"file-1","bytes":5,"filename":"t.jsonl","purpose":"fine-tune"})";
constexpr char kJob[] = R"({"id":"ftjob-1","status":"queued","model":"m"})";

class OpenAiProviderTest : public ProviderFixture {
 protected:
  void ServeJson(const std::string& body) { ServeInOrder({ScriptedServer::Json(200, body)}); }
  Request TheRequest() {
    EXPECT_EQ(server_->requests().size(), 1u);
    return server_->requests().at(0);
  }
  std::string WriteFile(const std::string& content) {
    const std::string path = std::string(std::getenv("TEST_TMPDIR")) + "/blob";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    return path;
  }
};

TEST_F(OpenAiProviderTest, NameAndBaseUrlAreTold) {
  config_.base_url = "http://127.0.0.1:9/v1/";
  Connect();
  EXPECT_EQ(provider_->name(), "test");
  EXPECT_EQ(provider_->base_url(), "http://127.0.0.1:9/v1");
}

TEST_F(OpenAiProviderTest, UploadIsAMultipartFormUnderTheGivenName) {
  ServeJson(kFile);
  std::string content = "{\"messages\":[]}\n";
  while (content.size() < (3 << 20)) content += content;
  const auto file = provider_->UploadFile(WriteFile(content), "dataset \"a\".jsonl", "fine-tune",
                                          absl::Minutes(1));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->id, "file-1");
  const Request request = TheRequest();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/files");
  EXPECT_THAT(request.headers.at("content-type"), HasSubstr("multipart/form-data; boundary="));
  EXPECT_EQ(request.headers.count("expect"), 0u);
  EXPECT_EQ(request.headers.at("authorization"), std::string("Bearer ") + kKey);
  EXPECT_THAT(request.body, HasSubstr("name=\"purpose\"\r\n\r\nfine-tune\r\n"));
  EXPECT_THAT(request.body, HasSubstr("name=\"file\"; filename=\"dataset %22a%22.jsonl\""));
  EXPECT_NE(request.body.find(content), std::string::npos);
}

TEST_F(OpenAiProviderTest, UnreadableUploadIsNamedAndNothingIsSent) {
  ServeJson(kFile);
  const auto file = provider_->UploadFile("/nowhere/blob", "a", "fine-tune", absl::Minutes(1));
  EXPECT_EQ(file.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailsOf(file.status()).reason, "FILE_NOT_READABLE");
  EXPECT_TRUE(server_->requests().empty());
}

TEST_F(OpenAiProviderTest, CreateJobSendsWhatIsAsked) {
  ServeJson(kJob);
  CreateJobCall call;
  call.model = "m";
  call.training_file = "file-1";
  call.metadata = {{"tunegate_job", "jobs/a"}};
  const auto job = provider_->CreateJob(call, absl::Minutes(1));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->id, "ftjob-1");
  const Request request = TheRequest();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/fine_tuning/jobs");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.body, R"({"model":"m","training_file":"file-1",)"
                          R"("metadata":{"tunegate_job":"jobs/a"}})");
}

TEST_F(OpenAiProviderTest, EachCallHasItsMethodAndPath) {
  Serve([](const Request& request) {
    if (request.target.find("content") != std::string::npos) {
      Reply reply;
      reply.body = std::string("step,loss\n\0\xff", 12);
      return reply;
    }
    if (request.method == "DELETE") return ScriptedServer::Json(200, R"({"deleted":true})");
    if (request.target.find("files") != std::string::npos) return ScriptedServer::Json(200, kFile);
    return ScriptedServer::Json(200, kJob);
  });
  EXPECT_TRUE(provider_->GetFile("file-1").ok());
  EXPECT_EQ(*provider_->ReadFileContent("file-1"), std::string("step,loss\n\0\xff", 12));
  EXPECT_TRUE(provider_->DeleteFile("file-1").ok());
  EXPECT_TRUE(provider_->GetJob("ftjob-1").ok());
  EXPECT_TRUE(provider_->CancelJob("ftjob-1").ok());
  EXPECT_TRUE(provider_->PauseJob("ftjob-1").ok());
  EXPECT_TRUE(provider_->ResumeJob("ftjob-1").ok());
  std::vector<std::string> seen;
  for (const Request& request : server_->requests()) {
    seen.push_back(request.method + " " + request.target);
  }
  EXPECT_THAT(seen, ElementsAre("GET /v1/files/file-1", "GET /v1/files/file-1/content",
                                "DELETE /v1/files/file-1", "GET /v1/fine_tuning/jobs/ftjob-1",
                                "POST /v1/fine_tuning/jobs/ftjob-1/cancel",
                                "POST /v1/fine_tuning/jobs/ftjob-1/pause",
                                "POST /v1/fine_tuning/jobs/ftjob-1/resume"));
  EXPECT_EQ(server_->connection_count(), 1);
}

TEST_F(OpenAiProviderTest, ListsArePaged) {
  Serve([](const Request& request) {
    if (request.target.find("after=") == std::string::npos) {
      return ScriptedServer::Json(200,
                                  R"({"data":[{"id":"b","status":"queued"}],"has_more":true})");
    }
    return ScriptedServer::Json(200, R"({"data":[{"id":"a","status":"queued"}],"has_more":false})");
  });
  const auto first = provider_->ListJobs("");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->next_after, "b");
  const auto second = provider_->ListJobs(first->next_after);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->items.at(0).id, "a");
  EXPECT_EQ(second->next_after, "");
  EXPECT_EQ(server_->requests().at(1).target, "/v1/fine_tuning/jobs?limit=100&after=b");
}

TEST_F(OpenAiProviderTest, EventsComeNewestFirst) {
  ServeJson(R"({"data":[{"id":"e2","message":"b"},{"id":"e1","message":"a"}],"has_more":false})");
  const auto events = provider_->ListJobEvents("ftjob-1", "");
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->items.size(), 2u);
  EXPECT_EQ(events->items[0].id, "e2");
  EXPECT_EQ(TheRequest().target, "/v1/fine_tuning/jobs/ftjob-1/events?limit=100");
}

TEST_F(OpenAiProviderTest, AllPagesOfCheckpointsAreRead) {
  Serve([](const Request& request) {
    const bool first = request.target.find("after=") == std::string::npos;
    return ScriptedServer::Json(200, first ? R"({"data":[{"id":"c2","step_number":2,
        "fine_tuned_model_checkpoint":"m2"}],"has_more":true,"last_id":"c2"})"
                                           : R"({"data":[{"id":"c1","step_number":1,
        "fine_tuned_model_checkpoint":"m1"}],"has_more":false})");
  });
  const auto checkpoints = provider_->ListCheckpoints("ftjob-1");
  ASSERT_TRUE(checkpoints.ok()) << checkpoints.status();
  ASSERT_EQ(checkpoints->size(), 2u);
  EXPECT_EQ((*checkpoints)[1].model, "m1");
}

TEST_F(OpenAiProviderTest, ModelsAreListed) {
  ServeJson(R"({"object":"list","data":[{"id":"gpt-4o"},{"id":"ft:m:1"}]})");
  const auto models = provider_->ListModels();
  ASSERT_TRUE(models.ok()) << models.status();
  EXPECT_THAT(*models, ElementsAre("gpt-4o", "ft:m:1"));
}

TEST_F(OpenAiProviderTest, IdsCannotLeaveTheirPlaceInThePath) {
  ServeJson(kJob);
  EXPECT_TRUE(provider_->GetJob("../../files?x=1").ok());
  EXPECT_EQ(TheRequest().target, "/v1/fine_tuning/jobs/..%2F..%2Ffiles%3Fx%3D1");
  for (const std::string& id : {std::string(""), std::string(".."), std::string(600, 'a')}) {
    EXPECT_EQ(DetailsOf(provider_->GetJob(id).status()).reason, "PROVIDER_ID_INVALID") << id;
  }
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(OpenAiProviderTest, ConfiguredHeadersAndParametersGoWithEveryCall) {
  config_.auth_header = "api-key";
  config_.organization = "org-1";
  config_.project = "proj-1";
  config_.query_parameters = {{"api-version", "2024-10-21"}};
  config_.extra_headers = {{"X-Tenant", "t1"}};
  ServeJson(kJob);
  ASSERT_TRUE(provider_->GetJob("j").ok());
  const Request request = TheRequest();
  EXPECT_EQ(request.target, "/v1/fine_tuning/jobs/j?api-version=2024-10-21");
  EXPECT_EQ(request.headers.at("api-key"), kKey);
  EXPECT_EQ(request.headers.count("authorization"), 0u);
  EXPECT_EQ(request.headers.at("openai-organization"), "org-1");
  EXPECT_EQ(request.headers.at("openai-project"), "proj-1");
  EXPECT_EQ(request.headers.at("x-tenant"), "t1");
}

TEST_F(OpenAiProviderTest, SpareJobCreationGetsAConnectionOfItsOwn) {
  Serve([](const Request&) { return ScriptedServer::Json(200, kJob); });
  ASSERT_TRUE(provider_->GetJob("j").ok());
  ASSERT_TRUE(provider_->GetJob("j").ok());
  ASSERT_TRUE(provider_->CreateJob({}, absl::Minutes(1)).ok());
  EXPECT_EQ(server_->connection_count(), 2);
  EXPECT_EQ(server_->requests().at(2).connection, 2);
  // Which ends with it: a server that creates jobs all day does not gather connections.
  ASSERT_TRUE(provider_->GetJob("j").ok());
  EXPECT_EQ(server_->requests().at(3).connection, 1);
}

TEST_F(OpenAiProviderTest, AbandonedCallsEndAtOnceAndSayThatTheyMayHaveBeenSent) {
  Serve([](const Request&) {
    ScriptedServer::Reply silence;
    silence.ending = Ending::kSilence;
    return silence;
  });
  std::thread abandon([this] {
    while (server_->requests().empty()) std::this_thread::yield();
    provider_->Abandon();
  });
  const absl::Status created = provider_->CreateJob({}, absl::Hours(1)).status();
  abandon.join();
  EXPECT_TRUE(absl::IsUnavailable(created)) << created;
  EXPECT_EQ(SentOf(created), Sent::kMaybe);
  const absl::Status later = provider_->GetJob("j").status();
  EXPECT_TRUE(absl::IsUnavailable(later)) << later;
  EXPECT_EQ(SentOf(later), Sent::kNo);
}

TEST_F(OpenAiProviderTest, BadConfigurationIsRefusedAtOnce) {
  config_.base_url = "nonsense";
  const auto provider = NewOpenAiProvider(config_, RealClock());
  EXPECT_EQ(DetailsOf(provider.status()).field_violations.at(0).first, "provider.base_url");
  EXPECT_THAT(std::string(provider.status().message()), Not(HasSubstr(kKey)));
}

}  // namespace
}  // namespace tunegate::providers::openai
