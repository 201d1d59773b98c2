// What takes long, over a real gRPC server: one at a time, and not for those who have gone.
#include "server/admin/admin_service.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/worker_pool.h"
#include "gtest/gtest.h"
#include "server/admin/admin_api.h"
#include "server/providers/fake_provider.h"
#include "server/rpc/dispatcher.h"
#include "server/store/test_store.h"
#include "tunegate/v1/admin.grpc.pb.h"

namespace tunegate::admin {
namespace {

// Checks and copies for as long as somebody waits.
class EndlessCaretaker final : public store::Caretaker {
 public:
  absl::StatusOr<std::vector<std::string>> CheckDatabase(const store::StopCheck& stop) override {
    return RunUntil(stop);
  }
  absl::StatusOr<std::unique_ptr<store::StoreCopy>> Copy(const store::StopCheck& stop) override {
    return RunUntil(stop);
  }
  absl::StatusOr<int64_t> DropOldEvents(const store::Retention&,
                                        const store::StopCheck& stop) override {
    if (drops_endlessly.load()) return RunUntil(stop);
    return 0;
  }
  absl::StatusOr<int64_t> SweepBlobs(const std::set<std::string>&, absl::Duration) override {
    return 0;
  }
  absl::Status GiveBackSpace(const store::StopCheck&) override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> SizeBytes() override { return 0; }

  std::atomic<bool> drops_endlessly{false};

  // Polled: nothing else tells a test that a call has come so far.
  void AwaitBegun(int count) const {
    while (begun_.load() < count) std::this_thread::yield();
  }

 private:
  absl::Status RunUntil(const store::StopCheck& stop) {
    ++begun_;
    while (!stop()) std::this_thread::yield();
    return absl::CancelledError("stopped");
  }
  std::atomic<int> begun_{0};
};

class AdminServiceTest : public testing::Test {
 protected:
  AdminServiceTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::AdminService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                          grpc::InsecureChannelCredentials()));
  }
  ~AdminServiceTest() override {
    server_->Shutdown();
    pool_.Shutdown();
  }

  grpc::StatusCode Check(grpc::ClientContext& context) {
    v1::CheckStoreResponse response;
    return stub_->CheckStore(&context, v1::CheckStoreRequest(), &response).error_code();
  }
  grpc::StatusCode Backup(grpc::ClientContext& context) {
    const auto reader = stub_->CreateBackup(&context, v1::CreateBackupRequest());
    v1::CreateBackupResponse response;
    EXPECT_FALSE(reader->Read(&response));
    return reader->Finish().error_code();
  }

  grpc::Status Compact(grpc::ClientContext& context) {
    v1::CompactStoreResponse response;
    return stub_->CompactStore(&context, v1::CompactStoreRequest(), &response);
  }
  // `call` takes for ever, until the server drains; and then it is not begun again.
  template <typename Call>
  void ExpectEndedByDrain(Call call) {
    grpc::ClientContext first;
    std::thread waiting([&] { EXPECT_EQ(call(first), grpc::StatusCode::UNAVAILABLE); });
    caretaker_.AwaitBegun(1);
    api_.Drain();
    waiting.join();
    grpc::ClientContext second;
    EXPECT_EQ(call(second), grpc::StatusCode::UNAVAILABLE);
    grpc::ClientContext told;
    EXPECT_NE(Compact(told).error_message().find("the server shuts down"), std::string::npos);
  }

  const std::unique_ptr<store::Store> store_ = store::OpenTestStore();
  const providers::ProviderSet providers_{std::vector<providers::ConfiguredProvider>{
      {std::make_shared<providers::FakeProvider>(&store_->clock()), /*sandbox=*/true}}};
  EndlessCaretaker caretaker_;
  AdminApi api_{store_.get(), &providers_, nullptr, nullptr, nullptr, {}, {&caretaker_}};
  WorkerPool pool_{/*threads=*/4, /*max_queued=*/100};
  rpc::Dispatcher dispatcher_{&pool_, {}};
  const std::unique_ptr<grpc::Service> service_ = NewAdminService(&api_, &dispatcher_);
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AdminService::Stub> stub_;
};

TEST_F(AdminServiceTest, SecondCheckOrBackupIsToldToComeAgain) {
  grpc::ClientContext first;
  std::thread checking([&] { EXPECT_EQ(Check(first), grpc::StatusCode::CANCELLED); });
  caretaker_.AwaitBegun(1);
  grpc::ClientContext second;
  EXPECT_EQ(Check(second), grpc::StatusCode::RESOURCE_EXHAUSTED);
  grpc::ClientContext third;
  EXPECT_EQ(Backup(third), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::CompactStoreResponse compacted;
  grpc::ClientContext fourth;
  EXPECT_EQ(stub_->CompactStore(&fourth, {}, &compacted).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  first.TryCancel();
  checking.join();
}

TEST_F(AdminServiceTest, CallerWhoGoesAwayStopsItAndItIsTheNextOnesTurn) {
  for (int i = 0; i < 4; ++i) {
    grpc::ClientContext context;
    std::thread waiting([&, i] {
      const auto ended = i % 2 == 0 ? Check(context) : Backup(context);
      EXPECT_EQ(ended, grpc::StatusCode::CANCELLED) << i;
    });
    caretaker_.AwaitBegun(i + 1);
    context.TryCancel();
    waiting.join();
    // The client knows at once; the server has stopped when the turn is free again.
    v1::CompactStoreResponse compacted;
    grpc::Status status;
    do {
      grpc::ClientContext next;
      status = stub_->CompactStore(&next, {}, &compacted);
    } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

TEST_F(AdminServiceTest, DrainEndsACheck) {
  ExpectEndedByDrain([this](grpc::ClientContext& context) { return Check(context); });
}

TEST_F(AdminServiceTest, DrainEndsABackupThatIsBeingCopied) {
  ExpectEndedByDrain([this](grpc::ClientContext& context) { return Backup(context); });
}

TEST_F(AdminServiceTest, DrainEndsACompaction) {
  caretaker_.drops_endlessly = true;
  ExpectEndedByDrain(
      [this](grpc::ClientContext& context) { return Compact(context).error_code(); });
}

}  // namespace
}  // namespace tunegate::admin
