#include "server/evaluations/run/example_file.h"

#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"

namespace tunegate::evaluations {
namespace {

// Hands out another file than the one that was asked for.
class SwappingStore final : public store::ForwardingStore {
 public:
  SwappingStore(store::Store* target, std::string path)
      : ForwardingStore(target), path_(std::move(path)) {}
  absl::StatusOr<store::BlobFile> OpenBlob(std::string_view) override {
    return store::BlobFile(path_);
  }

 private:
  const std::string path_;
};

class ExampleFileTest : public testing::Test {
 protected:
  absl::StatusOr<ExampleFile> Open(const std::string& bytes) {
    const std::string sha256 = Sha256Hex(bytes);
    EXPECT_TRUE(store_->PutBlob(sha256, bytes).ok());
    return ExampleFile::Open(*store_, sha256);
  }
  static std::string Line(const std::string& query) {
    return datasets::WriteExample("", query, "answer to " + query);
  }

  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  std::unique_ptr<store::Store> store_ = store::OpenTestStore(&clock_);
};

TEST_F(ExampleFileTest, EveryExampleIsReadByItsIndexInAnyOrder) {
  std::string bytes;
  for (int i = 0; i < 5'000; ++i) bytes += Line("query " + std::to_string(i)) + "\n";
  const auto file = Open(bytes);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->size(), 5'000u);
  for (const size_t index : {4'999u, 0u, 2'500u, 1u}) {
    const auto example = file->Read(index);
    ASSERT_TRUE(example.ok()) << example.status();
    EXPECT_EQ(example->query, "query " + std::to_string(index));
    EXPECT_EQ(example->line, static_cast<int64_t>(index) + 1);
  }
}

TEST_F(ExampleFileTest, LinesMayEndInCarriageReturnsAndTheLastInNothing) {
  const auto file = Open(Line("a") + "\r\n" + Line("b"));
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->size(), 2u);
  EXPECT_EQ(file->Read(0)->query, "a");
  EXPECT_EQ(file->Read(1)->query, "b");
  ExampleFile::Reader reader(&*file);
  EXPECT_EQ(reader.Next()->query, "a");
  EXPECT_EQ(reader.Next()->query, "b");
}

TEST_F(ExampleFileTest, LinesMayBeLongerThanAnyBuffer) {
  std::string bytes;
  std::vector<std::string> queries;
  for (size_t i = 0; i < 40; ++i) {
    queries.push_back(
        std::string(i % 7 == 3 ? 700'000 : 3 * i + 1, static_cast<char>('a' + i % 26)));
    bytes += Line(queries.back()) + "\n";
  }
  const auto file = Open(bytes);
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->size(), queries.size());
  for (size_t i = 0; i < queries.size(); ++i) EXPECT_EQ(file->Read(i)->query, queries[i]) << i;
  std::vector<std::string> in_order;
  ASSERT_TRUE(file->ForEach([&in_order](const datasets::Example& example) {
                    EXPECT_EQ(example.line, static_cast<int64_t>(in_order.size()) + 1);
                    in_order.push_back(example.query);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(in_order, queries);
}

TEST_F(ExampleFileTest, AnEmptyFileHasNoExamples) { EXPECT_EQ(Open("")->size(), 0u); }

TEST_F(ExampleFileTest, ABadLineIsNamed) {
  const auto file = Open(Line("a") + "\n{}\n");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(DetailsOf(file->Read(1).status()).metadata.at("line"), "2");
}

TEST_F(ExampleFileTest, AllAreVisitedInOrderUntilTheFirstError) {
  const auto file = Open(Line("a") + "\n" + Line("b") + "\n" + Line("c") + "\n");
  std::vector<std::string> seen;
  EXPECT_FALSE(file->ForEach([&seen](const datasets::Example& example) {
                     seen.push_back(example.query);
                     return seen.size() < 2 ? absl::OkStatus() : absl::CancelledError();
                   })
                   .ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
}

TEST_F(ExampleFileTest, OtherBytesThanItsNameSaysAreRefused) {
  const std::string path = testing::TempDir() + "/other-" + RandomHex(8);
  std::ofstream(path) << Line("b");
  SwappingStore swapping(store_.get(), path);
  EXPECT_EQ(DetailsOf(ExampleFile::Open(swapping, Sha256Hex(Line("a"))).status()).reason,
            kLedgerMismatch);
}

}  // namespace
}  // namespace tunegate::evaluations
