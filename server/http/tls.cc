#include "server/http/tls.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/errors.h"

namespace tunegate::http {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Bio BioOf(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Error TlsError(std::string_view message) {
  return InvalidArgument("CONFIG_INVALID", message).Field("tls", message);
}

absl::Status UseChain(SSL_CTX* context, const std::string& pem) {
  const Bio bio = BioOf(pem);
  const Certificate leaf(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return TlsError("configuration: tls: the certificate file holds no PEM certificate");
  }
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    // Takes it over.
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return TlsError("configuration: tls: the certificate file's chain cannot be used");
    }
  }
  return absl::OkStatus();
}

absl::Status UseKey(SSL_CTX* context, const std::string& pem) {
  const Bio bio = BioOf(pem);
  const std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return TlsError("configuration: tls: the key file holds no PEM key, or not the certificate's");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SslContext> NewSslContext(const std::string& certificate_chain,
                                         const std::string& private_key) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  TG_RETURN_IF_ERROR(UseChain(context.get(), certificate_chain));
  TG_RETURN_IF_ERROR(UseKey(context.get(), private_key));
  return context;
}

}  // namespace tunegate::http
