#include "client/cli/spent_text.h"

#include "client/cli/format.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::cli {

std::string SpentText(const v1::Usage& usage) {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  const int64_t tokens = usage.input_tokens() + usage.output_tokens();
  if (usage.calls() > 0) add(Counted(usage.calls(), "call"));
  if (tokens > 0) add(Counted(tokens, "token"));
  if (usage.trained_tokens() > 0) add(Counted(usage.trained_tokens(), "trained token"));
  if (usage.has_cost()) add(Amount(usage.cost()) + " by " + usage.price_table());
  if (usage.maybe_repeated_calls() > 0) {
    add(Counted(usage.maybe_repeated_calls(), "call") + " maybe repeated");
  }
  return text;
}

}  // namespace tunegate::cli
