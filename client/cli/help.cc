// Help texts, made from the declarations.
#include <algorithm>

#include "client/cli/parser.h"
#include "client/cli/printable.h"
#include "client/cli/terminal.h"

namespace tunegate::cli {
namespace {

constexpr char kGlobalHelp[] =
    "\nEvery verb also takes:\n"
    "  --server HOST:PORT  the server; TUNEGATE_SERVER otherwise, 127.0.0.1:50051 by default\n"
    "  --tls               encrypt, trusting the system's authorities; --ca FILE trusts that "
    "file's\n"
    "  --output text|json  json: one protobuf-JSON object a line on stdout\n"
    "  --timeout SECONDS   in place of each call's own deadline\n"
    "A token in TUNEGATE_TOKEN is sent with every call. NO_COLOR turns colours off.\n";

constexpr char kExitHelp[] =
    "\nExit codes: 0 done or GO, 1 failed, 2 usage, 3 NO_GO, 4 INCONCLUSIVE, 5 cancelled,\n"
    "64 + code for a gRPC error, 130 left with Ctrl-C.\n";

using Entry = std::pair<std::string, std::string>;

// Two columns; the second one wraps.
std::string Entries(const std::vector<Entry>& entries) {
  size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, entry.first.size());
  width = std::min<size_t>(width, 34);
  std::string text;
  for (const auto& [left, right] : entries) {
    const int room = kMaxColumns - static_cast<int>(width) - 4;
    std::string lead = "  " + left;
    if (left.size() > width) {
      text.append(lead).append("\n");
      lead.clear();
    }
    lead.resize(width + 4, ' ');
    for (const std::string& line : Wrap(right, room)) {
      text.append(lead).append(line).append("\n");
      lead.assign(width + 4, ' ');
    }
  }
  return text;
}

std::string Shown(const VerbSpec::Value& value) {
  std::string shown = value.argument ? value.name : value.name;
  if (!value.argument && !value.placeholder.empty()) shown.append(" ").append(value.placeholder);
  if (value.argument && value.target.repeated) shown.append("...");
  return shown;
}

std::vector<Entry> ValueEntries(const VerbSpec& verb, bool arguments) {
  std::vector<Entry> entries;
  for (const VerbSpec::Value& value : verb.values()) {
    if (value.argument != arguments) continue;
    const bool say = value.required && !value.argument;
    entries.emplace_back(Shown(value), value.help + (say ? " (required)" : ""));
  }
  return entries;
}

}  // namespace

std::string UsageLine(std::string_view noun, const VerbSpec& verb) {
  std::string line = "tunegate " + std::string(noun);
  if (!verb.name().empty()) line.append(" ").append(verb.name());
  bool options = false;
  for (const VerbSpec::Value& value : verb.values()) {
    if (value.argument || value.required) {
      line.append(value.required ? " " + Shown(value) : " [" + Shown(value) + "]");
    } else {
      options = true;
    }
  }
  if (options) line.append(" [options]");
  return line + "   (more: --help)";
}

std::string VerbHelp(std::string_view noun, const VerbSpec& verb) {
  const std::string usage = UsageLine(noun, verb);
  std::string text = usage.substr(0, usage.find("   (more")) + "\n\n";
  for (const std::string& line : Wrap(verb.help() + ".", kMaxColumns)) text += line + "\n";
  if (const auto entries = ValueEntries(verb, true); !entries.empty()) {
    text += "\n" + Entries(entries);
  }
  if (const auto entries = ValueEntries(verb, false); !entries.empty()) {
    text += "\nOptions:\n" + Entries(entries);
  }
  if (!verb.examples().empty()) text += "\nExamples:\n";
  for (const std::string& example : verb.examples()) text += "  " + example + "\n";
  return text + kGlobalHelp;
}

std::string NounHelp(const NounSpec& noun) {
  std::vector<Entry> entries;
  for (const VerbSpec& verb : noun.verbs()) entries.emplace_back(verb.name(), verb.help());
  return "tunegate " + noun.name() + " VERB\n\n" + noun.help() + ".\n\nVerbs:\n" +
         Entries(entries) + "\nMore: tunegate " + noun.name() + " VERB --help\n";
}

std::string ProgramHelp(const std::deque<NounSpec>& nouns) {
  std::vector<Entry> entries;
  for (const NounSpec& noun : nouns) {
    std::string verbs;
    for (const VerbSpec& verb : noun.verbs()) verbs += (verbs.empty() ? "" : ", ") + verb.name();
    entries.emplace_back(noun.name(), noun.help() + (noun.takes_verb() ? ": " + verbs : ""));
  }
  return "tunegate NOUN VERB [options]\n\n"
         "Takes a fine-tuned model from dataset to production, and lets it pass only when the\n"
         "evidence says so.\n\nNouns and their verbs:\n" +
         Entries(entries) + kGlobalHelp + kExitHelp +
         "\nBegin with: tunegate workflow run --dry-run    More: tunegate NOUN VERB --help\n";
}

}  // namespace tunegate::cli
