// Queries that stand in two splits: a model that was trained on a test's query knows its answer.
#ifndef TUNEGATE_SERVER_DATASETS_LEAKAGE_H_
#define TUNEGATE_SERVER_DATASETS_LEAKAGE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "tunegate/v1/dataset.pb.h"

namespace tunegate::datasets {

// The queries of a file, without their text: sorted 64-bit prefixes of SHA-256. Among 100,000
// queries two different ones meet with a chance of 3 in 10^10.
using QueryDigests = std::vector<uint64_t>;

// Two queries are the same when they differ only in case, accents, punctuation and white space.
uint64_t DigestQuery(std::string_view query);

// The digests of a file's last user messages; lines that hold no example are left out.
QueryDigests DigestQueries(std::string_view jsonl);

// One finding (QUERY_IN_OTHER_SPLIT, a WARNING) for each line of `jsonl`, a file of `split`, whose
// query is among `other`, those of `other_name` ("datasets/x") of `other_split`. When one of the
// two is a test set and more than one query in twenty is in both, an ERROR (LEAKAGE) follows: such
// a test would judge memory.
std::vector<v1::Finding> FindLeakage(std::string_view jsonl, v1::Dataset::Split split,
                                     const QueryDigests& other, std::string_view other_name,
                                     v1::Dataset::Split other_split);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_LEAKAGE_H_
