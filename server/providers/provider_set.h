// ProviderSet: the configured providers by name. The first is the default.
#ifndef TUNEGATE_SERVER_PROVIDERS_PROVIDER_SET_H_
#define TUNEGATE_SERVER_PROVIDERS_PROVIDER_SET_H_

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/providers/provider.h"

namespace tunegate::providers {

struct ConfiguredProvider {
  std::shared_ptr<Provider> provider;
  bool sandbox = false;  // the one that comes with the product: screens must say so
  // Becomes true when it says of itself that it is the sandbox; null: nobody asks it.
  std::shared_ptr<const std::atomic<bool>> found_sandbox = nullptr;
};

// Immutable but for what providers say of themselves; thread-safe.
class ProviderSet {
 public:
  // At least one.
  explicit ProviderSet(std::vector<ConfiguredProvider> providers);

  // The provider of this name, or the default for an empty one. INVALID_FIELD for `field` with the
  // names that there are.
  absl::StatusOr<Provider*> Find(std::string_view name, std::string_view field) const;

  const ConfiguredProvider& first() const { return providers_.front(); }
  // The default first.
  const std::vector<ConfiguredProvider>& all() const { return providers_; }
  // Whether it is the sandbox, by its configuration or by its own word.
  bool IsSandbox(std::string_view name) const;

 private:
  std::vector<ConfiguredProvider> providers_;
};

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_PROVIDER_SET_H_
