#include "client/cli/testing/cli_test.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/cli/app.h"
#include "client/cli/printable.h"
#include "client/cli/session.h"
#include "common/json.h"

namespace tunegate::cli {
namespace {

// 2026-11-22 10:00 UTC.
const absl::Time kNow = absl::FromUnixSeconds(1795341600);

// Tells of every flush.
class NoticingBuffer : public std::stringbuf {
 public:
  explicit NoticingBuffer(const std::function<void(const std::string&)>& on_output)
      : on_output_(on_output) {}

 protected:
  int sync() override {
    if (on_output_) on_output_(str());
    return 0;
  }

 private:
  const std::function<void(const std::string&)>& on_output_;
};

// Paths may be as long as they are, and JSON is for programs.
bool IsForPeople(const std::string& line) {
  return !line.starts_with("wrote ") && !line.starts_with("{");
}

}  // namespace

CliTest::CliTest() : clock_(kNow) {
  environment_["LANG"] = "C.UTF-8";
  std::filesystem::current_path(testing::TempDir());
}

Ran CliTest::Run(std::vector<std::string> arguments) {
  return RunWith(std::move(arguments), /*on_terminal=*/false);
}

Ran CliTest::RunOnTerminal(std::vector<std::string> arguments) {
  environment_["TERM"] = "xterm";
  return RunWith(std::move(arguments), /*on_terminal=*/true);
}

Ran CliTest::RunWith(std::vector<std::string> arguments, bool on_terminal) {
  const Environment environment = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = environment_.find(name);
    if (found == environment_.end()) return std::nullopt;
    return found->second;
  };
  std::istringstream in(input_);
  NoticingBuffer buffer(on_output_);
  std::ostream out(&buffer);
  std::ostringstream err;
  World world{
      .in = in,
      .out = out,
      .err = err,
      .terminal = DescribeTerminal(on_terminal, on_terminal ? 120 : 0, environment),
      .environment = environment,
      .clock = clock_,
      .interrupt = interrupt_,
      .watch = {.initial_backoff = absl::Milliseconds(2), .max_backoff = absl::Milliseconds(20)}};
  if (!environment_.contains("TUNEGATE_SERVER")) {
    arguments.insert(arguments.begin(), {"--server", server_.address()});
  }
  Ran ran{.code = RunTunegate(arguments, world), .out = buffer.str(), .err = err.str()};
  if (on_terminal) {
    EXPECT_LE(WidestLine(ran.out), kMaxColumns) << ran.out;
  }
  for (const std::string& line : Lines(ran.err)) {
    if (!IsForPeople(line)) continue;
    EXPECT_LE(WidestLine(line), kMaxColumns) << line;
  }
  return ran;
}

void CliTest::AnswerWatches(std::vector<client::FakeReply> replies) {
  auto next = std::make_shared<std::atomic<size_t>>(0);
  server_.OnStream("EventService/WatchEvents",
                   [next, replies = std::move(replies)](const client::FakeCall&) {
                     return replies.at(std::min(next->fetch_add(1), replies.size() - 1));
                   });
}

std::string CliTest::WriteFile(const std::string& name, std::string_view bytes) {
  std::ofstream(name, std::ios::binary) << bytes;
  return name;
}

absl::StatusOr<Invocation> ParseAll(const std::vector<std::string>& arguments) {
  return MakeParser().Parse(arguments);
}

std::string UsageErrorOf(const std::vector<std::string>& arguments) {
  const auto invocation = ParseAll(arguments);
  return invocation.ok() ? "" : std::string(invocation.status().message());
}

std::string WithoutColours(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\x1b') {
      while (at < text.size() && !std::isalpha(static_cast<unsigned char>(text[at]))) ++at;
    } else if (text[at] != '\r') {
      out.push_back(text[at]);
    }
  }
  return out;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool IsJsonLines(std::string_view text) {
  const std::vector<std::string> lines = Lines(text);
  return !lines.empty() && std::all_of(lines.begin(), lines.end(), [](const std::string& line) {
    const auto value = json::Parse(line);
    return value.ok() && value->TypeName() == "an object";
  });
}

int WidestLine(std::string_view text) {
  int widest = 0;
  for (const std::string& line : Lines(WithoutColours(text))) {
    widest = std::max(widest, DisplayWidth(line));
  }
  return widest;
}

void FromText(std::string_view text, google::protobuf::Message* message) {
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(std::string(text), message)) << text;
}

}  // namespace tunegate::cli
