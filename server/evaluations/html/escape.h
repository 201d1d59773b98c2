// Escaping: the only way by which text from outside gets into a page.
//
// Beyond HTML's own characters it makes visible what could mislead a reader: control characters and
// those that turn the direction of writing or have no width are shown by their number. What is not
// UTF-8 becomes U+FFFD.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_ESCAPE_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_ESCAPE_H_

#include <string>
#include <string_view>

namespace tunegate::evaluations::html {

// For content: `<span class="code-point">U+202E</span>` in place of such characters; line feeds
// and tabs stay.
std::string EscapeText(std::string_view text);

// For a quoted attribute's value: U+FFFD in place of such characters, spaces for white space.
std::string EscapeAttribute(std::string_view text);

// For XML 1.0, content and quoted attributes alike: U+FFFD in place of such characters, which XML
// knows no way to write; line feeds and tabs stay, as references, since parsers of attributes would
// make spaces of them.
std::string EscapeXml(std::string_view text);

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_ESCAPE_H_
