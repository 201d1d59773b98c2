#include "common/log.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "common/utf8.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace tunegate::log {
namespace {

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "DEBUG";
    case Level::kInfo:
      return "INFO";
    case Level::kWarning:
      return "WARNING";
    case Level::kError:
      return "ERROR";
  }
  return "ERROR";
}

std::string Timestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

// `text` made fit for a log: valid UTF-8 and without secrets.
std::string Clean(std::string_view text) { return Redact(ToValidUtf8(text)); }

// The same for every string in `value`, and for members with a secret's name whatever they hold.
json::Value CleanValue(const json::Value& value) {
  if (value.IsString()) return Clean(value.String());
  if (value.IsArray()) {
    json::Value clean = json::Array();
    for (const json::Value& element : value.Elements()) clean.Append(CleanValue(element));
    return clean;
  }
  if (value.IsObject()) {
    json::Value clean = json::Object();
    for (const auto& [key, member] : value.Members()) {
      clean.Set(Clean(key), IsSecretName(key) ? json::Value("***") : CleanValue(member));
    }
    return clean;
  }
  return value;
}

// The message with JSON's escapes where a line would break, but without its quotes.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
      line.push_back(c);
      continue;
    }
    const std::string quoted = json::Write(json::Value(std::string(1, c)));
    // JSON leaves DEL as it is, terminals do not.
    line.append(c == 0x7F ? "\\u007f" : quoted.substr(1, quoted.size() - 2));
  }
  return line;
}

// A field's value: bare where that is unambiguous, else as JSON.
std::string TextValue(const json::Value& value) {
  if (!value.IsString()) return OneLine(json::Write(value));
  const std::string& text = value.String();
  const bool bare = !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == 0x7F;
  });
  return bare ? text : OneLine(json::Write(value));
}

// What this thread's scopes say, the innermost last.
thread_local std::vector<json::Member> scoped_fields;

struct Destination {
  Options options;
  spdlog::logger logger{"", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  Destination() {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);
  }
};

Destination& TheDestination() {
  // Never destroyed: threads may still log while statics go.
  static Destination* const destination = new Destination();
  return *destination;
}

void Log(Level level, std::string_view message, Fields fields) {
  Destination& destination = TheDestination();
  const Options& options = destination.options;
  if (level < options.minimum) return;
  const std::string entry =
      FormatEntry(options.format, options.clock->Now(), level, message, fields);
  // The sink writes stderr, which has no buffer.
  destination.logger.log(spdlog::level::info, spdlog::string_view_t(entry.data(), entry.size()));
}

}  // namespace

Scope::Scope(Fields fields) : outer_size_(scoped_fields.size()) {
  scoped_fields.insert(scoped_fields.end(), fields.begin(), fields.end());
}

Scope::~Scope() { scoped_fields.resize(outer_size_); }

void Configure(const Options& options) { TheDestination().options = options; }

void Debug(std::string_view message, Fields fields) { Log(Level::kDebug, message, fields); }
void Info(std::string_view message, Fields fields) { Log(Level::kInfo, message, fields); }
void Warning(std::string_view message, Fields fields) { Log(Level::kWarning, message, fields); }
void Error(std::string_view message, Fields fields) { Log(Level::kError, message, fields); }

std::string FormatEntry(Format format, absl::Time time, Level level, std::string_view message,
                        Fields fields) {
  json::Value clean = json::Object();
  for (const json::Member& field : fields) clean.Set(field.first, field.second);
  for (auto field = scoped_fields.rbegin(); field != scoped_fields.rend(); ++field) {
    if (clean.Find(field->first) == nullptr) clean.Set(field->first, field->second);
  }
  clean = CleanValue(clean);
  if (format == Format::kJson) {
    json::Value entry = json::Object(
        {{"time", Timestamp(time)}, {"level", LevelName(level)}, {"message", Clean(message)}});
    for (const auto& [name, value] : clean.Members()) {
      // A field may not take the place of what every entry has.
      entry.Set(entry.Find(name) == nullptr ? name : "field." + name, value);
    }
    return json::Write(entry);
  }
  std::string entry = Timestamp(time);
  entry.append(" ").append(LevelName(level)).append(" ").append(OneLine(Clean(message)));
  for (const auto& [name, value] : clean.Members()) {
    entry.append(" ").append(OneLine(name)).append("=").append(TextValue(value));
  }
  return entry;
}

}  // namespace tunegate::log
