#include "server/sandbox/faults/fault_book.h"

namespace tunegate::sandbox {
namespace {

// The text up to the next '/' or blank, and the text after it.
std::string_view TakeSegment(std::string_view& text) {
  const size_t end = text.find_first_of("/ ");
  const std::string_view segment = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return segment;
}

bool IsPlaceholder(std::string_view segment) { return !segment.empty() && segment[0] == '{'; }

}  // namespace

bool MeansRoute(std::string_view on, std::string_view route) {
  if (on == "*") return true;
  while (!on.empty() && !route.empty()) {
    const std::string_view wanted = TakeSegment(on);
    const std::string_view segment = TakeSegment(route);
    if (wanted != segment && !(IsPlaceholder(wanted) && IsPlaceholder(segment))) return false;
  }
  return on.empty() && route.empty();
}

void FaultBook::SetRules(std::vector<FaultRule> rules) {
  MutexLock lock(mutex_);
  entries_.clear();
  for (FaultRule& rule : rules) {
    auto effect = std::make_shared<const FaultEffect>(rule.effect);
    entries_.push_back({std::move(rule), std::move(effect)});
  }
  any_ = !entries_.empty();
}

std::vector<std::shared_ptr<const FaultEffect>> FaultBook::Meet(std::string_view route) {
  std::vector<std::shared_ptr<const FaultEffect>> effects;
  if (!any_) return effects;
  MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (!MeansRoute(rule.on, route)) continue;
    ++entry.seen;
    const bool exhausted = rule.times > 0 && entry.applied >= rule.times;
    if (exhausted || entry.seen <= rule.after || (entry.seen - rule.after) % rule.every != 0) {
      continue;
    }
    ++entry.applied;
    effects.push_back(entry.effect);
  }
  return effects;
}

json::Value FaultBook::Report() const {
  MutexLock lock(mutex_);
  json::Value rules = json::Array();
  for (const Entry& entry : entries_) {
    json::Value rule = entry.rule.source;
    rule.Set("seen", entry.seen);
    rule.Set("applied", entry.applied);
    rules.Append(std::move(rule));
  }
  return json::Object({{"rules", std::move(rules)}});
}

}  // namespace tunegate::sandbox
