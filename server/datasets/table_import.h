// A table's rows as chat examples, by a mapping of columns to parts of an example.
#ifndef TUNEGATE_SERVER_DATASETS_TABLE_IMPORT_H_
#define TUNEGATE_SERVER_DATASETS_TABLE_IMPORT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/datasets/findings.h"
#include "server/datasets/table.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::datasets {

// Checks the targets of spec.columns against the task, before a byte is read: each is known and
// stands once, "user" is among them, and either "assistant" or every field that must have a value.
// OK when there are no columns: then the header names the targets. INVALID_ARGUMENT
// (INVALID_IMPORT) with the fields under "spec".
absl::Status CheckColumns(const v1::Task& task, const v1::ImportDatasetRequest::ImportSpec& spec);

// Calls emit(line, number) with a chat line (without a line feed) for every row without errors;
// `number` is the row's line in the table. Of `spec`, dataset.split, columns and headerless are
// read. Cells lose outer white space; a set's elements are separated by ";", a number field's cell
// is a number and a JSON field's JSON, or a finding with the cell's line and column. Slices
// ("label:KEY") are kept for test sets only.
void ImportTable(const v1::Task& task, const v1::ImportDatasetRequest::ImportSpec& spec,
                 Dialect dialect, std::string_view bytes, const FindingSink& sink,
                 const std::function<void(std::string, int64_t)>& emit);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_TABLE_IMPORT_H_
