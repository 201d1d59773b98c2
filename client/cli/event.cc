#include "client/cli/event.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "client/cli/event_text.h"
#include "client/cli/follow.h"
#include "client/cli/nouns.h"
#include "client/cli/usage.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {
namespace {

// "state-changed" -> TYPE_STATE_CHANGED.
absl::StatusOr<v1::Event::Type> ParseType(const std::string& typed) {
  std::string name = "TYPE_" + absl::AsciiStrToUpper(typed);
  std::replace(name.begin(), name.end(), '-', '_');
  v1::Event::Type type;
  if (v1::Event::Type_Parse(name, &type) && type != v1::Event::TYPE_UNSPECIFIED) return type;
  return UsageError("--types",
                    "expected created, state-changed, progress, provider-event, updated "
                    "or deleted, got '" +
                        typed + "'");
}

template <typename Request>
absl::Status FillSelection(const EventSelection& selection, Request* request) {
  for (const std::string& name : selection.resources) request->add_resources(name);
  request->set_include_owned(selection.owned);
  for (const auto& [key, value] : selection.labels) (*request->mutable_labels())[key] = value;
  for (const std::string& typed : selection.types) {
    TG_ASSIGN_OR_RETURN(const v1::Event::Type type, ParseType(typed));
    request->add_types(type);
  }
  return absl::OkStatus();
}

// A line an event. Ends by itself once every named resource is terminal.
class EventScreen : public Screen {
 public:
  EventScreen(const Terminal& terminal, const EventWatch& watch)
      : terminal_(terminal), until_terminal_(watch.until_terminal) {
    pending_.insert(watch.selection.resources.begin(), watch.selection.resources.end());
  }

  void OnEvent(const v1::Event& event, LiveBlock& block) override {
    if (terminal_.interactive) {
      block.Print(EventLine(event));
    } else {
      block.PrintRaw(EventRow(event));
    }
    if (event.terminal()) pending_.erase(event.resource());
  }

  bool Ended() const override { return until_terminal_ && pending_.empty(); }

 private:
  const Terminal& terminal_;
  const bool until_terminal_;
  std::set<std::string> pending_;
};

void DeclareSelection(VerbSpec& verb, EventSelection& selection) {
  verb.Argument("RESOURCES", "full names, or decisions/- for every decision; none: everything",
                TextList(&selection.resources))
      .Optional();
  verb.Flag("--owned", "with a workflow: also everything that it makes", &selection.owned);
  verb.Option(
      "--types", "TYPE",
      "created, state-changed, progress, provider-event, updated or deleted; may be repeated",
      TextList(&selection.types));
  verb.Option("--label", "KEY=VALUE", "only of resources with this label; may be repeated",
              Pairs(&selection.labels));
  verb.Option("--after", "POSITION", "only what came after it; 0: from the oldest kept",
              Whole(&selection.after, 0, INT64_MAX));
}

}  // namespace

absl::Status EventSelection::Check() const {
  for (const std::string& name : resources) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) {
      return UsageError("RESOURCES",
                        "expected a full name such as jobs/nov or decisions/-, got '" + name + "'");
    }
  }
  for (const std::string& type : types) TG_RETURN_IF_ERROR(ParseType(type).status());
  return absl::OkStatus();
}

absl::Status EventWatch::Check() const {
  TG_RETURN_IF_ERROR(selection.Check());
  if (snapshot && selection.after) {
    return UsageError("--snapshot", "starts from the present, --after from a position: give one");
  }
  if (until_terminal && selection.resources.empty()) {
    return UsageError("--until-terminal", "needs the resources to wait for");
  }
  return absl::OkStatus();
}

absl::StatusOr<Ending> EventWatch::Run(Session& session) const {
  v1::WatchEventsRequest request;
  TG_RETURN_IF_ERROR(FillSelection(selection, &request));
  if (selection.after) request.set_after_position(*selection.after);
  request.set_snapshot(snapshot);
  request.set_stop_when_terminal(until_terminal);
  std::string again = "tunegate event watch";
  for (const std::string& name : selection.resources) again += " " + name;
  if (selection.owned) again += " --owned";
  EventScreen screen(session.terminal(), *this);
  TG_ASSIGN_OR_RETURN(
      const FollowEnd end,
      Follow(session, request, {.what = "the log", .again = again, .from_position = true}, screen));
  return end == FollowEnd::kInterrupted ? Ending::kInterrupted : Ending::kDone;
}

absl::StatusOr<Ending> EventList::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListEventsRequest request;
  TG_RETURN_IF_ERROR(FillSelection(selection, &request));
  request.set_after_position(selection.after.value_or(0));
  FillPaging(list, &request);
  v1::ListEventsResponse response;
  do {  // The server may have looked far and found nothing yet.
    TG_ASSIGN_OR_RETURN(response, client->Call(request));
    request.set_page_token(response.next_page_token());
  } while (response.events().empty() && !response.next_page_token().empty());
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  for (const v1::Event& event : response.events()) {
    session.out() << (session.terminal().interactive ? EventLine(event).Render(session.terminal())
                                                     : EventRow(event))
                  << "\n";
  }
  PrintMore(session, response.next_page_token(), "tunegate event list");
  return Ending::kDone;
}

void AddEvent(Parser& parser) {
  NounSpec& noun = parser.Noun("event", "The log of changes");
  auto [watch, watch_options] = noun.Verb<EventWatch>(
      "watch", "Follows changes as they happen; comes back by itself when the connection is lost");
  DeclareSelection(watch, watch_options.selection);
  watch.Flag("--snapshot", "first the present state of every matching resource",
             &watch_options.snapshot);
  watch.Flag("--until-terminal", "end when all named resources have ended",
             &watch_options.until_terminal);
  watch.Example("tunegate event watch decisions/- --after 0")
      .Example("tunegate event watch workflows/nov --owned --snapshot --until-terminal");
  auto [list, list_options] = noun.Verb<EventList>("list", "Lists stored changes, oldest first");
  DeclareSelection(list, list_options.selection);
  DeclarePaging(list, list_options.list);
}

}  // namespace tunegate::cli
