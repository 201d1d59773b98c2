// DatabaseClock: the database's clock as this process reckons it, from one reading and the
// machine's monotonic clock; what the machine believes the date to be does not matter.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_DATABASE_CLOCK_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_DATABASE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/store/postgres/connection.h"

namespace tunegate::store::postgres {

// Thread-safe.
class DatabaseClock : public Clock {
 public:
  // Reads the database's clock; a reading that took long is left out, but for the first.
  absl::Status Read(Connection& connection);

  absl::Time Now() const override;
  absl::Duration Monotonic() const override { return RealClock().Monotonic(); }

 private:
  std::atomic<bool> read_ = false;
  std::atomic<int64_t> offset_ = 0;  // nanoseconds from the monotonic clock to Unix time
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_DATABASE_CLOCK_H_
