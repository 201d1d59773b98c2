#include "client/cli/parser.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>

#include "client/cli/usage.h"
#include "common/errors.h"

namespace tunegate::cli {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

template <typename Specs>
std::string Names(const Specs& specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs) names.push_back(spec.name());
  return Joined(names);
}

// What every verb takes, declared as a verb's options are.
void DeclareGlobals(VerbSpec& verb, GlobalOptions& options, std::string& output) {
  verb.Option("--server", "HOST:PORT", "", Text(&options.server));
  verb.Flag("--tls", "", &options.tls);
  verb.Option("--ca", "FILE", "", Text(&options.ca_file));
  verb.Option("--output", "text|json", "", Choice(&output, {"text", "json"}));
  verb.Option("--timeout", "SECONDS", "", Number(&options.timeout_seconds, 0.001, 86400));
}

// The words typed, taken apart: the first two that are no options are noun and verb.
struct Words {
  std::string noun, verb;
  std::vector<std::string> rest;
  bool help = false;
  bool version = false;
};

Words TakeApart(const std::vector<std::string>& arguments) {
  constexpr std::array<std::string_view, 4> kWithValue = {"--server", "--ca", "--output",
                                                          "--timeout"};
  Words words;
  bool value_follows = false;
  bool only_values = false;  // after --
  for (const std::string& word : arguments) {
    if (!only_values && !value_follows && (word == "--help" || word == "-h")) {
      words.help = true;
    } else if (!only_values && !value_follows && word == "--version") {
      words.version = true;
    } else if (value_follows || only_values || word.starts_with("-") || !words.verb.empty()) {
      only_values = only_values || word == "--";
      words.rest.push_back(word);
    } else {
      (words.noun.empty() ? words.noun : words.verb) = word;
    }
    value_follows = !value_follows && words.verb.empty() &&
                    std::find(kWithValue.begin(), kWithValue.end(), word) != kWithValue.end();
  }
  return words;
}

// One flat CLI11 application of a verb's options and the global ones.
class Matcher {
 public:
  Matcher() {
    app_.set_help_flag();
    app_.allow_extras();
  }

  void Declare(const VerbSpec& verb) {
    for (const VerbSpec::Value& value : verb.values()) Declare(value);
  }

  absl::Status Match(std::vector<std::string> words) {
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    try {
      app_.parse(words);
    } catch (const CLI::ParseError& error) {
      return Explain(error);
    }
    if (const auto extras = app_.remaining(); !extras.empty()) return Unexpected(extras);
    for (const auto& [value, option] : options_) TG_RETURN_IF_ERROR(Store(*value, *option));
    return absl::OkStatus();
  }

