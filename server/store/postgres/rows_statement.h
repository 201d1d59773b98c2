// RowsStatement: a statement that writes new rows, in two forms. Several rows go as arrays, of
// which unnest() makes rows; one goes as plain values, since arrays cost the database more than the
// row.
//
//   static const auto& kInsert = *new RowsStatement(
//       "INSERT INTO blobs (sha256, size) SELECT sha256, size FROM unnest($1, $2) AS new (sha256,
//       size)");
//   kInsert.Queue(connection, Parameters(), digests, sizes);
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_ROWS_STATEMENT_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_ROWS_STATEMENT_H_

#include <string>
#include <string_view>
#include <utility>

#include "server/store/postgres/connection.h"
#include "server/store/postgres/parameters.h"

namespace tunegate::store::postgres {

// Thread-safe. Outlives the connections that it is queued on.
class RowsStatement {
 public:
  // `sql` names columns in unnest() and, where an index is to be used, in ANY(): each becomes a
  // plain value in the form for one row.
  explicit RowsStatement(std::string_view sql);

  // Queues the form for as many rows as the columns have, which is the same number of all. They are
  // the parameters after the `first` ones.
  template <typename... Columns>
  void Queue(Connection& connection, Parameters first, const Columns&... columns) const {
    const bool one = ((columns.size() == 1) && ...);
    if (one) {
      (first.AddOnlyValue(columns), ...);
    } else {
      (first.Add(columns), ...);
    }
    connection.Queue(one ? for_one_ : for_several_, std::move(first));
  }

 private:
  const std::string for_several_;
  const std::string for_one_;
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_ROWS_STATEMENT_H_
