#include "common/digest.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace tunegate {
namespace {

std::string Hex(const unsigned char* bytes, size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * size);
  for (size_t i = 0; i < size; ++i) {
    hex.push_back(kDigits[bytes[i] >> 4]);
    hex.push_back(kDigits[bytes[i] & 15]);
  }
  return hex;
}

// OpenSSL fails here only when it cannot work at all; going on would name things wrongly or, for
// random bytes, predictably.
void Require(int result, const char* what) {
  if (result == 1) return;
  std::fprintf(stderr, "fatal: OpenSSL cannot provide %s\n", what);
  std::abort();
}

}  // namespace

struct Sha256::Context {
  Context() : evp(EVP_MD_CTX_new()) {
    Require(evp != nullptr && EVP_DigestInit_ex(evp, EVP_sha256(), nullptr) == 1, "SHA-256");
  }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  EVP_MD_CTX* evp;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(std::string_view bytes) {
  Require(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()), "SHA-256");
}

std::string Sha256::FinishHex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  Require(EVP_DigestFinal_ex(context_->evp, digest, &size), "SHA-256");
  return Hex(digest, size);
}

std::string Sha256Hex(std::string_view bytes) {
  Sha256 sha;
  sha.Update(bytes);
  return sha.FinishHex();
}

std::string RandomHex(int size) {
  std::vector<unsigned char> bytes(static_cast<size_t>(size));
  Require(RAND_bytes(bytes.data(), size), "random bytes");
  return Hex(bytes.data(), bytes.size());
}

}  // namespace tunegate
