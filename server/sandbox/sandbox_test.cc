#include "server/sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

// Speaks to a whole sandbox as a client would, without a socket between.
class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() {
    options_.data_dir = ::testing::TempDir() + "/sandbox_test";
    RemoveAll(options_.data_dir);
    sandbox_ = *Sandbox::Open(options_, RealClock());
  }

  Response Ask(const std::string& method, const std::string& target, const std::string& body = "",
               const std::string& content_type = "application/json") {
    Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (request.path != target) request.query = ParseQuery(target.substr(target.find('?') + 1));
    request.headers = {{"Authorization", "Bearer k"}, {"Content-Type", content_type}};
    request.body = body;
    return sandbox_->Handle(request);
  }
  json::Value Json(const Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return *json::Parse(response.body);
  }
  std::string Upload(const std::string& content) {
    const std::string body =
        "--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.jsonl\"\r\n\r\n" +
        content + "\r\n--B--\r\n";
    return Json(Ask("POST", "/v1/files", body, "multipart/form-data; boundary=B"))["id"].String();
  }
  static std::string Lines() {
    std::string lines;
    for (int i = 0; i < 12; ++i) {
      const std::string label = i % 2 == 0 ? "si" : "no";
      lines += R"({"messages":[{"role":"user","content":"digo )" + label +
               R"("},{"role":"assistant","content":"{\"a\":\")" + label + "\\\"}\"}]}\n";
    }
    return lines;
  }
  json::Value Finished(const std::string& job) {
    for (;;) {
      json::Value value = Json(Ask("GET", "/v1/fine_tuning/jobs/" + job));
      const std::string status = value["status"].String();
      if (status == "succeeded" || status == "failed") return value;
      std::this_thread::yield();
    }
  }
  json::Value Train(const std::string& more = "") {
    const json::Value job = Json(
        Ask("POST", "/v1/fine_tuning/jobs",
            R"({"model":"gpt-4o-mini","training_file":")" + Upload(Lines()) + "\"" + more + "}"));
    return Finished(job["id"].String());
  }

  Sandbox::Options options_;
  std::unique_ptr<Sandbox> sandbox_;
};

TEST_F(SandboxTest, UploadTrainAndAskOverARestart) {
  const std::string model = Train()["fine_tuned_model"].String();
  const std::string question =
      R"({"model":")" + model + R"(","messages":[{"role":"user","content":"digo no"}]})";
  const auto content = [&] {
    return Json(Ask("POST", "/v1/chat/completions", question))["choices"]
        .Elements()[0]["message"]["content"]
        .String();
  };
  EXPECT_EQ(content(), R"({"a":"no"})");
  sandbox_.reset();
  sandbox_ = *Sandbox::Open(options_, RealClock());
  EXPECT_EQ(content(), R"({"a":"no"})");
}

TEST_F(SandboxTest, JobsAreFoundByMetadata) {
  const std::string marked = Train(R"(,"metadata":{"key":"a b"})")["id"].String();
  Train();
  const json::Value found = Json(Ask("GET", "/v1/fine_tuning/jobs?metadata%5Bkey%5D=a%20b"));
  ASSERT_EQ(found["data"].Elements().size(), 1u);
  EXPECT_EQ(found["data"].Elements()[0]["id"].String(), marked);
  EXPECT_EQ(Json(Ask("GET", "/v1/fine_tuning/jobs"))["data"].Elements().size(), 2u);
}

TEST_F(SandboxTest, DialsAreTurnedWhileItRuns) {
  EXPECT_EQ(Ask("POST", "/sandbox/faults",
                R"({"rules":[{"on":"GET /models","times":1,"do":{"status":500}}]})")
                .status,
            200);
  EXPECT_EQ(Ask("GET", "/v1/models").status, 500);
  EXPECT_EQ(Ask("GET", "/v1/models").status, 200);
  EXPECT_EQ(Ask("POST", "/sandbox/faults", R"({"rules":[{"on":"*"}]})").status, 400);
  EXPECT_EQ(Json(Ask("GET", "/sandbox/stats"))["routes"]["GET /models"]["faults"].IntegerOr(0), 1);
}

TEST_F(SandboxTest, AcceptedJobWhoseAnswerIsLostIsThere) {
  (void)Ask("POST", "/sandbox/faults",
            R"({"rules":[{"on":"POST /fine_tuning/jobs","times":1,"do":{"reset":"after"}}]})");
  const Response lost =
      Ask("POST", "/v1/fine_tuning/jobs",
          R"({"model":"gpt-4o-mini","training_file":")" + Upload(Lines()) + "\"}");
  EXPECT_TRUE(lost.delivery.reset);
  EXPECT_EQ(Json(Ask("GET", "/v1/fine_tuning/jobs"))["data"].Elements().size(), 1u);
}

TEST_F(SandboxTest, JobFaultsReachTheJob) {
  (void)Ask("POST", "/sandbox/faults",
            R"({"rules":[{"on":"POST /fine_tuning/jobs","do":{"job":{"fail_at_step":2,
                "code":"boom"}}}]})");
  EXPECT_EQ(Train()["error"]["code"].String(), "boom");
}

TEST_F(SandboxTest, FilesGoRoundAndAreDeleted) {
  const std::string id = Upload("content");
  EXPECT_EQ(Ask("GET", "/v1/files/" + id + "/content").body, "content");
  EXPECT_TRUE(Json(Ask("DELETE", "/v1/files/" + id))["deleted"].BoolOr(false));
  EXPECT_EQ(Ask("GET", "/v1/files/" + id).status, 404);
  EXPECT_EQ(Ask("POST", "/v1/files", "x").status, 400);
}

TEST_F(SandboxTest, DirectoryThatCannotBeUsedIsNamed) {
  options_.data_dir = "/dev/null/x";
  EXPECT_THAT(Sandbox::Open(options_, RealClock()).status().ToString(), HasSubstr("/dev/null/x"));
}

}  // namespace
}  // namespace tunegate::sandbox
