// The TLS side of the operator's HTTP port.
#ifndef TUNEGATE_SERVER_HTTP_TLS_H_
#define TUNEGATE_SERVER_HTTP_TLS_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace tunegate::http {

struct FreeSslContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, FreeSslContext>;

// A server's context, TLS 1.2 or newer. INVALID_ARGUMENT (CONFIG_INVALID) for PEM that is no
// certificate chain, no key, or not the certificate's key.
absl::StatusOr<SslContext> NewSslContext(const std::string& certificate_chain,
                                         const std::string& private_key);

}  // namespace tunegate::http

#endif  // TUNEGATE_SERVER_HTTP_TLS_H_
