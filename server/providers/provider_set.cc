#include "server/providers/provider_set.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "common/utf8.h"

namespace tunegate::providers {

ProviderSet::ProviderSet(std::vector<ConfiguredProvider> providers)
    : providers_(std::move(providers)) {}

absl::StatusOr<Provider*> ProviderSet::Find(std::string_view name, std::string_view field) const {
  if (name.empty()) return providers_.front().provider.get();
  std::vector<std::string> names;
  for (const ConfiguredProvider& configured : providers_) {
    if (configured.provider->name() == name) return configured.provider.get();
    names.push_back(configured.provider->name());
  }
  return InvalidField(field,
                      absl::StrCat("no provider '", Abbreviate(ToValidUtf8(name), 60),
                                   "' is configured; there are: ", absl::StrJoin(names, ", ")));
}

bool ProviderSet::IsSandbox(std::string_view name) const {
  for (const ConfiguredProvider& configured : providers_) {
    if (!name.empty() && configured.provider->name() != name) continue;
    return configured.sandbox ||
           (configured.found_sandbox != nullptr && configured.found_sandbox->load());
  }
  return false;
}

}  // namespace tunegate::providers
