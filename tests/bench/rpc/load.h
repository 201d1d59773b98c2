// MeasureCalls: how many calls of one unary method a server answers in a second.
#ifndef TUNEGATE_TESTS_BENCH_RPC_LOAD_H_
#define TUNEGATE_TESTS_BENCH_RPC_LOAD_H_

#include <grpcpp/channel.h>

#include <cstddef>
#include <memory>
#include <string>

namespace tunegate::bench {

// Calls `method` for `seconds` with `in_flight` calls under way at all times, and gives the rate.
// `request` is a serialized message. Ends the program when a call fails or its answer has another
// size than `answer_size`: a server is not fast by being wrong.
double MeasureCalls(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                    const std::string& request, size_t answer_size, int in_flight, double seconds);

}  // namespace tunegate::bench

#endif  // TUNEGATE_TESTS_BENCH_RPC_LOAD_H_
