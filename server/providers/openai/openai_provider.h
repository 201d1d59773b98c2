// The adapter of the Provider port to OpenAI's REST protocol: https://api.openai.com, Azure, other
// vendors, self-hosted servers, and the sandbox. One thread does all HTTP (event_loop.h); blocking
// methods wait for it, Complete does not.
//
//   OpenAiConfig config;
//   config.base_url = "http://127.0.0.1:8080/v1";
//   TG_ASSIGN_OR_RETURN(auto provider, NewOpenAiProvider(config, RealClock()));
//
// Which calls are repeated: all but UploadFile and CreateJob, which are sent once, on a connection
// of their own, so that "sent" in an error's metadata says whether the provider may have acted.
// A cancel or delete that was repeated may get the provider's "already done" as an error; ask for
// the state again. The blocking methods must not be called from Complete's callback
// (FAILED_PRECONDITION).
//
// The key is in no error, and nothing here writes logs.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_OPENAI_PROVIDER_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_OPENAI_PROVIDER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/providers/openai/endpoint.h"
#include "server/providers/provider.h"

namespace tunegate::providers::openai {

// Checks the configuration and starts the thread; does not connect. INVALID_ARGUMENT naming the
// field. `clock` must outlive the provider. Destroying the provider answers every call under way
// with UNAVAILABLE; not from its own thread.
absl::StatusOr<std::unique_ptr<Provider>> NewOpenAiProvider(const OpenAiConfig& config,
                                                            const Clock& clock);

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_OPENAI_PROVIDER_H_
