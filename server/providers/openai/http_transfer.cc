#include "server/providers/openai/http_transfer.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/clock.h"

namespace tunegate::providers::openai {
namespace {

// An option that this libcurl does not take is a mistake of ours, found by the first test.
template <typename T>
void Set(CURL* easy, CURLoption option, T value) {
  if (curl_easy_setopt(easy, option, value) != CURLE_OK) std::abort();
}

long Milliseconds(absl::Duration duration) {
  const int64_t whole = absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1)));
  return static_cast<long>(std::clamp<int64_t>(whole, 1, 1'000'000'000));  // 0 would mean none
}

HttpFailure FailureOf(CURLcode code, bool too_large, bool sent) {
  if (too_large) return HttpFailure::kTooLarge;
  switch (code) {
    case CURLE_OK:
      return HttpFailure::kNone;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpFailure::kTimedOut;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, that is, no HTTP at all
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:  // OnHeader's
      return HttpFailure::kGarbled;
    case CURLE_READ_ERROR:
      return HttpFailure::kUnreadableFile;
    default:
      return sent ? HttpFailure::kBroken : HttpFailure::kNoConnection;
  }
}

}  // namespace

TransferSettings::TransferSettings(Options options)
    : options_(std::move(options)),
      json_headers_(ListOf(options_, "application/json")),
      plain_headers_(ListOf(options_, "")) {}

TransferSettings::HeaderList TransferSettings::ListOf(const Options& options,
                                                      std::string_view content_type) {
  // An empty Expect: waiting for "100 Continue" costs a round trip, or a second where it is
  // unknown.
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : options.headers) {
    list = curl_slist_append(list, absl::StrCat(name, ": ", value).c_str());
  }
  if (!content_type.empty()) {
    list =
        curl_slist_append(list, absl::StrCat("Content-Type: ", std::string(content_type)).c_str());
  }
  return HeaderList(list);
}

HttpTransfer::HttpTransfer(const TransferSettings& settings)
    : settings_(settings), easy_(curl_easy_init()) {
  if (easy_ == nullptr) std::abort();  // out of memory
  SetConstantOptions();
}

HttpTransfer::~HttpTransfer() {
  curl_easy_cleanup(easy_);
  curl_mime_free(form_);
}

void HttpTransfer::SetConstantOptions() {
  const TransferSettings::Options& options = settings_.options();
  Set(easy_, CURLOPT_PRIVATE, static_cast<void*>(this));
  Set(easy_, CURLOPT_NOSIGNAL, 1L);
  Set(easy_, CURLOPT_TCP_NODELAY, 1L);
  Set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  Set(easy_, CURLOPT_FOLLOWLOCATION, 0L);  // a redirect would carry the key elsewhere
  Set(easy_, CURLOPT_PATH_AS_IS, 1L);
  Set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  Set(easy_, CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(options.connect_timeout));
  Set(easy_, CURLOPT_ERRORBUFFER, error_text_);
  Set(easy_, CURLOPT_HEADERFUNCTION, &HttpTransfer::OnHeader);
  Set(easy_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  Set(easy_, CURLOPT_WRITEFUNCTION, &HttpTransfer::OnBody);
  Set(easy_, CURLOPT_WRITEDATA, static_cast<void*>(this));
  Set(easy_, CURLOPT_PREREQFUNCTION, &HttpTransfer::OnConnected);
  Set(easy_, CURLOPT_PREREQDATA, static_cast<void*>(this));
  if (options.tls) {
    Set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    Set(easy_, CURLOPT_PIPEWAIT, 1L);  // rather a stream of a coming HTTP/2 connection than another
  } else {
    Set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  }
  if (!options.ca_file.empty()) Set(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
  if (options.bypass_proxy) Set(easy_, CURLOPT_NOPROXY, "*");
}

void HttpTransfer::Prepare(std::shared_ptr<const HttpRequest> request, absl::Duration timeout,
                           Done done) {
  request_ = std::move(request);
  done_ = std::move(done);
  response_ = HttpResponse();
  too_large_ = false;
  answer_bytes_ = 0;
  sends_ = 0;
  error_text_[0] = '\0';
  saved_.reset(request_->save_to.empty() ? nullptr : std::fopen(request_->save_to.c_str(), "wb"));
  unwritable_ = saved_ == nullptr && !request_->save_to.empty();
  Set(easy_, CURLOPT_URL, request_->url.c_str());
  Set(easy_, CURLOPT_TIMEOUT_MS, Milliseconds(timeout));
  Set(easy_, CURLOPT_FRESH_CONNECT, request_->once ? 1L : 0L);
  // Or each would leave a connection more behind than there are calls at the same time.
  Set(easy_, CURLOPT_FORBID_REUSE, request_->once ? 1L : 0L);
  Set(easy_, CURLOPT_HTTPHEADER, settings_.plain_headers());
  Set<const char*>(easy_, CURLOPT_CUSTOMREQUEST, nullptr);
  switch (request_->method) {
    case HttpMethod::kGet:
      Set(easy_, CURLOPT_HTTPGET, 1L);
      return;
    case HttpMethod::kDelete:
      Set(easy_, CURLOPT_HTTPGET, 1L);
      Set(easy_, CURLOPT_CUSTOMREQUEST, "DELETE");
      return;
    case HttpMethod::kPost:
      break;
  }
  if (request_->upload.has_value()) return SetUpload(*request_->upload);
  // Not copied: request_ keeps it alive.
  Set(easy_, CURLOPT_POSTFIELDS, request_->body.c_str());
  Set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_->body.size()));
  Set(easy_, CURLOPT_POST, 1L);
  Set(easy_, CURLOPT_HTTPHEADER, settings_.json_headers());
}

