#include "server/evaluations/html/writer.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "server/evaluations/html/escape.h"

namespace tunegate::evaluations::html {
namespace {

constexpr size_t kPieceBytes = 32 * 1024;

}  // namespace

Writer& Writer::Text(std::string_view text) { return Append(EscapeText(text)); }

Writer& Writer::AppendAttribute(std::string_view value) { return Append(EscapeAttribute(value)); }

Writer& Writer::Number(double value) {
  if (!std::isfinite(value)) return Append("0");
  std::string text = absl::StrFormat("%.2f", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return Append(text == "-0" ? "0" : text);
}

Writer& Writer::Append(std::string_view bytes) {
  if (!status_.ok()) return *this;
  buffer_.append(bytes);
  if (buffer_.size() >= kPieceBytes) Flush();
  return *this;
}

void Writer::Flush() {
  for (size_t at = 0; at < buffer_.size() && status_.ok(); at += kPieceBytes) {
    const std::string_view rest = std::string_view(buffer_).substr(at);
    status_ = sink_(rest.substr(0, std::min(rest.size(), kPieceBytes)));
  }
  buffer_.clear();
}

absl::Status Writer::Finish() {
  Flush();
  return status_;
}

}  // namespace tunegate::evaluations::html
