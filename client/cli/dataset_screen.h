// What a dataset and its findings look like.
#ifndef TUNEGATE_CLIENT_CLI_DATASET_SCREEN_H_
#define TUNEGATE_CLIENT_CLI_DATASET_SCREEN_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "client/cli/facts.h"
#include "client/cli/table.h"

namespace tunegate::v1 {
class Dataset;
class Finding;
}  // namespace tunegate::v1

namespace tunegate::cli {

// "train", "validation" or "test".
std::string SplitText(const v1::Dataset& dataset);
// "400 examples, 211 kB, 0 errors, 2 warnings"
std::string SizeText(const v1::Dataset& dataset);
Facts DatasetFacts(const v1::Dataset& dataset);
Table DatasetTable(const google::protobuf::RepeatedPtrField<v1::Dataset>& datasets);
// Line, severity and rule, what is wrong, what to do.
std::vector<Line> FindingLines(const v1::Finding& finding, int columns);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DATASET_SCREEN_H_
