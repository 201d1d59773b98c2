#include "server/store/postgres/database_clock.h"

#include "common/errors.h"
#include "server/store/postgres/postgres_reads.h"

namespace tunegate::store::postgres {
namespace {

constexpr absl::Duration kLong = absl::Milliseconds(100);

}  // namespace

absl::Status DatabaseClock::Read(Connection& connection) {
  // Once for nothing: the first time the statement is still to be prepared.
  TG_RETURN_IF_ERROR(ReadClock(connection).status());
  const absl::Duration before = Monotonic();
  TG_ASSIGN_OR_RETURN(const absl::Time there, ReadClock(connection));
  const absl::Duration took = Monotonic() - before;
  if (took > kLong && read_) return absl::OkStatus();
  // It was read somewhere between asking and the answer.
  offset_ = absl::ToUnixNanos(there) - absl::ToInt64Nanoseconds(before + took / 2);
  read_ = true;
  return absl::OkStatus();
}

absl::Time DatabaseClock::Now() const {
  return absl::FromUnixNanos(offset_ + absl::ToInt64Nanoseconds(Monotonic()));
}

}  // namespace tunegate::store::postgres
