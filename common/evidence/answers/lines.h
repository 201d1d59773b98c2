// The lines of a file.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_LINES_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_LINES_H_

#include <cstdint>
#include <string_view>

namespace tunegate::datasets {

// Calls visit(text, number) for every line, counted from 1, without its line feed and a carriage
// return before it. What follows the last line feed is a line unless it is empty.
template <typename Visit>
void ForEachLine(std::string_view bytes, Visit visit) {
  for (int64_t number = 1; !bytes.empty(); ++number) {
    const size_t end = bytes.find('\n');
    std::string_view text = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    visit(text, number);
  }
}

}  // namespace tunegate::datasets

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_LINES_H_
