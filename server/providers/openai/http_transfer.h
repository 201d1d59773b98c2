// HttpTransfer: one libcurl easy handle, used again and again: its options that never change are
// set once. It knows how one request is sent and what came back; waiting is HttpTransport's. Not
// thread-safe.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_TRANSFER_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_TRANSFER_H_

#include <curl/curl.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/providers/openai/http_message.h"

namespace tunegate::providers::openai {

// What all requests of a transport have in common.
class TransferSettings {
 public:
  struct Options {
    std::vector<std::pair<std::string, std::string>> headers;  // secrets among them
    std::string ca_file;                                       // PEM; empty: the system's
    absl::Duration connect_timeout = absl::Seconds(10);
    bool tls = false;           // for https URLs
    bool bypass_proxy = false;  // ignore http_proxy and its kin
  };

  explicit TransferSettings(Options options);

  const Options& options() const { return options_; }
  // For a JSON body, and for all else.
  curl_slist* json_headers() const { return json_headers_.get(); }
  curl_slist* plain_headers() const { return plain_headers_.get(); }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using HeaderList = std::unique_ptr<curl_slist, FreeList>;
  static HeaderList ListOf(const Options& options, std::string_view content_type);

  const Options options_;
  const HeaderList json_headers_;
  const HeaderList plain_headers_;
};

class HttpTransfer {
 public:
  using Done = std::function<void(HttpResponse)>;

  // `settings` must outlive it.
  explicit HttpTransfer(const TransferSettings& settings);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  CURL* handle() const { return easy_; }

  // Sets it up for a request; `done` is kept for TakeDone.
  void Prepare(std::shared_ptr<const HttpRequest> request, absl::Duration timeout, Done done);
  // What came of it, after libcurl said `code`. The transfer is then ready for the next Prepare.
  HttpResponse Finish(CURLcode code);
  Done TakeDone() { return std::move(done_); }

 private:
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static int OnConnected(void* self, char* remote_ip, char* local_ip, int remote_port,
                         int local_port);

  void SetConstantOptions();
  void SetUpload(const FormUpload& upload);
  bool Save(const char* data, size_t size);
  void CloseSaved(HttpResponse& response);
  void ReadFigures(HttpResponse& response) const;

  const TransferSettings& settings_;
  CURL* const easy_;
  curl_mime* form_ = nullptr;
  std::shared_ptr<const HttpRequest> request_;
  Done done_;
  HttpResponse response_;
  bool too_large_ = false;
  struct CloseFile {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  std::unique_ptr<std::FILE, CloseFile> saved_;  // of request_->save_to
  bool unwritable_ = false;
  size_t answer_bytes_ = 0;
  int sends_ = 0;             // how often libcurl was about to send the request
  absl::Duration send_time_;  // when it was for the first time; monotonic
  char error_text_[CURL_ERROR_SIZE] = {};
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_TRANSFER_H_
