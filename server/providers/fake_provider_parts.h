// What the files of FakeProvider share; not for others.
#ifndef TUNEGATE_SERVER_PROVIDERS_FAKE_PROVIDER_PARTS_H_
#define TUNEGATE_SERVER_PROVIDERS_FAKE_PROVIDER_PARTS_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/providers/fake_provider.h"

namespace tunegate::providers {

// One page of `newest_first`, from behind the item `after`. An unknown `after` gives what OpenAI
// gives: the error of a wrong parameter.
template <typename T>
absl::StatusOr<Page<T>> PageOf(const std::vector<T>& newest_first, const std::string& after,
                               size_t page_size) {
  auto begin = newest_first.begin();
  if (!after.empty()) {
    begin = std::find_if(begin, newest_first.end(), [&](const T& t) { return t.id == after; });
    if (begin == newest_first.end()) {
      return FakeProvider::HttpError(400, "invalid_after", absl::StrCat("no such item: ", after));
    }
    ++begin;
  }
  const auto left = static_cast<size_t>(newest_first.end() - begin);
  Page<T> page;
  page.items.assign(begin, begin + static_cast<std::ptrdiff_t>(std::min(left, page_size)));
  if (left > page_size) page.next_after = page.items.back().id;
  return page;
}

inline absl::Status UnknownFile(const std::string& id) {
  return FakeProvider::HttpError(404, "file_not_found", absl::StrCat("no such file: ", id));
}

template <typename T>
T FakeProvider::Answered(std::string_view method, const std::function<T()>& work) {
  ++calls_[std::string(method)];
  std::deque<Fault>& faults = faults_[std::string(method)];
  if (faults.empty()) return work();
  const Fault fault = std::move(faults.front());
  faults.pop_front();
  if (fault.effect == Effect::kDone) (void)work();  // its answer is what gets lost
  return fault.status;
}

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_FAKE_PROVIDER_PARTS_H_
