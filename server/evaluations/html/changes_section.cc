// Who changed sides, grouped by what was confused with what: what the baseline got right and the
// candidate lost first, then what it gained.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

using Group = v1::Report::ChangeGroup;

constexpr size_t kMostGroups = 8;

struct Side {
  std::vector<const Group*> groups;  // largest first, as in the report
  int64_t count = 0;
};

Side SideOf(const v1::Report& report, bool gained) {
  Side side;
  for (const Group& group : report.changes()) {
    if (group.gained() != gained) continue;
    side.groups.push_back(&group);
    side.count += group.count();
  }
  return side;
}

// `largest` fills its bar; both sides share it, so that their bars compare.
void WriteGroup(const Group& group, int64_t largest, bool many_fields, Writer& w) {
  w.Raw("<tr><th scope=\"row\"><bdi>").Text(group.expected());
  w.Raw("</bdi>");
  if (many_fields)
    w.Raw("<span class=\"of\"><bdi>").Text(FieldName(group.field())).Raw("</bdi></span>");
  w.Raw("</th><td class=\"word\"><bdi>");
  w.Text(group.answered().empty() ? "no valid answer" : group.answered());
  w.Raw("</bdi></td><td class=\"n\">");
  w.Text(Count(group.count())).Raw("</td><td class=\"bar\">");
  w.Raw("<svg aria-hidden=\"true\" height=\"10\"><rect height=\"10\" rx=\"2\"");
  w.Attribute("class", group.gained() ? "gained-bar" : "lost-bar");
  w.PercentAttribute(
      "width",
      largest == 0 ? 0 : 100.0 * static_cast<double>(group.count()) / static_cast<double>(largest));
  w.Raw("/></svg></td></tr>");
}

void WriteSide(const Side& side, bool gained, int64_t largest, bool many_fields, Writer& w) {
  w.Raw("<div><h3>").Text(gained ? "Gained: " : "Lost: ");
  w.Text(Counted(side.count, "example", "examples")).Raw("</h3><p>");
  w.Raw(gained ? TrustedMarkup{"Only the candidate is right."}
               : TrustedMarkup{"Only the baseline is right."});
  w.Raw("</p>");
  if (side.groups.empty()) {
    w.Raw("<p class=\"of\">None.</p></div>");
    return;
  }
  w.Raw("<table class=\"changes\"><caption class=\"unseen\">");
  w.Text(gained ? "Gained, by confusion" : "Lost, by confusion");
  w.Raw(
      "</caption><thead><tr>"
      "<th scope=\"col\">Right</th>"
      "<th scope=\"col\">");
  w.Text(gained ? "Baseline said" : "Candidate said");
  w.Raw(
      "</th><th scope=\"col\" class=\"n\">Count</th>"
      "<th scope=\"col\" class=\"bar\"><span class=\"unseen\">Share</span>"
      "</th></tr></thead><tbody>");
  const size_t shown = std::min(side.groups.size(), kMostGroups);
  for (size_t i = 0; i < shown; ++i) WriteGroup(*side.groups[i], largest, many_fields, w);
  w.Raw("</tbody></table>");
  if (side.groups.size() > shown) {
    w.Raw("<p class=\"of\">And ").Text(Count(static_cast<int64_t>(side.groups.size() - shown)));
    w.Raw(" more kinds, none of them more frequent.</p>");
  }
  w.Raw("</div>");
}

}  // namespace

void WriteChanges(const Page& page, Writer& w) {
  const v1::Report& report = page.report();
  if (report.changes().empty()) return;
  const Side lost = SideOf(report, false);
  const Side gained = SideOf(report, true);
  int64_t largest = 0;
  bool many_fields = false;
  for (const Group& group : report.changes()) {
    largest = std::max(largest, group.count());
    many_fields = many_fields || group.field() != report.changes(0).field();
  }
  w.Raw(
      "<section aria-labelledby=\"changes\"><h2 id=\"changes\">What changed</h2><p>Examples that "
      "changed sides, by what the wrong variant said in place of what is right.</p>"
      "<div class=\"pair\">");
  WriteSide(lost, false, largest, many_fields, w);
  WriteSide(gained, true, largest, many_fields, w);
  w.Raw("</div></section>\n");
}

}  // namespace tunegate::evaluations::html
