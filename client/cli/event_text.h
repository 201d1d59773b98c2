// Events as text: state, figures and the stable line that programs read.
#ifndef TUNEGATE_CLIENT_CLI_EVENT_TEXT_H_
#define TUNEGATE_CLIENT_CLI_EVENT_TEXT_H_

#include <string>
#include <string_view>

#include "client/cli/line.h"

namespace google::protobuf {
class EnumDescriptor;
}  // namespace google::protobuf

namespace tunegate::v1 {
class Event;
class Progress;
}  // namespace tunegate::v1

namespace tunegate::cli {

// "RUNNING" of State's STATE_RUNNING; the number of a value that this client does not know.
std::string EnumText(const google::protobuf::EnumDescriptor& type, int value,
                     std::string_view prefix);
template <typename Enum>
std::string StateText(Enum value);
template <typename Enum>
std::string VerdictText(Enum value);

// The resource's state after the event: "RUNNING"; a decision's effective verdict; a provider
// event's level.
std::string StateOf(const v1::Event& event);
// "step=771/1200 loss=0.083", figures by name.
std::string FiguresOf(const v1::Event& event);
std::string FiguresOf(const v1::Progress& progress, std::string_view unit);
// The event's own words, or a provider event's, or what kind of change it is.
std::string MessageOf(const v1::Event& event);

// Time, position, resource, state, figures, message; tab-separated, always six fields, no line end.
std::string EventRow(const v1::Event& event);
// The same for people.
Line EventLine(const v1::Event& event);

// How a state looks: ended well, ended badly, needs a person, or goes on.
Style StyleOfState(std::string_view state);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_EVENT_TEXT_H_
