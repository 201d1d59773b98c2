// What kind of file a user sent.
#ifndef TUNEGATE_SERVER_DATASETS_FILE_FORMAT_H_
#define TUNEGATE_SERVER_DATASETS_FILE_FORMAT_H_

#include <string_view>

#include "tunegate/v1/dataset.pb.h"

namespace tunegate::datasets {

// The format that `spec` names; else by the file name's ending (.jsonl .ndjson .json, .csv,
// .tsv .tab); else by the first bytes: "{" or "[" starts JSON, a tab in the first line means TSV,
// and anything else is CSV. Never FORMAT_UNSPECIFIED.
v1::ImportDatasetRequest::Format FormatOf(const v1::ImportDatasetRequest::ImportSpec& spec,
                                          std::string_view bytes);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_FILE_FORMAT_H_
