#include "client/methods.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "common/json.h"
#include "tunegate/v1/admin.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::client {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

std::vector<const MethodDescriptor*> MethodsOfTheApi() {
  // Named, so that the linker keeps the files that nothing else here uses.
  v1::Event::descriptor();
  v1::GetServerInfoRequest::descriptor();
  std::vector<const MethodDescriptor*> methods;
  for (const char* name :
       {"admin", "dataset", "decision", "evaluation", "event", "job", "task", "workflow"}) {
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(
        "tunegate/v1/" + std::string(name) + ".proto");
    if (file == nullptr) continue;
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

TEST(MethodsTest, TableHasEveryUnaryMethodOfTheApiAndNoOther) {
  std::set<std::string> in_api;
  for (const MethodDescriptor* method : MethodsOfTheApi()) {
    if (method->client_streaming() || method->server_streaming()) continue;
    in_api.insert("/" + method->service()->full_name() + "/" + method->name());
  }
  std::set<std::string> in_table;
  for (const Method& method : UnaryMethods()) in_table.insert(method.Path());
  EXPECT_EQ(in_table, in_api);
  EXPECT_GT(in_table.size(), 35u);
}

TEST(MethodsTest, OnlyReadsAndWhatARequestIdProtectsIsRepeated) {
  for (const Method& method : UnaryMethods()) {
    const auto* descriptor = DescriptorPool::generated_pool()->FindMethodByName(
        std::string(method.service) + "." + std::string(method.name));
    ASSERT_NE(descriptor, nullptr) << method.Path();
    const bool reads = method.name.starts_with("Get") || method.name.starts_with("List") ||
                       method.name == "InferTask" || method.name == "ForecastDecision" ||
                       method.name == "Diagnose" || method.name == "CheckStore";
    const bool protects = descriptor->input_type()->FindFieldByName("request_id") != nullptr;
    const bool adopts = method.name == "AdoptJob";  // gives the one that is there already
    EXPECT_EQ(method.repeat == Repeat::kSafe, reads || protects || adopts) << method.Path();
    EXPECT_GT(method.deadline_seconds, 0) << method.Path();
  }
}

TEST(MethodsTest, ServiceConfigNamesTheSafeMethodsAlone) {
  const auto config = json::Parse(ServiceConfig());
  ASSERT_TRUE(config.ok()) << config.status();
  const json::Value& rule = (*config)["methodConfig"].Elements().at(0);
  size_t safe = 0;
  for (const Method& method : UnaryMethods()) safe += method.repeat == Repeat::kSafe;
  EXPECT_EQ(rule["name"].Elements().size(), safe);
  for (const json::Value& name : rule["name"].Elements()) {
    EXPECT_NE(name["method"].String(), "CancelJob");
    EXPECT_NE(name["method"].String(), "OverrideDecision");
  }
  EXPECT_EQ(rule["retryPolicy"]["retryableStatusCodes"], json::Array({"UNAVAILABLE"}));
}

TEST(MethodsTest, PublishedServiceConfigIsTheOneThatWeUse) {
  std::ifstream file("proto/tunegate/v1/service_config.json");
  const std::string published{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(published, ServiceConfig() + "\n")
      << "proto/tunegate/v1/service_config.json must hold what ServiceConfig() gives";
}

}  // namespace
}  // namespace tunegate::client
