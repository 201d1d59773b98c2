// SHA-256 and hexadecimal text (OpenSSL). Digests name blobs, requests, policies and datasets.
#ifndef TUNEGATE_COMMON_DIGEST_H_
#define TUNEGATE_COMMON_DIGEST_H_

#include <memory>
#include <string>
#include <string_view>

namespace tunegate {

// Lower-case hexadecimal SHA-256 of `bytes` (64 characters).
std::string Sha256Hex(std::string_view bytes);

// The same, fed piece by piece. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::string_view bytes);
  // May be called once; nothing may follow it.
  std::string FinishHex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// `size` random bytes from the system's generator, as lower-case hexadecimal (2 * size characters).
std::string RandomHex(int size);

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_DIGEST_H_
