// Catalogue: every metric of the server, in one place. A new one is a line here, the line where it
// is updated, and a row of deploy/metrics.md, which a test compares with this.
//
// Names follow Prometheus' conventions: base units (seconds, bytes), `_total` on what only grows.
#ifndef TUNEGATE_SERVER_METRICS_CATALOGUE_H_
#define TUNEGATE_SERVER_METRICS_CATALOGUE_H_

#include <string>
#include <vector>

#include "server/metrics/metric.h"
#include "server/metrics/registry.h"

namespace tunegate::metrics {

// Upper bounds in seconds: of what takes milliseconds, of calls to a provider, of steps and waits.
std::vector<double> ShortTimes();
std::vector<double> CallTimes();
std::vector<double> LongTimes();

// Thread-safe, as its members are.
struct Catalogue {
  Registry registry;

  // --- Calls of the gRPC API --------------------------------------------------------------------
  Family<Counter>& rpcs = registry.Counters(
      "tunegate_rpc_requests_total", "Calls of the API that have ended.", {"method", "code"});
  Family<Histogram>& rpc_seconds = registry.Histograms(
      "tunegate_rpc_duration_seconds", "Time from a unary call's arrival to its answer.",
      {"method"}, ShortTimes());
  Gauge& rpcs_in_flight = registry.OneGauge(
      "tunegate_rpc_in_flight", "Calls that have arrived and not ended, streams among them.");
  Gauge& rpc_queue = registry.OneGauge("tunegate_rpc_queue_length",
                                       "Calls and pieces of streams that wait for a thread.");

  // --- The store --------------------------------------------------------------------------------
  Family<Counter>& transactions = registry.Counters(
      "tunegate_store_transactions_total",
      "Transactions by outcome: committed, refused (a precondition no longer held) or failed.",
      {"outcome"});
  Counter& store_batches = registry.OneCounter("tunegate_store_batches_total",
                                               "Batches of transactions written to the database.");
  Histogram& batch_size = registry.OneHistogram("tunegate_store_batch_transactions",
                                                "Transactions and claims that went into one batch.",
                                                {1, 2, 4, 8, 16, 32, 64, 128, 256});
  Histogram& batch_seconds =
      registry.OneHistogram("tunegate_store_batch_duration_seconds",
                            "Time to write a batch and make it durable.", ShortTimes());
  Histogram& commit_wait =
      registry.OneHistogram("tunegate_store_commit_wait_seconds",
                            "Time from handing a transaction over to its answer.", ShortTimes());
  Counter& events_appended =
      registry.OneCounter("tunegate_store_events_total", "Events appended to the log.");
  Gauge& newest_position = registry.OneGauge(
      "tunegate_store_newest_position", "The log's newest position, as this server has read it.");
  Gauge& oldest_position = registry.OneGauge("tunegate_store_oldest_position",
                                             "The oldest position that a watch can start after.");
  Gauge& store_bytes = registry.OneGauge(
      "tunegate_store_size_bytes",
      "What the database takes on disk, with its log and without the datasets' bytes.");
  Gauge& store_damaged = registry.OneGauge(
      "tunegate_store_damaged",
      "1 when the check of the database's pages after the start found damage, 0 otherwise.");

  // --- Durable work -----------------------------------------------------------------------------
  Family<Counter>& claims = registry.Counters("tunegate_runner_claims_total",
                                              "Pieces of work claimed by this server.", {"kind"});
  Family<Histogram>& claim_delay =
      registry.Histograms("tunegate_runner_queue_age_seconds",
                          "How long work had been due when it was claimed.", {"kind"}, LongTimes());
  Gauge& oldest_due =
      registry.OneGauge("tunegate_runner_oldest_due_seconds",
                        "How long the work that waits longest for a free thread of any server has "
                        "been due; 0 when none waits.");
  Family<Counter>& steps = registry.Counters(
      "tunegate_runner_steps_total",
      "Steps by outcome: done, failed (it is repeated) or overtaken (another holds its lease).",
      {"kind", "outcome"});
  Family<Histogram>& step_seconds = registry.Histograms(
      "tunegate_runner_step_duration_seconds", "Time that a step took.", {"kind"}, LongTimes());
  Family<Gauge>& steps_in_flight =
      registry.Gauges("tunegate_runner_steps_in_flight", "Steps that are being made.", {"kind"});

