// Parser: nouns, verbs and their options, declared by the nouns' files and matched with what was
// typed (CLI11 behind it, not in this header). Help texts come from the same declarations.
//
//   auto [verb, create] = parser.Noun("job", "Fine-tuning jobs")
//                             .Verb<JobCreate>("create", "Starts a job");
//   verb.Option("--epochs", "N", "passes over the data", Whole(&create.epochs, 1, 50));
#ifndef TUNEGATE_CLIENT_CLI_PARSER_H_
#define TUNEGATE_CLIENT_CLI_PARSER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command.h"
#include "client/cli/session.h"

namespace tunegate::cli {

// Where a typed value goes. `set` returns what was expected instead, or nothing when it took it.
struct Target {
  std::function<std::string(const std::string& typed)> set;
  bool repeated = false;
};

// Any text; not empty.
Target Text(std::string* into);
Target TextList(std::vector<std::string>* into);
// A resource's name, short or full: `nov` or `jobs/nov` for kind "jobs".
Target Name(std::string* into, std::string_view kind);
// A whole number in [min, max].
Target Whole(std::optional<int64_t>* into, int64_t min, int64_t max);
// A number in [min, max].
Target Number(std::optional<double>* into, double min, double max);
// One of `choices`.
Target Choice(std::string* into, std::vector<std::string> choices);
// KEY=VALUE, more than once.
Target Pairs(std::map<std::string, std::string>* into);
// An amount of dollars with at most six decimals, above 0, in millionths.
Target Dollars(std::optional<int64_t>* into_micros);

// One verb while it is declared.
class VerbSpec {
 public:
  struct Value {
    std::string name;  // "--epochs", or "FILE" for an argument
    std::string placeholder;
    std::string help;
    Target target;
    bool* flag = nullptr;
    bool required = false;
    bool argument = false;
  };

  // Arguments are required unless Optional() follows.
  VerbSpec& Argument(std::string_view name, std::string_view help, Target target);
  VerbSpec& Option(std::string_view name, std::string_view placeholder, std::string_view help,
                   Target target);
  VerbSpec& Flag(std::string_view name, std::string_view help, bool* into);
  // About what was declared last.
  VerbSpec& Required();
  VerbSpec& Optional();
  VerbSpec& Example(std::string_view command);

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  const std::deque<Value>& values() const { return values_; }
  const std::vector<std::string>& examples() const { return examples_; }

 private:
  friend class NounSpec;
  friend class Parser;
  std::string name_;
  std::string help_;
  std::deque<Value> values_;
  std::vector<std::string> examples_;
  std::unique_ptr<Command> command_;
};

// One noun with its verbs.
class NounSpec {
 public:
  // The verb's declaration and its options, which the parser owns.
  template <typename CommandType>
  std::pair<VerbSpec&, CommandType&> Verb(std::string_view name, std::string_view help) {
    auto command = std::make_unique<CommandType>();
    CommandType& options = *command;
    return {Add(name, help, std::move(command)), options};
  }

  // The only command of a noun that takes no verb: `tunegate doctor`.
  template <typename CommandType>
  std::pair<VerbSpec&, CommandType&> Alone(std::string_view help) {
    return Verb<CommandType>("", help);
  }

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  const std::deque<VerbSpec>& verbs() const { return verbs_; }
  bool takes_verb() const { return verbs_.empty() || !verbs_.front().name().empty(); }

 private:
  friend class Parser;
  VerbSpec& Add(std::string_view name, std::string_view help, std::unique_ptr<Command> command);
  std::string name_;
  std::string help_;
  std::deque<VerbSpec> verbs_;
};

// What was typed, understood. Exactly one of `command` and `text` is set.
struct Invocation {
  GlobalOptions options;
  std::unique_ptr<Command> command;
  std::string text;  // help or version, asked for
};

// Not thread-safe; good for one Parse.
class Parser {
 public:
  explicit Parser(std::string_view version) : version_(version) {}

  NounSpec& Noun(std::string_view name, std::string_view help);

  // `arguments` without the program's name. Usage errors.
  absl::StatusOr<Invocation> Parse(const std::vector<std::string>& arguments);

 private:
  const std::string version_;
  std::deque<NounSpec> nouns_;
};

// "tunegate job create --train DATASET [--epochs N] ..."; `verb` may have no name.
std::string UsageLine(std::string_view noun, const VerbSpec& verb);
// Help at three heights, at most 100 columns wide.
std::string VerbHelp(std::string_view noun, const VerbSpec& verb);
std::string NounHelp(const NounSpec& noun);
std::string ProgramHelp(const std::deque<NounSpec>& nouns);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_PARSER_H_
