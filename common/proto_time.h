// Times and durations between Abseil and google.protobuf.
#ifndef TUNEGATE_COMMON_PROTO_TIME_H_
#define TUNEGATE_COMMON_PROTO_TIME_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace tunegate {

inline google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp result;
  const absl::Duration since_epoch = time - absl::UnixEpoch();
  const int64_t seconds = absl::ToInt64Seconds(absl::Floor(since_epoch, absl::Seconds(1)));
  result.set_seconds(seconds);
  result.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(since_epoch - absl::Seconds(seconds))));
  return result;
}

inline absl::Time FromProto(const google::protobuf::Timestamp& time) {
  return absl::UnixEpoch() + absl::Seconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

inline google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration result;
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  result.set_seconds(nanoseconds / 1'000'000'000);
  result.set_nanos(static_cast<int32_t>(nanoseconds % 1'000'000'000));
  return result;
}

inline absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_PROTO_TIME_H_
