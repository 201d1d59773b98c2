#include "client/channel.h"

#include <arpa/inet.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "client/methods.h"
#include "common/errors.h"

namespace tunegate::client {
namespace {

// Where Debian keeps the system's authorities; gRPC's own default is not packaged there.
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";
// A response may hold a thousand resources; gRPC's 4 MB are too few for that.
constexpr int kMaxReceiveBytes = 64 << 20;

absl::Status CheckOneServer(std::string_view server) {
  if (server.starts_with("unix:")) return absl::OkStatus();
  const size_t colon = server.rfind(':');
  int port = 0;
  if (colon != std::string_view::npos && colon > 0) {
    const std::string_view digits = server.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), port);
    if (error != std::errc() || end != digits.end()) port = 0;
  }
  if (port > 0 && port <= 65535) return absl::OkStatus();
  return InvalidArgument(
      "BAD_SERVER",
      "'" + std::string(server) + "' names no server; expected HOST:PORT, e.g. " + kDefaultServer);
}

bool IsNumeric(const std::string& server, int family) {
  std::string host = server.substr(0, server.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in6_addr address;
  return inet_pton(family, host.c_str(), &address) == 1;
}

// gRPC's name for `server`: several addresses of one family have a scheme of their own.
absl::StatusOr<std::string> TargetOf(const std::string& server) {
  const std::vector<std::string> all = absl::StrSplit(server, ',');
  for (const std::string& one : all) TG_RETURN_IF_ERROR(CheckOneServer(one));
  if (all.size() == 1) return server;
  for (const auto& [scheme, family] : {std::pair("ipv4:", AF_INET), std::pair("ipv6:", AF_INET6)}) {
    if (std::all_of(all.begin(), all.end(),
                    [&](const std::string& one) { return IsNumeric(one, family); })) {
      return scheme + server;
    }
  }
  return InvalidArgument("BAD_SERVER",
                         "'" + server +
                             "' names several servers; expected IPv4 addresses alone, or IPv6 "
                             "addresses alone (or one DNS name that stands for all of them)");
}

bool IsLoopbackAddress(std::string_view server) {
  return server.starts_with("127.") || server.starts_with("localhost:") ||
         server.starts_with("[::1]:") || server.starts_with("unix:");
}

absl::Status CheckToken(const ChannelOptions& options, bool encrypted) {
  if (options.token.empty()) return absl::OkStatus();
  const bool printable = std::all_of(options.token.begin(), options.token.end(),
                                     [](unsigned char c) { return c > 32 && c < 127; });
  if (!printable) {
    return InvalidArgument("BAD_TOKEN",
                           "the token has white space or other characters that no token has; "
                           "set TUNEGATE_TOKEN anew");
  }
  if (!encrypted && !IsLoopback(options.server)) {
    return InvalidArgument("TOKEN_WITHOUT_TLS", "the token would travel unencrypted to " +
                                                    options.server +
                                                    "; use --tls (or unset TUNEGATE_TOKEN)");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAuthorities(const std::string& ca_file) {
  std::ifstream file(ca_file.empty() ? kSystemAuthorities : ca_file, std::ios::binary);
  std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (ca_file.empty() || pem.find("-----BEGIN CERTIFICATE-----") != std::string::npos) return pem;
  return InvalidArgument("BAD_CA_FILE",
                         "'" + ca_file + "' cannot be read or has no PEM certificate in it");
}

grpc::ChannelArguments Arguments(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(ServiceConfig());
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, absl::ToInt64Milliseconds(options.keepalive));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                   absl::ToInt64Milliseconds(options.keepalive_timeout));
  // Who only listens sends nothing but pings: there is no limit to them.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A machine's web proxy has no business with its own loopback.
  if (IsLoopback(options.server)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

}  // namespace

bool IsLoopback(const std::string& server) {
  const std::vector<std::string> all = absl::StrSplit(server, ',');
  return std::all_of(all.begin(), all.end(), IsLoopbackAddress);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options) {
  TG_ASSIGN_OR_RETURN(const std::string target, TargetOf(options.server));
  const bool encrypted = options.tls || !options.ca_file.empty();
  TG_RETURN_IF_ERROR(CheckToken(options, encrypted));
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (encrypted) {
    grpc::SslCredentialsOptions tls;
    TG_ASSIGN_OR_RETURN(tls.pem_root_certs, ReadAuthorities(options.ca_file));
    credentials = grpc::SslCredentials(tls);
  } else {
    credentials = grpc::InsecureChannelCredentials();
  }
  return grpc::CreateCustomChannel(target, credentials, Arguments(options));
}

}  // namespace tunegate::client