void HttpTransfer::SetUpload(const FormUpload& upload) {
  form_ = curl_mime_init(easy_);
  for (const auto& [name, value] : upload.fields) {
    curl_mimepart* part = curl_mime_addpart(form_);
    curl_mime_name(part, name.c_str());
    curl_mime_data(part, value.data(), value.size());
  }
  curl_mimepart* file = curl_mime_addpart(form_);
  curl_mime_name(file, "file");
  curl_mime_filedata(file, upload.path.c_str());
  curl_mime_filename(file, upload.file_name.c_str());
  curl_mime_type(file, "application/octet-stream");
  Set(easy_, CURLOPT_MIMEPOST, form_);
}

HttpResponse HttpTransfer::Finish(CURLcode code) {
  HttpResponse response = std::move(response_);
  response.sent = sends_ > 0 ? Sent::kMaybe : Sent::kNo;
  response.failure = FailureOf(code, too_large_, sends_ > 0);
  ReadFigures(response);
  CloseSaved(response);
  if (response.failure == HttpFailure::kTooLarge) {
    response.failure_text = absl::StrCat("more than ", request_->max_answer_bytes, " bytes");
  } else if (code == CURLE_ABORTED_BY_CALLBACK) {
    response.failure_text = "the connection was closed before the answer began";
  } else if (code != CURLE_OK) {
    response.failure_text = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
  }
  if (form_ != nullptr) {
    Set(easy_, CURLOPT_HTTPGET, 1L);  // so that the handle lets go of the form
    curl_mime_free(form_);
    form_ = nullptr;
  }
  request_ = nullptr;
  return response;
}

// What cannot be written goes before whatever libcurl made of it, but not before the provider's
// refusal.
void HttpTransfer::CloseSaved(HttpResponse& response) {
  if (request_->save_to.empty()) return;
  if (saved_ != nullptr && std::fclose(saved_.release()) != 0) unwritable_ = true;
  const bool success = response.status >= 200 && response.status <= 299;
  if (unwritable_ && success) response.failure = HttpFailure::kUnwritableFile;
}

void HttpTransfer::ReadFigures(HttpResponse& response) const {
  long status = 0;
  long connects = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &connects);
  response.status = static_cast<int>(status);
  response.fresh_connection = connects > 0;
  if (response.failure != HttpFailure::kNone) return;
  // libcurl's own CURLINFO_PRETRANSFER_TIME is taken when the request has gone: where this thread
  // has to wait for a processor just then, the answer seems to take no time.
  response.response_time = RealClock().Monotonic() - send_time_;
}

size_t HttpTransfer::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const absl::string_view line(data, size * count);
  // A new status line: what came before belonged to a "100 Continue" or a proxy.
  if (absl::StartsWith(line, "HTTP/")) {
    transfer.response_.headers.Clear();
  } else if (!transfer.response_.headers.AddLine(std::string_view(data, size * count))) {
    return 0;
  }
  return size * count;
}

size_t HttpTransfer::OnBody(char* data, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  transfer.answer_bytes_ += size * count;
  if (transfer.answer_bytes_ > transfer.request_->max_answer_bytes) {
    transfer.too_large_ = true;
    return 0;
  }
  if (!transfer.request_->save_to.empty()) {
    long status = 0;
    curl_easy_getinfo(transfer.easy_, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status <= 299) return transfer.Save(data, size * count) ? size * count : 0;
  }
  transfer.response_.body.append(data, size * count);
  return size * count;
}

bool HttpTransfer::Save(const char* data, size_t size) {
  if (saved_ != nullptr && std::fwrite(data, 1, size, saved_.get()) == size) return true;
  unwritable_ = true;
  return false;
}

int HttpTransfer::OnConnected(void* self, char*, char*, int, int) {
  // libcurl sends again by itself when an idle connection turns out to be closed. The server may
  // have acted on the first: whether to ask again is the retry policy's to say, and counted.
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (++transfer.sends_ > 1) return CURL_PREREQFUNC_ABORT;
  transfer.send_time_ = RealClock().Monotonic();
  return CURL_PREREQFUNC_OK;
}

}  // namespace tunegate::providers::openai
