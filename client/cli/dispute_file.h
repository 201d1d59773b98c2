// Disputes as a file for people: JSON Lines, or a table (TSV) for a spreadsheet. Both hold the
// example, its query, the answers offered and an empty place for the right one.
#ifndef TUNEGATE_CLIENT_CLI_DISPUTE_FILE_H_
#define TUNEGATE_CLIENT_CLI_DISPUTE_FILE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/cli/dispute.h"

namespace tunegate::cli {

enum class DisputeFormat { kJsonLines, kTable };

// By the file's ending, .jsonl or .tsv; a usage error about `flag` otherwise.
absl::StatusOr<DisputeFormat> DisputeFormatOf(std::string_view flag, const std::string& file);

// The file's bytes. `bare_text`: answers are text and not JSON.
std::string WriteDisputes(const std::vector<Dispute>& disputes, DisputeFormat format,
                          bool bare_text);

// What is wrong with a file: where ("line 3"), and what, with the remedy.
using Faults = std::vector<std::pair<std::string, std::string>>;

// The disputes of a file, as far as they can be read; what cannot is added to `faults`. Takes the
// byte order mark, line ends and quotes that spreadsheets write.
std::vector<Dispute> ReadDisputes(std::string_view bytes, DisputeFormat format, Faults& faults);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DISPUTE_FILE_H_
