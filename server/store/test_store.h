// A real store in a fresh directory, for the tests of those who use the port.
//
//   std::unique_ptr<Store> store = OpenTestStore(&fake_clock);
#ifndef TUNEGATE_SERVER_STORE_TEST_STORE_H_
#define TUNEGATE_SERVER_STORE_TEST_STORE_H_

#include <memory>
#include <string>

#include "common/clock.h"
#include "server/store/store.h"

namespace tunegate::store {

// A new directory below gtest's temporary one.
std::string NewTestDirectory();

// SQLite below `directory`, without waiting for the disk. Ends the test program when it cannot be
// opened. `clock` outlives it.
std::unique_ptr<Store> OpenTestStore(const Clock* clock = &RealClock(),
                                     const std::string& directory = NewTestDirectory());

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_TEST_STORE_H_
