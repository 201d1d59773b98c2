// ProviderFixture: an adapter that speaks to a ScriptedServer, with back-off of a millisecond, so
// that tests of retries take none.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_TESTING_PROVIDER_FIXTURE_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_TESTING_PROVIDER_FIXTURE_H_

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "gtest/gtest.h"
#include "server/providers/openai/openai_provider.h"
#include "server/providers/openai/testing/scripted_server.h"

namespace tunegate::providers::openai {

class ProviderFixture : public ::testing::Test {
 protected:
  using Request = ScriptedServer::Request;
  using Reply = ScriptedServer::Reply;
  using Ending = ScriptedServer::Ending;

  static constexpr char kKey[] = "sk-secret-123456";

  // A server with this script, and a provider that speaks to it.
  void Serve(ScriptedServer::Script script) {
    provider_.reset();
    server_ = std::make_unique<ScriptedServer>(std::move(script));
    config_.base_url = server_->base_url();
    Connect();
  }

  // A provider as config_ says.
  void Connect() {
    auto provider = NewOpenAiProvider(config_, RealClock());
    ASSERT_TRUE(provider.ok()) << provider.status();
    provider_ = *std::move(provider);
  }

  // The n-th request gets the n-th reply, later ones the last.
  void ServeInOrder(std::vector<Reply> replies) {
    Serve([replies = std::move(replies)](const Request& request) {
      const size_t last = replies.size() - 1;
      return replies[std::min(static_cast<size_t>(request.number) - 1, last)];
    });
  }

  ChatAnswer Ask(ChatCall call) {
    std::promise<ChatAnswer> answer;
    provider_->Complete(std::move(call), [&](ChatAnswer a) { answer.set_value(std::move(a)); });
    return answer.get_future().get();
  }

  static ChatCall SomeChat() {
    ChatCall call;
    call.model = "gpt-4o-mini";
    call.messages = {{"system", "Answer in JSON"}, {"user", "¿Qué tal?"}};
    return call;
  }

  static std::string ChatBody(const std::string& content_json) {
    return R"({"id":"c","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":)"
           R"({"role":"assistant","content":)" +
           content_json +
           R"(,"refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":31,)"
           R"("completion_tokens":7,"prompt_tokens_details":{"cached_tokens":5}}})";
  }

  static OpenAiConfig FastConfig() {
    OpenAiConfig config;
    config.name = "test";
    config.api_key = kKey;
    config.retry.first_delay = absl::Milliseconds(1);
    config.retry.longest_delay = absl::Milliseconds(4);
    config.jitter_seed = 7;
    return config;
  }

  OpenAiConfig config_ = FastConfig();
  std::unique_ptr<ScriptedServer> server_;  // outlives the provider
  std::unique_ptr<Provider> provider_;
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_TESTING_PROVIDER_FIXTURE_H_
