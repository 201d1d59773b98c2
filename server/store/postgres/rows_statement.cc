#include "server/store/postgres/rows_statement.h"

#include "absl/strings/str_replace.h"

namespace tunegate::store::postgres {

RowsStatement::RowsStatement(std::string_view sql)
    : for_several_(sql),
      for_one_(absl::StrReplaceAll(for_several_, {{"unnest(", "(SELECT "}, {"ANY(", "("}})) {}

}  // namespace tunegate::store::postgres
