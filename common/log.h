// Log: one line an entry on stderr, as text or JSON, with fields beside the message. Everything
// that is written passes Redact: keys never reach a log.
//
//   log::Info("job created", {{"resource", name}, {"request_id", id}});
//   2026-11-22T16:05:00.123Z INFO job created resource=jobs/x request_id=4f1c
#ifndef TUNEGATE_COMMON_LOG_H_
#define TUNEGATE_COMMON_LOG_H_

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/json.h"

namespace tunegate::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

// Name and value; programs search by the names, so they stay ("resource", "request_id", "error").
using Fields = std::initializer_list<json::Member>;

struct Options {
  Level minimum = Level::kInfo;  // what is below is dropped
  Format format = Format::kText;
  const Clock* clock = &RealClock();  // must outlive all logging
};

// Before it is called, Options' defaults hold. Call it before other threads log.
void Configure(const Options& options);

// Write one entry. Thread-safe: entries never mix. They never fail; what stderr refuses is lost.
void Debug(std::string_view message, Fields fields = {});
void Info(std::string_view message, Fields fields = {});
void Warning(std::string_view message, Fields fields = {});
void Error(std::string_view message, Fields fields = {});

// Fields that every entry of this thread gets for as long as this lives, beside its own; of two
// with one name the entry's stands, then the innermost scope's. So a call's request id is on every
// line that is written for it, however deep.
//
//   const log::Scope scope({{"request_id", id}});
class Scope {
 public:
  explicit Scope(Fields fields);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  const size_t outer_size_;
};

// `text` with whatever looks like a secret masked by "***": sk-... and whsec_... keys, what follows
// "Bearer" or "Basic", values of names such as api-key, Authorization or password, and passwords in
// URLs.
std::string Redact(std::string_view text);

// True for names whose values are secrets ("api-key", "X-Api-Key", "OPENAI_API_KEY", "password").
bool IsSecretName(std::string_view name);

// The entry as it is written, without the line's end: with the fields of this thread's scopes,
// redacted, line breaks and other control characters escaped.
std::string FormatEntry(Format format, absl::Time time, Level level, std::string_view message,
                        Fields fields);

}  // namespace tunegate::log

#endif  // TUNEGATE_COMMON_LOG_H_
