// Probe: one question to a provider that spends nothing: does it answer, does it take the key, what
// time is it there, is it the sandbox? For diagnoses, and for screens that must name what answers.
// On a thread and connection of its own, so that no other call is in its way.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_PROBE_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_PROBE_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/providers/openai/endpoint.h"

namespace tunegate::providers::openai {

// The header of every answer of the sandbox.
inline constexpr char kSandboxHeader[] = "x-tunegate-sandbox";

struct ProbeResult {
  // OK: it answered and takes the key. Otherwise as provider.h says.
  absl::Status status;
  // Something answered, if only with a refusal; what follows is then known.
  bool answered = false;
  bool sandbox = false;
  // Its clock minus ours, to half of the time that the answer took and the header's second; unset
  // where it tells no time.
  std::optional<absl::Duration> clock_ahead;
};

// Asks for the list of models, or, where there is none, of files. Blocks for at most twice
// `timeout`; not repeated. `clock` is ours.
ProbeResult Probe(const OpenAiConfig& config, const Clock& clock, absl::Duration timeout);

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_PROBE_H_
