#include "server/store/test_store.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/digest.h"
#include "gtest/gtest.h"
#include "server/store/sqlite/sqlite_store.h"

namespace tunegate::store {

std::string NewTestDirectory() { return testing::TempDir() + "/store-" + RandomHex(8); }

std::unique_ptr<Store> OpenTestStore(const Clock* clock, const std::string& directory) {
  SqliteOptions options;
  options.data_dir = directory;
  options.clock = clock;
  options.synchronous = Synchronous::kNormal;
  auto store = OpenSqliteStore(options);
  if (!store.ok()) {
    std::fprintf(stderr, "no test store: %s\n", store.status().ToString().c_str());
    std::abort();
  }
  return *std::move(store);
}

}  // namespace tunegate::store
