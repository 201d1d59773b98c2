#include "common/evidence/certificate/signature.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::certificates {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;
using Bio = std::unique_ptr<BIO, FreeBio>;

// OpenSSL fails here only when it cannot work at all: a server that went on would sign nothing
// while it says that it signs.
void Require(bool worked, const char* what) {
  if (worked) return;
  std::fprintf(stderr, "fatal: OpenSSL cannot %s with Ed25519\n", what);
  std::abort();
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Bio ReadingFrom(std::string_view text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Require(bio != nullptr, "read");
  return bio;
}

std::string Written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);  // NOLINT(google-runtime-int): OpenSSL's type
  return std::string(data, static_cast<size_t>(size));
}

// In place of OpenSSL's own, which would ask at the terminal. Sets the flag that it was called.
int RefusePassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Error BadPublicKey(std::string_view why) { return InvalidArgument("BAD_PUBLIC_KEY", why); }
Error BadPrivateKey(std::string_view why) { return InvalidArgument("BAD_PRIVATE_KEY", why); }

bool Holds(std::string_view pem, std::string_view what) {
  return pem.find(what) != std::string_view::npos;
}

}  // namespace

struct PublicKey::Handle {
  explicit Handle(Key made) : key(std::move(made)) {}
  Key key;
};

absl::StatusOr<PublicKey> PublicKey::FromPem(std::string_view pem) {
  if (Holds(pem, "PRIVATE KEY-----")) {
    return BadPublicKey(
        "this is a private key, which is for the server alone; take its public half: "
        "tunegate decision public-key, or openssl pkey -in KEY -pubout");
  }
  const Bio bio = ReadingFrom(pem);
  Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return BadPublicKey("this is no public key in PEM form (-----BEGIN PUBLIC KEY-----)");
  }
  if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
    return BadPublicKey("this is a public key of another kind than Ed25519");
  }
  return PublicKey(std::make_shared<Handle>(std::move(key)));
}

absl::StatusOr<PublicKey> PublicKey::FromRaw(std::string_view bytes) {
  Key key(bytes.size() == kKeyBytes
              ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(bytes), bytes.size())
              : nullptr);
  if (key == nullptr) return BadPublicKey("an Ed25519 public key has 32 bytes");
  return PublicKey(std::make_shared<Handle>(std::move(key)));
}

bool PublicKey::Verify(std::string_view message, std::string_view signature) const {
  const Context context(EVP_MD_CTX_new());
  Require(context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                                                     handle_->key.get()) == 1,
          "verify");
  const int result = EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                                      Bytes(message), message.size());
  ERR_clear_error();
  return result == 1;
}

std::string PublicKey::ToPem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr && PEM_write_bio_PUBKEY(bio.get(), handle_->key.get()) == 1, "write");
  return Written(bio.get());
}

std::string PublicKey::Fingerprint() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr && i2d_PUBKEY_bio(bio.get(), handle_->key.get()) == 1, "write");
  return Sha256Hex(Written(bio.get()));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(std::string_view pem) {
  const Bio bio = ReadingFrom(pem);
  bool passphrase = false;
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &RefusePassphrase, &passphrase));
  ERR_clear_error();
  if (passphrase) {
    return BadPrivateKey("this key is behind a pass phrase, which a server cannot type");
  }
  if (key == nullptr && Holds(pem, "BEGIN PUBLIC KEY-----")) {
    return BadPrivateKey("this is a public key; signing needs the private one");
  }
  if (key == nullptr) {
    return BadPrivateKey("this is no private key in PEM form (-----BEGIN PRIVATE KEY-----)");
  }
  if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
    return BadPrivateKey("this is a private key of another kind than Ed25519");
  }
  return SigningKey(std::make_shared<PublicKey::Handle>(std::move(key)));
}

absl::StatusOr<SigningKey> SigningKey::FromSeed(std::string_view bytes) {
  Key key(bytes.size() == kKeyBytes
              ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(bytes), bytes.size())
              : nullptr);
  if (key == nullptr) return BadPrivateKey("an Ed25519 private key has 32 bytes");
  return SigningKey(std::make_shared<PublicKey::Handle>(std::move(key)));
}

SigningKey SigningKey::Generate() {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  Require(key != nullptr, "make a key");
  return SigningKey(std::make_shared<PublicKey::Handle>(std::move(key)));
}

std::string SigningKey::Sign(std::string_view message) const {
  const Context context(EVP_MD_CTX_new());
  Require(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                                                   public_.handle_->key.get()) == 1,
          "sign");
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  Require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                         Bytes(message), message.size()) == 1,
          "sign");
  return signature;
}

std::string SigningKey::ToPem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr && PEM_write_bio_PrivateKey(bio.get(), public_.handle_->key.get(), nullptr,
                                                     nullptr, 0, nullptr, nullptr) == 1,
          "write");
  return Written(bio.get());
}

}  // namespace tunegate::certificates
