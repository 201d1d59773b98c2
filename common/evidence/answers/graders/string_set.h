// A set of strings in JSON.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_STRING_SET_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_STRING_SET_H_

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"

namespace tunegate::graders {

// Whether it is an array of strings alone.
inline bool IsStringSet(const json::Value& value) {
  return value.IsArray() &&
         std::all_of(value.Elements().begin(), value.Elements().end(),
                     [](const json::Value& element) { return element.IsString(); });
}

// The elements, sorted, each once. Nothing when it is no set.
inline std::optional<std::vector<std::string>> ReadStringSet(const json::Value& value) {
  if (!IsStringSet(value)) return std::nullopt;
  std::vector<std::string> items;
  items.reserve(value.Elements().size());
  for (const json::Value& element : value.Elements()) items.push_back(element.String());
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_STRING_SET_H_
