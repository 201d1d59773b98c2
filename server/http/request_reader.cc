#include "server/http/request_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace tunegate::http {
namespace {

// The characters of a method or of a header's name (RFC 9110's token).
bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

}  // namespace

bool RequestReader::Refuse(int status, std::string_view why) {
  refusal_ = TextResponse(status, why);
  return false;
}

RequestReader::Progress RequestReader::Take(std::string_view bytes) {
  buffer_.append(bytes);
  return head_read_ ? ReadBody() : ReadHead();
}

RequestReader::Progress RequestReader::ReadHead() {
  const size_t end = buffer_.find("\r\n\r\n");
  if (std::min(end, buffer_.size()) > limits_.head_bytes) {
    Refuse(431, "the request's head is too large");
    return Progress::kRefused;
  }
  if (end == std::string::npos) return Progress::kMore;
  std::string_view head = std::string_view(buffer_).substr(0, end);
  const size_t first = std::min(head.find("\r\n"), head.size());
  if (!ReadRequestLine(head.substr(0, first))) return Progress::kRefused;
  head.remove_prefix(std::min(first + 2, head.size()));
  while (!head.empty()) {
    const size_t size = std::min(head.find("\r\n"), head.size());
    if (!ReadHeader(head.substr(0, size))) return Progress::kRefused;
    head.remove_prefix(std::min(size + 2, head.size()));
  }
  if (!ReadBodyLength()) return Progress::kRefused;
  head_read_ = true;
  buffer_.erase(0, end + 4);
  const Progress progress = ReadBody();
  const bool waits = absl::EqualsIgnoreCase(std::string(request_.Header("expect")), "100-continue");
  return progress == Progress::kMore && waits ? Progress::kWantsToSend : progress;
}

bool RequestReader::ReadRequestLine(std::string_view line) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refuse(400, "expected METHOD TARGET HTTP/1.1");
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refuse(505, "expected HTTP/1.1");
  }
  if (!IsToken(method) || target.empty() || target[0] != '/' || HasControl(target) ||
      target.find(' ') != std::string_view::npos) {
    return Refuse(400, "expected METHOD /PATH HTTP/1.1");
  }
  request_.method = std::string(method);
  request_.path = std::string(target.substr(0, target.find('?')));
  return true;
}

bool RequestReader::ReadHeader(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon)) || HasControl(line)) {
    return Refuse(400, "expected NAME: VALUE in every line of the head");
  }
  request_.headers.emplace_back(absl::AsciiStrToLower(std::string(line.substr(0, colon))),
                                std::string(Trimmed(line.substr(colon + 1))));
  return true;
}

bool RequestReader::ReadBodyLength() {
  if (!request_.Header("transfer-encoding").empty()) {
    return Refuse(501, "send the body with a Content-Length");
  }
  int lengths = 0;
  for (const auto& [name, value] : request_.headers) {
    if (name != "content-length") continue;
    const bool digits = value.find_first_not_of("0123456789") == std::string::npos;
    if (++lengths > 1 || !digits || !absl::SimpleAtoi(value, &body_length_)) {
      return Refuse(400, "expected one Content-Length that is a number");
    }
  }
  if (body_length_ > limits_.body_bytes) return Refuse(413, "the request's body is too large");
  return true;
}

RequestReader::Progress RequestReader::ReadBody() {
  if (buffer_.size() < body_length_) return Progress::kMore;
  buffer_.resize(body_length_);
  request_.body = std::move(buffer_);
  return Progress::kWhole;
}

}  // namespace tunegate::http
