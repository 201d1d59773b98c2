#include "server/datasets/findings.h"

#include <string>

#include "common/utf8.h"

namespace tunegate::datasets {

v1::Finding MakeFinding(const Rule& rule, const Place& place, std::string_view message) {
  v1::Finding finding;
  finding.set_line(place.line);
  finding.set_column(place.column);
  finding.set_path(ToValidUtf8(place.path));
  finding.set_rule(rule.name);
  finding.set_severity(rule.severity);
  finding.set_message(ToValidUtf8(message));
  finding.set_remedy(rule.remedy);
  return finding;
}

}  // namespace tunegate::datasets
