#include "common/evidence/answers/graders/json_containment.h"

#include <string_view>
#include <unordered_map>

namespace tunegate::graders {
namespace {

// Finds members by name without walking through all of them each time.
class MemberIndex {
 public:
  explicit MemberIndex(const json::Value& object) : object_(object) {
    if (object.Members().size() <= kFewMembers) return;
    for (const auto& [name, value] : object.Members()) index_.emplace(name, &value);
  }

  const json::Value* Find(std::string_view name) const {
    if (index_.empty()) return object_.Find(name);
    const auto found = index_.find(name);
    return found != index_.end() ? found->second : nullptr;
  }

 private:
  // Up to here, comparing names is faster than hashing them.
  static constexpr size_t kFewMembers = 16;

  const json::Value& object_;
  std::unordered_map<std::string_view, const json::Value*> index_;
};

// Whether each member of `part` is in `whole` and `holds(member of whole, member of part)`.
template <typename Holds>
bool EveryMember(const json::Value& whole, const json::Value& part, Holds holds) {
  if (whole.Members().size() < part.Members().size()) return false;
  const MemberIndex members(whole);
  for (const auto& [name, value] : part.Members()) {
    const json::Value* found = members.Find(name);
    if (found == nullptr || !holds(*found, value)) return false;
  }
  return true;
}

}  // namespace

bool SameJson(const json::Value& a, const json::Value& b) {
  if (a.IsObject() && b.IsObject()) {
    return a.Members().size() == b.Members().size() && EveryMember(a, b, SameJson);
  }
  if (a.IsArray() && b.IsArray()) {
    const auto& left = a.Elements();
    const auto& right = b.Elements();
    if (left.size() != right.size()) return false;
    for (size_t i = 0; i < left.size(); ++i) {
      if (!SameJson(left[i], right[i])) return false;
    }
    return true;
  }
  return a == b;  // scalars, or values of different types
}

bool ContainsJson(const json::Value& whole, const json::Value& part) {
  if (whole.IsObject() && part.IsObject()) return EveryMember(whole, part, ContainsJson);
  if (whole.IsArray() && part.IsArray()) {
    // The first element that will do is as good as any later one, so each is looked at once.
    size_t wanted = 0;
    for (const json::Value& element : whole.Elements()) {
      if (wanted == part.Elements().size()) break;
      if (ContainsJson(element, part.Elements()[wanted])) ++wanted;
    }
    return wanted == part.Elements().size();
  }
  return whole == part;
}

}  // namespace tunegate::graders
