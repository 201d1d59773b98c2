// Finding again what may have been created. Providers take no idempotency key. So whoever creates
// something commits an intent first and puts its id into the metadata; when the outcome of the POST
// is unknown, nothing is sent again before the provider's whole list was searched for that id over
// a settle time. A provider may ignore filters, or list late: hence the whole list, and the time.
//
//   TG_ASSIGN_OR_RETURN(auto listed, ListAll<RemoteJob>([&](const std::string& after) {
//     return provider.ListJobs(after);
//   }));
//   std::vector<RemoteJob> ours = WithIntent(listed, intent_id);  // keep the first, end the rest
//
// Stateless; thread-safe.
#ifndef TUNEGATE_SERVER_PROVIDERS_INTENT_H_
#define TUNEGATE_SERVER_PROVIDERS_INTENT_H_

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/errors.h"
#include "server/providers/provider.h"

namespace tunegate::providers {

// The metadata key that holds an intent's id at the provider.
inline constexpr std::string_view kIntentKey = "tunegate_intent";

// Every item of a list, page by page; what the provider repeats is there repeatedly. Errors as
// `list_page`; INTERNAL (PROVIDER_ANSWER_INVALID) for a list that leads back to where it was.
template <typename T>
absl::StatusOr<std::vector<T>> ListAll(
    const std::function<absl::StatusOr<Page<T>>(const std::string& after)>& list_page) {
  std::vector<T> all;
  std::set<std::string> been;
  std::string after;
  do {
    TG_ASSIGN_OR_RETURN(Page<T> page, list_page(after));
    std::move(page.items.begin(), page.items.end(), std::back_inserter(all));
    after = std::move(page.next_after);
    if (!been.insert(after).second) {
      return Internal("PROVIDER_ANSWER_INVALID", "the pages of the provider's list go in a circle");
    }
  } while (!after.empty());
  return all;
}

// Those of `listed` that were created for this intent, the oldest first, each id once: pages that
// move while they are read repeat items, and nobody is his own twin.
template <typename T>
std::vector<T> WithIntent(const std::vector<T>& listed, const std::string& intent_id) {
  std::vector<T> ours;
  std::copy_if(listed.begin(), listed.end(), std::back_inserter(ours), [&](const T& remote) {
    const auto found = remote.metadata.find(std::string(kIntentKey));
    return found != remote.metadata.end() && found->second == intent_id;
  });
  std::sort(ours.begin(), ours.end(), [](const T& a, const T& b) {
    return std::tie(a.create_time, a.id) < std::tie(b.create_time, b.id);
  });
  std::set<std::string> ids;
  const auto is_repeated = [&](const T& remote) { return !ids.insert(remote.id).second; };
  ours.erase(std::remove_if(ours.begin(), ours.end(), is_repeated), ours.end());
  return ours;
}

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_INTENT_H_
