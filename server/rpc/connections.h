// Connections: makes clients leave a gRPC server before it shuts down.
//
// grpc::Server::Shutdown alone answers CANCELLED to calls that arrive in the moment before its
// GOAWAY reaches their clients, and no usual retry policy repeats those. So the server first
// becomes one that nobody calls any more:
//
//   StopListening(port);      // who looks for a server finds another one
//   SendGoaways(*server);     // calls under way go on; further ones are made elsewhere
//   AwaitDisconnected(*server, port, timeout);
//   server->Shutdown(...);
//
// A call that crosses the GOAWAY is never begun and ends UNAVAILABLE with its connection.
#ifndef TUNEGATE_SERVER_RPC_CONNECTIONS_H_
#define TUNEGATE_SERVER_RPC_CONNECTIONS_H_

#include "absl/time/time.h"

namespace grpc {
class Server;
}  // namespace grpc

namespace tunegate::rpc {

// From here on this process refuses new connections to its TCP port `port`; those there are stay.
void StopListening(int port);

// Asks every client that is connected to make its further calls elsewhere.
void SendGoaways(grpc::Server& server);

// Waits until nobody is connected to TCP port `port`, which is `server`'s, at most `timeout` of
// real time; who was shaking hands until now is asked to go as well. True when nobody is connected.
bool AwaitDisconnected(grpc::Server& server, int port, absl::Duration timeout);

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_CONNECTIONS_H_
