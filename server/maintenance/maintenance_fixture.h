// MaintenanceFixture: a SQLite store in a directory of its own with its caretaker, and short ways
// to keep something in it.
#ifndef TUNEGATE_SERVER_MAINTENANCE_MAINTENANCE_FIXTURE_H_
#define TUNEGATE_SERVER_MAINTENANCE_MAINTENANCE_FIXTURE_H_

#include <memory>
#include <string>

#include "common/clock.h"
#include "gtest/gtest.h"
#include "server/store/caretaker.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/store/store.h"
#include "tunegate/v1/dataset.pb.h"

namespace tunegate::maintenance {

class MaintenanceFixture : public testing::Test {
 protected:
  MaintenanceFixture();

  // Creates a record, in a commit with one event.
  void Put(const std::string& name, const std::string& payload, const std::string& event);
  // Keeps the bytes, and creates a dataset that names them.
  void PutDataset(const std::string& name, const std::string& bytes);
  // Creates a dataset that names them, and leaves the bytes alone.
  void NameBytes(const std::string& name, const std::string& bytes, v1::Dataset::State state);
  // Where they are kept.
  std::string BlobFile(const std::string& bytes) const;

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  const std::string directory_;
  store::SqliteOptions options_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Caretaker> caretaker_;
};

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_MAINTENANCE_FIXTURE_H_
