// The page's style sheet, and the policy that lets nothing but it in.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_STYLE_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_STYLE_H_

#include <string>
#include <string_view>

namespace tunegate::evaluations::html {

// Plain CSS: system fonts, a calm palette with light and dark, phone and paper.
std::string_view StyleSheet();

// For `<meta http-equiv="Content-Security-Policy">`: no scripts, no requests, no frames, no forms;
// of styles the one with the sheet's own digest.
std::string ContentSecurityPolicy();

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_STYLE_H_