 private:
  void Declare(const VerbSpec::Value& value) {
    CLI::Option* option;
    if (value.flag != nullptr) {
      option = app_.add_flag(value.name);
    } else {
      option = app_.add_option(value.name, [](const CLI::results_t&) { return true; });
      option->type_size(1);
      if (value.argument && value.target.repeated) {
        option->expected(CLI::detail::expected_max_vector_size);
      } else {
        option->expected(1);
      }
      if (value.target.repeated) option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    options_.emplace_back(&value, option);
  }

  absl::Status Store(const VerbSpec::Value& value, const CLI::Option& option) const {
    if (value.flag != nullptr) {
      if (option.count() > 0) *value.flag = option.results().back() != "false";
      return absl::OkStatus();
    }
    if (option.count() == 0 && value.required) {
      return UsageError(value.name,
                        "missing" + (value.help.empty() ? "" : "; expected: " + value.help));
    }
    for (const std::string& typed : option.results()) {
      const std::string expected = value.target.set(typed);
      if (!expected.empty()) {
        return UsageError(value.name, "expected " + expected + ", got '" + typed + "'");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Unexpected(const std::vector<std::string>& extras) const {
    const auto option = std::find_if(extras.begin(), extras.end(),
                                     [](const std::string& word) { return word.starts_with("-"); });
    if (option != extras.end()) return UsageError(*option, "no such option here");
    return UsageError("", "'" + extras.front() + "' was not expected here");
  }

  // CLI11 says "--epochs: 1 required TEXT missing" or that there were too many.
  absl::Status Explain(const CLI::ParseError& error) const {
    const std::string text = error.what();
    for (const auto& [value, option] : options_) {
      if (!text.starts_with(value->name)) continue;
      if (option->count() > 1) return UsageError(value->name, "given more than once");
      if (value->flag != nullptr) return UsageError(value->name, "takes no value");
      return UsageError(value->name, "expected " + value->placeholder + " after it");
    }
    return UsageError("", text);
  }

  CLI::App app_;
  std::vector<std::pair<const VerbSpec::Value*, CLI::Option*>> options_;
};

}  // namespace

VerbSpec& VerbSpec::Argument(std::string_view name, std::string_view help, Target target) {
  values_.push_back({.name = std::string(name),
                     .placeholder = std::string(name),
                     .help = std::string(help),
                     .target = std::move(target),
                     .required = true,
                     .argument = true});
  return *this;
}

VerbSpec& VerbSpec::Option(std::string_view name, std::string_view placeholder,
                           std::string_view help, Target target) {
  values_.push_back({.name = std::string(name),
                     .placeholder = std::string(placeholder),
                     .help = std::string(help),
                     .target = std::move(target)});
  return *this;
}

VerbSpec& VerbSpec::Flag(std::string_view name, std::string_view help, bool* into) {
  values_.push_back({.name = std::string(name),
                     .placeholder = "",
                     .help = std::string(help),
                     .target = {},
                     .flag = into});
  return *this;
}

VerbSpec& VerbSpec::Required() {
  values_.back().required = true;
  return *this;
}

VerbSpec& VerbSpec::Optional() {
  values_.back().required = false;
  return *this;
}

VerbSpec& VerbSpec::Example(std::string_view command) {
  examples_.emplace_back(command);
  return *this;
}

VerbSpec& NounSpec::Add(std::string_view name, std::string_view help,
                        std::unique_ptr<Command> command) {
  VerbSpec& verb = verbs_.emplace_back();
  verb.name_ = name;
  verb.help_ = help;
  verb.command_ = std::move(command);
  return verb;
}

NounSpec& Parser::Noun(std::string_view name, std::string_view help) {
  NounSpec& noun = nouns_.emplace_back();
  noun.name_ = name;
  noun.help_ = help;
  return noun;
}

absl::StatusOr<Invocation> Parser::Parse(const std::vector<std::string>& arguments) {
  const Words words = TakeApart(arguments);
  Invocation invocation;
  const auto text = [&](std::string shown) {
    invocation.text = std::move(shown);
    return std::move(invocation);
  };
  if (words.version) return text("tunegate " + version_ + "\n");
  if (words.noun.empty() && words.help) return text(ProgramHelp(nouns_));
  if (words.noun.empty()) return UsageError("", "what about? Nouns: " + Names(nouns_));
  const auto noun = std::find_if(nouns_.begin(), nouns_.end(),
                                 [&](const auto& n) { return n.name() == words.noun; });
  if (noun == nouns_.end()) {
    return UsageError("", "unknown noun '" + words.noun + "'; nouns: " + Names(nouns_));
  }
  if (words.verb.empty() && words.help && noun->takes_verb()) return text(NounHelp(*noun));
  const auto verb = std::find_if(noun->verbs_.begin(), noun->verbs_.end(),
                                 [&](const auto& v) { return v.name() == words.verb; });
  if (verb == noun->verbs_.end() && !noun->takes_verb()) {
    return UsageError("", "'" + words.verb + "' was not expected here\nusage: " +
                              UsageLine(noun->name(), noun->verbs_.front()));
  }
  if (verb == noun->verbs_.end()) {
    const std::string wrong =
        words.verb.empty() ? "missing verb" : "unknown verb '" + words.verb + "'";
    return UsageError(words.noun, wrong + "; verbs: " + Names(noun->verbs_));
  }
  if (words.help) return text(VerbHelp(noun->name(), *verb));

  VerbSpec globals;
  std::string output = "text";
  DeclareGlobals(globals, invocation.options, output);
  Matcher matcher;
  matcher.Declare(*verb);
  matcher.Declare(globals);
  absl::Status status = matcher.Match(words.rest);
  if (status.ok()) status = verb->command_->Check();
  if (!status.ok()) {
    return UsageError("",
                      std::string(status.message()) + "\nusage: " + UsageLine(noun->name(), *verb));
  }
  invocation.options.json = output == "json";
  invocation.command = std::move(verb->command_);
  return invocation;
}

}  // namespace tunegate::cli