  // --- Providers --------------------------------------------------------------------------------
  Family<Counter>& provider_calls = registry.Counters(
      "tunegate_provider_calls_total", "Calls to a provider that have ended, retries included.",
      {"provider", "operation", "code"});
  Family<Histogram>& provider_seconds =
      registry.Histograms("tunegate_provider_call_duration_seconds",
                          "Time that a call to a provider took, with its retries and their waits.",
                          {"provider", "operation"}, CallTimes());
  Family<Gauge>& chats_in_flight =
      registry.Gauges("tunegate_evaluator_calls_in_flight",
                      "Chat calls of evaluations that are out at a provider.", {"provider"});
  Family<Gauge>& chats_allowed =
      registry.Gauges("tunegate_evaluator_calls_allowed",
                      "Chat calls that the pace of this server's evaluations allows at a time, by "
                      "what they learned "
                      "of the provider.",
                      {"provider"});
  Family<Counter>& chat_retries =
      registry.Counters("tunegate_evaluator_retries_total",
                        "Attempts at chat calls beyond each call's first.", {"provider"});
  Family<Counter>& tokens = registry.Counters(
      "tunegate_tokens_total",
      "Tokens as the provider counted them, by kind: input (cached ones among them), cached_input, "
      "output or trained.",
      {"provider", "model", "kind"});
  Family<Counter>& spend = registry.Counters(
      "tunegate_spend_micros_total",
      "Money by the price table, in millionths of the currency, each answer rounded up; models "
      "without a price spend none.",
      {"provider", "model", "currency"});

  // --- Subscribers ------------------------------------------------------------------------------
  Gauge& watchers = registry.OneGauge("tunegate_watch_streams", "Open watches.");
  Gauge& watch_lag = registry.OneGauge(
      "tunegate_watch_lag_positions",
      "Positions between the log's end and what the slowest open watch has been sent.");
  Counter& watch_messages =
      registry.OneCounter("tunegate_watch_messages_total", "Messages sent to watches.");

  // --- The operator's HTTP ----------------------------------------------------------------------
  Family<Counter>& http_requests = registry.Counters(
      "tunegate_http_requests_total", "Requests to the operator's HTTP port.", {"route", "code"});
  Family<Counter>& webhooks = registry.Counters(
      "tunegate_webhooks_total",
      "Webhooks by outcome: woken (work was made due), unknown, ignored, repeated, replayed, "
      "refused or failed.",
      {"provider", "outcome"});

  // --- The process ------------------------------------------------------------------------------
  Family<Gauge>& build_info =
      registry.Gauges("tunegate_build_info", "1, with the program's version.", {"version"});
  Gauge& resident_bytes =
      registry.OneGauge("process_resident_memory_bytes", "Memory that the process holds.");
  Gauge& open_fds = registry.OneGauge("process_open_fds", "Open file descriptors.");
  Gauge& max_fds = registry.OneGauge("process_max_fds", "File descriptors that may be open.");
  Reading& cpu_seconds =
      registry.OneReading("process_cpu_seconds_total", "Processor time spent, in user and kernel.");
  Gauge& start_time = registry.OneGauge("process_start_time_seconds",
                                        "When the process began, in seconds since 1970.");
};

// The process's own. Lives for ever.
Catalogue& TheCatalogue();

// The table of deploy/metrics.md.
std::string MarkdownTable(const std::vector<Description>& descriptions);

}  // namespace tunegate::metrics

#endif  // TUNEGATE_SERVER_METRICS_CATALOGUE_H_
