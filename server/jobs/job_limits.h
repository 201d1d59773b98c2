// How much of what a provider says fits a job's record, which the store keeps up to 64 KiB. What
// one provider writes at length must not keep its job from being recorded at all: texts are cut, of
// what is listed the newest stays, and whoever reads the job is told how much was left out.
#ifndef TUNEGATE_SERVER_JOBS_JOB_LIMITS_H_
#define TUNEGATE_SERVER_JOBS_JOB_LIMITS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/map.h"
#include "server/providers/provider.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::jobs {

inline constexpr size_t kMessageBytes = 1000;  // a reason, a remark
inline constexpr size_t kWordBytes = 200;      // a status, a code, a figure's name
inline constexpr int kMostFigures = 64;
inline constexpr int kMostEventIds = 50;
inline constexpr size_t kCheckpointBytes = 24 * 1024;

// Valid UTF-8 of at most `max_bytes`, with dots in place of what was cut.
std::string Cut(std::string_view text, size_t max_bytes);

// Sets a figure, unless it is a new one and there is no room for it. Returns whether it did.
bool SetFigure(const std::string& name, double value,
               google::protobuf::Map<std::string, double>& figures);

// Puts the newest checkpoints into `job`, as many as there is room for, in their order. Returns how
// many were left out.
size_t SetCheckpoints(const std::vector<providers::RemoteCheckpoint>& checkpoints, v1::Job& job);

// Remembers the id of the newest event; the oldest ids make room for it.
void AddEventId(const std::string& id, store::v1::JobRecord& record);

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_LIMITS_H_
