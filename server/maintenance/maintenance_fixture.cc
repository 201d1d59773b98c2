#include "server/maintenance/maintenance_fixture.h"

#include <utility>

#include "common/backup/manifest.h"
#include "common/digest.h"
#include "server/store/sqlite/sqlite_caretaker.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::maintenance {

MaintenanceFixture::MaintenanceFixture()
    : directory_(testing::TempDir() + "/maintenance-" + RandomHex(8)) {
  options_.data_dir = directory_;
  options_.clock = &clock_;
  options_.synchronous = store::Synchronous::kNormal;  // thousands of commits
  store_ = *store::OpenSqliteStore(options_);
  caretaker_ = *store::OpenSqliteCaretaker(options_);
}

void MaintenanceFixture::Put(const std::string& name, const std::string& payload,
                             const std::string& event) {
  store::Transaction transaction;
  store::Put put;
  put.record.name = name;
  put.record.payload = payload;
  transaction.puts.push_back(std::move(put));
  transaction.events.push_back({.resource = name, .payload = event});
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
}

void MaintenanceFixture::PutDataset(const std::string& name, const std::string& bytes) {
  ASSERT_TRUE(store_->PutBlob(Sha256Hex(bytes), bytes).ok());
  NameBytes(name, bytes, v1::Dataset::STATE_READY);
}

void MaintenanceFixture::NameBytes(const std::string& name, const std::string& bytes,
                                   v1::Dataset::State state) {
  store::v1::DatasetRecord record;
  record.mutable_resource()->set_sha256(Sha256Hex(bytes));
  record.mutable_resource()->set_state(state);
  Put(name, record.SerializeAsString(), "");
}

std::string MaintenanceFixture::BlobFile(const std::string& bytes) const {
  return directory_ + "/" + backup::BlobName(Sha256Hex(bytes));
}

}  // namespace tunegate::maintenance
