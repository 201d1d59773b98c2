// CliTest: runs command lines against a fake server, with streams, clock and terminal of the
// test's.
#ifndef TUNEGATE_CLIENT_CLI_TESTING_CLI_TEST_H_
#define TUNEGATE_CLIENT_CLI_TESTING_CLI_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/parser.h"
#include "client/interrupt.h"
#include "client/testing/fake_server.h"
#include "common/clock.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace tunegate::cli {

struct Ran {
  int code;
  std::string out;
  std::string err;
};

class CliTest : public testing::Test {
 protected:
  CliTest();

  // Runs `tunegate ARGUMENTS` off a terminal, against the fake server. Every line of both streams
  // must be clean; those for people at most 100 columns wide.
  Ran Run(std::vector<std::string> arguments);
  // The same on a terminal of 100 columns, in colour unless NO_COLOR is set.
  Ran RunOnTerminal(std::vector<std::string> arguments);

  // What the server was sent, the last time.
  template <typename Request>
  Request Sent() {
    Request request;
    const auto calls = server_.Calls(std::string(MethodPath<Request>()));
    if (calls.empty()) {
      ADD_FAILURE() << MethodPath<Request>() << " was not called";
    } else {
      request.ParseFromString(calls.back().requests.at(0));
    }
    return request;
  }

  // The next WatchEvents calls are answered with these, one after the other; the last one again and
  // again.
  void AnswerWatches(std::vector<client::FakeReply> replies);

  // A file with these bytes in the test's own folder, where it works: the folder's name, which may
  // be long, stands on no screen.
  std::string WriteFile(const std::string& name, std::string_view bytes);

  client::FakeServer server_;
  FakeClock clock_;
  client::Interrupt interrupt_;
  std::map<std::string, std::string> environment_;
  std::string input_;
  // Called with all of stdout so far whenever it is flushed.
  std::function<void(const std::string& out)> on_output_;

 private:
  template <typename Request>
  static std::string MethodPath() {
    return client::MethodOf<Request>::kMethod.Path().substr(std::string("/tunegate.v1.").size());
  }
  Ran RunWith(std::vector<std::string> arguments, bool on_terminal);
};

// The command that the arguments mean, if it is of this type.
template <typename CommandType>
std::unique_ptr<CommandType> ParseAs(const std::vector<std::string>& arguments);

// Parses; the usage error's text, or "" when there is none.
std::string UsageErrorOf(const std::vector<std::string>& arguments);
absl::StatusOr<Invocation> ParseAll(const std::vector<std::string>& arguments);

template <typename CommandType>
std::unique_ptr<CommandType> ParseAs(const std::vector<std::string>& arguments) {
  absl::StatusOr<Invocation> invocation = ParseAll(arguments);
  if (!invocation.ok()) {
    ADD_FAILURE() << invocation.status();
    return std::make_unique<CommandType>();
  }
  auto* command = dynamic_cast<CommandType*>(invocation->command.get());
  if (command == nullptr) {
    ADD_FAILURE() << "another verb was understood";
    return std::make_unique<CommandType>();
  }
  invocation->command.release();
  return std::unique_ptr<CommandType>(command);
}

// `text` without escape sequences.
std::string WithoutColours(std::string_view text);
// The lines of `text`, without their ends.
std::vector<std::string> Lines(std::string_view text);
// True when every line of `text` is one JSON object.
bool IsJsonLines(std::string_view text);
// The widest line, in columns.
int WidestLine(std::string_view text);

// Merges textproto into a message; a fault is a test's failure.
void FromText(std::string_view text, google::protobuf::Message* message);
template <typename Message>
Message Proto(std::string_view text) {
  Message message;
  FromText(text, &message);
  return message;
}

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_TESTING_CLI_TEST_H_
