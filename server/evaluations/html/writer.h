// Writer: writes a page piece by piece, so that markup is ours and text is escaped: Raw takes
// string literals alone, everything else goes through Text, Attribute or a number.
//
//   w.Raw("<td").Attribute("class", kind).Raw(">").Text(answer).Raw("</td>");
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_WRITER_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_WRITER_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/evaluations/result_source.h"

namespace tunegate::evaluations::html {

// Markup that was written by us: a constant, never built from input.
struct TrustedMarkup {
  std::string_view text;
};

// Not thread-safe. After the sink's first error all is dropped, and Finish returns it.
class Writer {
 public:
  // `sink` outlives the writer.
  explicit Writer(const ByteSink& sink) : sink_(sink) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  template <size_t N>
  Writer& Raw(const char (&markup)[N]) {
    return Append({markup, N - 1});
  }
  Writer& Raw(TrustedMarkup markup) { return Append(markup.text); }
  Writer& Text(std::string_view text);
  // ` name="value"`, with a space in front.
  template <size_t N>
  Writer& Attribute(const char (&name)[N], std::string_view value) {
    return Append(" ").Append({name, N - 1}).Append("=\"").AppendAttribute(value).Append("\"");
  }
  // A coordinate with at most two decimals, "0" for what is not finite.
  Writer& Number(double value);
  // The same as an attribute's value with a percent sign: ` x="12.5%"`.
  template <size_t N>
  Writer& PercentAttribute(const char (&name)[N], double percent) {
    return Append(" ").Append({name, N - 1}).Append("=\"").Number(percent).Append("%\"");
  }

  // 1, 2, 3 ...: for ids.
  int NewNumber() { return ++last_number_; }

  absl::Status Finish();

 private:
  Writer& Append(std::string_view bytes);
  Writer& AppendAttribute(std::string_view value);
  void Flush();

  const ByteSink& sink_;
  std::string buffer_;
  absl::Status status_;
  int last_number_ = 0;
};

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_WRITER_H_
