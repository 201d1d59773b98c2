// Pages of a resource's rows: the same for findings, metrics and provider events.
#ifndef TUNEGATE_SERVER_RESOURCES_ROWS_H_
#define TUNEGATE_SERVER_RESOURCES_ROWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/resources/page.h"
#include "server/store/store.h"

namespace tunegate::resources {

struct RowPage {
  std::vector<store::Row> rows;
  std::string next_page_token;
};

// One page of parent's stream, by key.
inline absl::StatusOr<RowPage> ReadRowPage(store::Store& store, const std::string& parent,
                                           std::string_view stream, int page_size,
                                           std::string_view page_token) {
  TG_ASSIGN_OR_RETURN(const int size, PageSize(page_size));
  const std::string bound = absl::StrCat(parent, "\n", std::string(stream));
  TG_ASSIGN_OR_RETURN(const std::string after, ReadPageToken(page_token, bound));
  RowPage page;
  // One more tells whether there is a next page.
  TG_ASSIGN_OR_RETURN(page.rows, store.ReadRows(parent, stream, after, size + 1));
  if (static_cast<int>(page.rows.size()) > size) {
    page.rows.pop_back();
    page.next_page_token = MakePageToken(page.rows.back().key, bound);
  }
  return page;
}

// The same, each row's payload parsed into `add()`. INTERNAL (STORE_CORRUPT).
template <typename Add>
absl::StatusOr<std::string> ReadRowPageInto(store::Store& store, const std::string& parent,
                                            std::string_view stream, int page_size,
                                            std::string_view page_token, Add add) {
  TG_ASSIGN_OR_RETURN(RowPage page, ReadRowPage(store, parent, stream, page_size, page_token));
  for (const store::Row& row : page.rows) {
    if (!add()->ParseFromString(row.payload)) {
      return Internal("STORE_CORRUPT", absl::StrCat("row ", row.key, " of ", parent, " (",
                                                    std::string(stream), ") cannot be parsed"));
    }
  }
  return page.next_page_token;
}

}  // namespace tunegate::resources

#endif  // TUNEGATE_SERVER_RESOURCES_ROWS_H_
