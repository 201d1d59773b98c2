// Tables of shares in both arms, each row with a drawing of points and whiskers on one axis.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_SHARE_TABLE_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_SHARE_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {

// One row.
struct ShareRow {
  std::string name;
  std::string_view note;  // beneath the name; may be empty
  const v1::Report::Metric* metric = nullptr;
};

// Rows under one heading; an empty heading is none.
struct ShareGroup {
  std::string heading;
  std::vector<ShareRow> rows;
  std::string more;  // a line at the end, for what was left out; may be empty
};

struct ShareTable {
  std::string_view caption;  // for screen readers
  std::string_view rows_of;  // the first column's head: "Share", "Slice"
  // True: narrow rows, with how many examples each has and shares without their intervals, which
  // the drawing shows.
  bool dense = false;
};

void WriteShareTable(const Page& page, const ShareTable& table,
                     const std::vector<ShareGroup>& groups, Writer& w);

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_SHARE_TABLE_H_
