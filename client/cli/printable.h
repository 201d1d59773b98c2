// Text from models, providers and users, made fit for a terminal: no control characters (escape
// sequences would move the cursor, recolour or retitle the window), no invisible or right-to-left
// overrides, valid UTF-8; and how many columns it takes there.
#ifndef TUNEGATE_CLIENT_CLI_PRINTABLE_H_
#define TUNEGATE_CLIENT_CLI_PRINTABLE_H_

#include <string>
#include <string_view>
#include <vector>

namespace tunegate::cli {

// One line: white space of any kind becomes a space, what must not be printed becomes U+FFFD.
std::string Printable(std::string_view text);

// The same for text of several lines, such as a textproto: line feeds and tabs stay.
std::string PrintableLines(std::string_view text);

// Columns that `text` takes: East Asian wide characters two, combining ones none.
int DisplayWidth(std::string_view text);

// The start of `text` that takes at most `width` columns.
std::string_view FirstColumns(std::string_view text, int width);

// At most `width` columns of `text`, with "..." in place of what was cut.
std::string CutToWidth(std::string_view text, int width);

// `text` broken at spaces into lines of at most `width` columns; longer words are cut apart. At
// least one line.
std::vector<std::string> Wrap(std::string_view text, int width);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_PRINTABLE_H_
