// What the provider answers, from JSON to the port's values. Unknown members and unknown values of
// enums pass; missing ones read as empty, unless the value would be useless without them (an id, a
// job's status, a chat's message): then INVALID_ARGUMENT says which and what was there instead.
// Texts come out as valid UTF-8, except a chat's, whose bytes are kept. Pure functions.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_DECODE_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_DECODE_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/errors.h"
#include "common/json.h"
#include "server/providers/provider.h"

namespace tunegate::providers::openai {

// The JSON object in `body`; invalid UTF-8 in it becomes U+FFFD.
absl::StatusOr<json::Value> DecodeObject(std::string_view body);

absl::StatusOr<RemoteFile> DecodeFile(const json::Value& file);
absl::StatusOr<RemoteJob> DecodeJob(const json::Value& job);
absl::StatusOr<RemoteEvent> DecodeEvent(const json::Value& event);
absl::StatusOr<RemoteCheckpoint> DecodeCheckpoint(const json::Value& checkpoint);
// A model's id.
absl::StatusOr<std::string> DecodeModel(const json::Value& model);

// The cursor behind the list object {"data": [...], "has_more": ..., "last_id": ...}; empty on the
// last page. `after` is what was asked for: a provider that ignores it would be asked for ever, so
// that an item of that id among the answers is an error.
absl::StatusOr<std::string> DecodeNextAfter(const json::Value& list, std::string_view after);

// The list object, each item by `decode_item`.
template <typename T>
absl::StatusOr<Page<T>> DecodePage(const json::Value& list, std::string_view after,
                                   absl::StatusOr<T> (*decode_item)(const json::Value&)) {
  Page<T> page;
  TG_ASSIGN_OR_RETURN(page.next_after, DecodeNextAfter(list, after));
  for (const json::Value& element : list["data"].Elements()) {
    TG_ASSIGN_OR_RETURN(T item, decode_item(element));
    page.items.push_back(std::move(item));
  }
  return page;
}

// Fills `answer`'s text, refused, confidence, finish_reason, answering_model and token figures from
// the body of a chat completion.
absl::Status DecodeChat(std::string_view body, ChatAnswer& answer);

// A JSON object that holds chats. For parsing, bytes that are no UTF-8 may be dressed as code
// points that nobody uses.
struct ChatJson {
  json::Value value;
  bool dressed = false;
};
absl::StatusOr<ChatJson> ParseChatJson(std::string_view text);
// As DecodeChat, of a completion inside such an object.
absl::Status DecodeCompletion(const json::Value& completion, bool dressed, ChatAnswer& answer);

absl::StatusOr<RemoteBatch> DecodeBatch(const json::Value& batch);

// OpenAI's error object, and the forms that others use: {"error": {...}}, {"error": "text"},
// {"message": "text"}, {"detail": "text"}. All empty when there is none of them.
struct ErrorObject {
  std::string message, type, code, param;
};
ErrorObject DecodeError(std::string_view body);
ErrorObject DecodeErrorObject(const json::Value& answer);

// A line of a batch's output or error file.
struct BatchLine {
  std::string custom_id;
  bool answered = false;
  ChatAnswer answer;  // when answered
  // Otherwise the HTTP status that its call got (0: none), and what was said.
  int http_status = 0;
  std::string request_id;
  ErrorObject error;
  absl::Status undecodable;  // a 2xx that makes no sense
};
absl::StatusOr<BatchLine> DecodeBatchLine(std::string_view line);

// What `body` is, for people: an HTML page by its title, else its beginning. Not yet abbreviated
// to what a message should hold, at most 4 KiB.
std::string Glimpse(std::string_view body);

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_DECODE_H_
