// EchoService: what an RPC is measured against. Its one method gives bytes that are ready, from the
// gRPC callback thread that took the call; nothing is parsed, made, looked up or counted.
#ifndef TUNEGATE_TESTS_BENCH_RPC_ECHO_SERVICE_H_
#define TUNEGATE_TESTS_BENCH_RPC_ECHO_SERVICE_H_

#include <string>

namespace tunegate::bench {

inline constexpr char kEchoMethod[] = "/tunegate.bench.EchoService/Echo";

// From here on every gRPC server that this process builds answers kEchoMethod with `answer`, beside
// its own services. Once, before the first server.
void AddEchoToServers(const std::string& answer);

}  // namespace tunegate::bench

#endif  // TUNEGATE_TESTS_BENCH_RPC_ECHO_SERVICE_H_
