// The contract of Store as tests, for every engine. An engine's test includes this and says:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(SqliteFactory()), EngineName);
#ifndef TUNEGATE_SERVER_STORE_STORE_CONTRACT_TEST_H_
#define TUNEGATE_SERVER_STORE_STORE_CONTRACT_TEST_H_

#include "server/store/contract/commits.h"  // IWYU pragma: export
#include "server/store/contract/fixture.h"  // IWYU pragma: export
#include "server/store/contract/lasting.h"  // IWYU pragma: export
#include "server/store/contract/naming.h"   // IWYU pragma: export
#include "server/store/contract/reading.h"  // IWYU pragma: export
#include "server/store/contract/work.h"     // IWYU pragma: export

#endif  // TUNEGATE_SERVER_STORE_STORE_CONTRACT_TEST_H_
