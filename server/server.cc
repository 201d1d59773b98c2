#include "server/server.h"

#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "common/version.h"
#include "common/worker_pool.h"
#include "server/admin/admin_api.h"
#include "server/admin/admin_service.h"
#include "server/admin/doctor.h"
#include "server/admin/provider_access.h"
#include "server/admin/sandbox_lookout.h"
#include "server/admin/work_pause.h"
#include "server/config.h"
#include "server/datasets/dataset_api.h"
#include "server/datasets/dataset_service.h"
#include "server/datasets/dataset_stepper.h"
#include "server/decisions/certificate_issuer.h"
#include "server/decisions/decision_api.h"
#include "server/decisions/decision_key.h"
#include "server/decisions/decision_service.h"
#include "server/evaluations/run/evaluation_api.h"
#include "server/evaluations/run/evaluation_service.h"
#include "server/evaluations/run/evaluation_stepper.h"
#include "server/events/event_api.h"
#include "server/events/event_service.h"
#include "server/events/feed.h"
#include "server/events/watch_stream.h"
#include "server/jobs/job_api.h"
#include "server/jobs/job_service.h"
#include "server/jobs/job_stepper.h"
#include "server/maintenance/trimmer.h"
#include "server/metrics/catalogue.h"
#include "server/operator_port.h"
#include "server/providers/metered_provider.h"
#include "server/providers/openai/openai_provider.h"
#include "server/providers/openai/probe.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/rpc/connections.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/slots.h"
#include "server/runner/runner.h"
#include "server/store/caretaker.h"
#include "server/store/postgres/postgres_caretaker.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/sqlite/sqlite_caretaker.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/tasks/task_api.h"
#include "server/tasks/task_service.h"
#include "server/work_options.h"
#include "server/workflows/workflow_api.h"
#include "server/workflows/workflow_service.h"
#include "server/workflows/workflow_stepper.h"

namespace tunegate {
namespace {

using config::v1::ServerConfig;

// RPC handlers block on the store, so there are more of them than cores.
constexpr size_t kRpcThreads = 16;
constexpr size_t kRpcQueue = 4096;
// Watches that open or have fallen behind; what they read is short.
constexpr size_t kWatchThreads = 4;
// How long the start waits for a provider that may be the sandbox to say so.
constexpr absl::Duration kLookTime = absl::Seconds(1);
// Of what is left of a drain: watchers that do not read leave some of it for the other clients, and
// these for cutting off who is still there.
constexpr double kShareOfClients = 0.8;

// The store, and what cares for it.
struct Stores {
  std::unique_ptr<store::Store> store;
  std::unique_ptr<store::Caretaker> caretaker;
};

absl::StatusOr<Stores> OpenStores(const ServerConfig& config) {
  Stores stores;
  if (IsPostgres(config.store())) {
    store::PostgresOptions options;
    options.url = config.store();
    options.data_dir = config.data_dir();
    options.connections = config.postgres_connections();
    options.statement_timeout = FromProto(config.postgres_statement_timeout());
    TG_ASSIGN_OR_RETURN(stores.store, store::OpenPostgresStore(options));
    TG_ASSIGN_OR_RETURN(stores.caretaker, store::OpenPostgresCaretaker(options));
    return stores;
  }
  store::SqliteOptions options;
  options.data_dir = config.data_dir();
  options.synchronous = config.sqlite_synchronous() == "normal" ? store::Synchronous::kNormal
                                                                : store::Synchronous::kFull;
  TG_ASSIGN_OR_RETURN(stores.store, store::OpenSqliteStore(options));
  TG_ASSIGN_OR_RETURN(stores.caretaker, store::OpenSqliteCaretaker(options));
  return stores;
}

store::Retention RetentionOf(const ServerConfig& config) {
  return {FromProto(config.retention().max_event_age()), config.retention().max_events()};
}

providers::openai::OpenAiConfig OpenAiConfigOf(const ServerConfig::ProviderConfig& config) {
  providers::openai::OpenAiConfig openai;
  openai.name = config.name();
  openai.base_url = config.base_url();
  openai.api_key_file = config.api_key_file();
  if (config.api_key_file().empty()) {
    const char* key = std::getenv(config.api_key_env().c_str());
    if (key != nullptr) openai.api_key = key;
    if (key == nullptr && !config.sandbox()) {
      log::Warning("no provider key: calls will be refused",
                   {{"provider", config.name()}, {"set", config.api_key_env()}});
    }
  }
  openai.auth_header = config.auth_header();
  openai.organization = config.organization();
  openai.project = config.project();
  for (const auto& [key, value] : config.query_parameters()) {
    openai.query_parameters.emplace_back(key, value);
  }
  openai.ca_file = config.ca_file();
  if (!config.chat_path().empty()) openai.chat_path = config.chat_path();
  if (!config.max_tokens_field().empty()) openai.max_tokens_field = config.max_tokens_field();
  openai.max_connections = 1024;
  return openai;
}

// The configured providers, and how operators look at each.
struct Providers {
  providers::ProviderSet set;
  std::vector<admin::ProviderAccess> access;
  // Those that may be the sandbox although nobody says so: it speaks no TLS.
  std::vector<admin::SandboxLookout::Candidate> candidates;
};

admin::ProviderAccess AccessTo(const providers::openai::OpenAiConfig& openai) {
  return {
      openai.name, openai.base_url, [openai](absl::Duration timeout) {
        const auto probe = providers::openai::Probe(openai, RealClock(), timeout);
        return admin::ProviderLook{probe.status, probe.answered, probe.sandbox, probe.clock_ahead};
      }};
}

absl::StatusOr<Providers> OpenProviders(const ServerConfig& config, const PortWrappers& wrappers) {
  std::vector<providers::ConfiguredProvider> opened;
  std::vector<admin::ProviderAccess> access;
  std::vector<admin::SandboxLookout::Candidate> candidates;
  for (const auto& provider : config.providers()) {
    const providers::openai::OpenAiConfig openai = OpenAiConfigOf(provider);
    TG_ASSIGN_OR_RETURN(std::shared_ptr<providers::Provider> one,
                        providers::openai::NewOpenAiProvider(openai, RealClock()));
    if (wrappers.provider) one = wrappers.provider(std::move(one));
    auto found = std::make_shared<std::atomic<bool>>(false);
    const auto is_free = [found, marked = provider.sandbox()] { return marked || found->load(); };
    opened.push_back({providers::Metered(std::move(one), is_free), provider.sandbox(), found});
    access.push_back(AccessTo(openai));
    const bool plain = absl::StartsWith(provider.base_url(), "http://");
    if (plain && !provider.sandbox()) candidates.push_back({access.back(), found});
  }
  return Providers{providers::ProviderSet(std::move(opened)), std::move(access),
                   std::move(candidates)};
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const ServerConfig& config) {
  if (!config.has_tls()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      config.tls().client_ca_file().empty()
          ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
          : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  TG_ASSIGN_OR_RETURN(pair.private_key, ReadFile(config.tls().key_file(), "the TLS key"));
  TG_ASSIGN_OR_RETURN(pair.cert_chain,
                      ReadFile(config.tls().certificate_file(), "the TLS certificate"));
  options.pem_key_cert_pairs.push_back(std::move(pair));
  if (!config.tls().client_ca_file().empty()) {
    TG_ASSIGN_OR_RETURN(options.pem_root_certs,
                        ReadFile(config.tls().client_ca_file(), "the clients' authorities"));
  }
  return grpc::SslServerCredentials(options);
}

// Who signs decisions; null: nobody. A key of our own is made where one server owns the folder.
absl::StatusOr<std::unique_ptr<const decisions::CertificateIssuer>> OpenIssuer(
    const ServerConfig& config, store::Store& store) {
  std::string file = config.decision_key_file();
  if (file.empty() && config.store() == "sqlite") {
    file = absl::StrCat(config.data_dir(), "/decision_key.pem");
    resources::Repository repository(&store, &store.clock());
    TG_ASSIGN_OR_RETURN(const int64_t certified, decisions::CertificateCount(repository));
    if (certified > 0 && access(file.c_str(), F_OK) != 0) {
      log::Warning("the key that signed decisions is gone: earlier ones need its public half",
                   {{"file", file}, {"certificates", certified}});
    }
    TG_RETURN_IF_ERROR(decisions::MakeDecisionKey(file));
  }
  if (file.empty()) {
    log::Warning("decisions are not signed", {{"set", "decision_key_file"}});
    return nullptr;
  }
  TG_ASSIGN_OR_RETURN(certificates::SigningKey key, decisions::ReadDecisionKey(file));
  return std::make_unique<const decisions::CertificateIssuer>(std::move(key));
}

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

}  // namespace

// Members in the order of dependency: destroyed from the last to the first.
class Server::Impl {
 public:
  Impl(const ServerConfig& config, Stores stores, Providers providers,
       std::unique_ptr<const decisions::CertificateIssuer> issuer,
       std::map<std::string, std::string> callers)
      : config_(config),
        store_(std::move(stores.store)),
        caretaker_(std::move(stores.caretaker)),
        providers_(std::move(providers.set)),
        issuer_(std::move(issuer)),
        repository_(store_.get(), &store_->clock()),
        pause_(store_.get(), &store_->clock()),
        defaults_(WorkflowDefaultsOf(config)),
        tasks_(&repository_),
        datasets_(&repository_, &providers_),
        jobs_(&repository_, &providers_, defaults_.jobs),
        evaluations_(&repository_, &providers_, defaults_.evaluations),
        decisions_(&repository_, issuer_.get()),
        workflows_(&repository_, &providers_, defaults_),
        events_(store_.get()),
        doctor_({config, store_.get(), &pause_, &RealClock(), std::move(providers.access)}),
        lookout_(std::move(providers.candidates), &RealClock()),
        admin_(store_.get(), &providers_, &pause_, &doctor_, &lookout_,
               {kVersion, IsPostgres(config.store()) ? "postgres" : "sqlite",
                config.default_base_model(), RealClock().Now(),
                issuer_ == nullptr ? "" : issuer_->public_key().ToPem()},
               {caretaker_.get(), RetentionOf(config)}),
        trimmer_(caretaker_.get(), RetentionOf(config)),
        feed_(store_.get(), events::FeedOptions()),
        hub_(&feed_),
        pool_(kRpcThreads, kRpcQueue),
        watch_pool_(kWatchThreads, std::numeric_limits<size_t>::max()),
        watch_slots_({config.limits().max_watches(), config.limits().max_watches_per_caller(),
                      "TOO_MANY_WATCHES", "open watches"}),
        dispatcher_(&pool_, std::move(callers),
                    {/*total=*/0, config.limits().max_calls_per_caller(), "TOO_MANY_CALLS",
                     "calls under way"}),
        dataset_stepper_(&repository_, &providers_, DatasetOptionsOf(config)),
        job_stepper_(&repository_, &providers_, &pause_, JobOptionsOf(config)),
        evaluation_stepper_(&repository_, &providers_, &pause_, EvaluationOptionsOf(config),
                            BatchOptionsOf(config)),
        workflow_stepper_(&repository_, &providers_, &jobs_, &evaluations_, issuer_.get(),
                          defaults_),
        runner_(store_.get(),
                {{"datasets", &dataset_stepper_},
                 {"jobs", &job_stepper_},
                 {"evaluations", &evaluation_stepper_},
                 {"workflows", &workflow_stepper_}},
                RunnerOptionsOf(config)) {}

  ~Impl() { Shutdown(absl::Seconds(10)); }

  absl::Status Start() {
    // Before anybody can watch: a feed that has not read the log takes its begin for its end.
    TG_RETURN_IF_ERROR(feed_.Start());
    store_->SetCommitListener([this] {
      feed_.Poke();
      runner_.Poke();
    });
    TG_RETURN_IF_ERROR(Listen());
    lookout_.Look(kLookTime);
    TG_RETURN_IF_ERROR(OpenOperatorPort());
    runner_.Start();
    trimmer_.Start();
    server_->GetHealthCheckService()->SetServingStatus(true);
    log::Info("serving", {{"address", address_},
                          {"version", kVersion},
                          {"data_dir", config_.data_dir()},
                          {"provider", providers_.first().provider->name()},
                          {"base_url", providers_.first().provider->base_url()}});
    return absl::OkStatus();
  }

  const std::string& address() const { return address_; }
  std::string http_address() const {
    return operator_port_ == nullptr ? "" : operator_port_->address();
  }

  void Shutdown(absl::Duration deadline) {
    if (std::exchange(down_, true)) return;
    const absl::Duration end = RealClock().Monotonic() + deadline;
    const auto left = [&] { return std::max(end - RealClock().Monotonic(), absl::ZeroDuration()); };
    if (server_ != nullptr) server_->GetHealthCheckService()->SetServingStatus(false);
    if (operator_port_ != nullptr) operator_port_->Drain();
    store_->SetCommitListener(nullptr);
    runner_.BeginStop();
    hub_.Drain();
    admin_.Drain();
    trimmer_.BeginStop();  // a compaction waits behind it
    if (server_ != nullptr) {
      rpc::StopListening(port_);
      rpc::SendGoaways(*server_);
    }
    EndSteps(deadline);
    if (!hub_.AwaitEmpty(left() * kShareOfClients)) {
      log::Warning("watchers are cut off: they did not read to the end");
    }
    if (server_ != nullptr) {
      // Also tells those to go who were shaking hands until now.
      (void)rpc::AwaitDisconnected(*server_, port_, left() * kShareOfClients);
      server_->Shutdown(absl::ToChronoTime(RealClock().Now() + left()));
    }
    runner_.Stop();
    trimmer_.Stop();
    watch_pool_.Shutdown();
    pool_.Shutdown();
    feed_.Stop();
    operator_port_.reset();
  }

 private:
  // Steps have a share of the time for what they have asked providers, and as much for recording
  // what is known then, so that other servers go on at once.
  void EndSteps(absl::Duration deadline) {
    if (runner_.AwaitSteps(deadline * kShareOfSteps)) return;
    log::Info("steps give up waiting for their providers");
    for (const auto& configured : providers_.all()) configured.provider->Abandon();
    if (runner_.AwaitSteps(deadline * kShareOfSteps)) return;
    log::Warning("steps do not end; other servers take their work when their leases run out");
  }

  absl::Status OpenOperatorPort() {
    if (config_.http_listen().empty()) return absl::OkStatus();
    const auto refresh = [this](metrics::Catalogue& metrics) {
      const store::LogInfo log = feed_.log();
      metrics.newest_position.Set(static_cast<double>(log.newest_position));
      metrics.oldest_position.Set(static_cast<double>(log.oldest_position));
      metrics.watchers.Set(watch_slots_.held());
      metrics.watch_lag.Set(static_cast<double>(hub_.Lag(log.newest_position)));
      metrics.rpc_queue.Set(static_cast<double>(pool_.QueuedCount()));
    };
    TG_ASSIGN_OR_RETURN(operator_port_,
                        OperatorPort::Start(config_, {store_.get(), &dispatcher_.callers(),
                                                      &RealClock(), refresh}));
    return absl::OkStatus();
  }

  absl::Status Listen() {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::channelz::experimental::InitChannelzService();
    grpc::ServerBuilder builder;
    int port = 0;
    TG_ASSIGN_OR_RETURN(const auto credentials, Credentials(config_));
    builder.AddListeningPort(config_.listen(), credentials, &port);
    // A second server on the same port must fail, not share its calls.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // A subscriber that vanished without a word is noticed within half a minute, and may look for
    // us as often.
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
    services_.push_back(tasks::NewTaskService(&tasks_, &dispatcher_));
    services_.push_back(datasets::NewDatasetService(&datasets_, &dispatcher_));
    services_.push_back(jobs::NewJobService(&jobs_, &dispatcher_));
    services_.push_back(evaluations::NewEvaluationService(&evaluations_, &dispatcher_));
    services_.push_back(decisions::NewDecisionService(&decisions_, &dispatcher_));
    services_.push_back(workflows::NewWorkflowService(&workflows_, &dispatcher_));
    services_.push_back(
        events::NewEventService(&events_, {&feed_, store_.get(), &hub_, &dispatcher_, &watch_pool_,
                                           &watch_slots_, events::WatchOptions()}));
    services_.push_back(admin::NewAdminService(&admin_, &dispatcher_));
    for (const auto& service : services_) builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) {
      return FailedPrecondition("PORT_IN_USE",
                                absl::StrCat("cannot listen on ", config_.listen(),
                                             ": the port is in use, or the address is not this "
                                             "machine's; choose another with --listen"));
    }
    port_ = port;
    address_ = absl::StrCat(HostOf(config_.listen()), ":", port);
    return absl::OkStatus();
  }

  const ServerConfig config_;
  std::unique_ptr<store::Store> store_;
  const std::unique_ptr<store::Caretaker> caretaker_;
  providers::ProviderSet providers_;
  const std::unique_ptr<const decisions::CertificateIssuer> issuer_;  // null: nothing is signed
  resources::Repository repository_;
  admin::WorkPause pause_;
  const workflows::WorkflowDefaults defaults_;
  tasks::TaskApi tasks_;
  datasets::DatasetApi datasets_;
  jobs::JobApi jobs_;
  evaluations::EvaluationApi evaluations_;
  decisions::DecisionApi decisions_;
  workflows::WorkflowApi workflows_;
  events::EventApi events_;
  admin::Doctor doctor_;
  admin::SandboxLookout lookout_;
  admin::AdminApi admin_;
  maintenance::Trimmer trimmer_;
  events::Feed feed_;
  events::WatchHub hub_;
  WorkerPool pool_;
  WorkerPool watch_pool_;
  rpc::Slots watch_slots_;
  rpc::Dispatcher dispatcher_;
  datasets::DatasetStepper dataset_stepper_;
  jobs::JobStepper job_stepper_;
  evaluations::EvaluationStepper evaluation_stepper_;
  workflows::WorkflowStepper workflow_stepper_;
  runner::Runner runner_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<OperatorPort> operator_port_;
  std::string address_;
  int port_ = 0;
  bool down_ = false;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerConfig& config,
                                                      const PortWrappers& wrappers) {
  TG_ASSIGN_OR_RETURN(auto callers, ReadCallers(config));
  TG_ASSIGN_OR_RETURN(Stores stores, OpenStores(config));
  if (wrappers.store) stores.store = wrappers.store(std::move(stores.store));
  TG_ASSIGN_OR_RETURN(auto providers, OpenProviders(config, wrappers));
  TG_ASSIGN_OR_RETURN(auto issuer, OpenIssuer(config, *stores.store));
  auto impl = std::make_unique<Impl>(config, std::move(stores), std::move(providers),
                                     std::move(issuer), std::move(callers));
  TG_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

const std::string& Server::address() const { return impl_->address(); }
std::string Server::http_address() const { return impl_->http_address(); }
void Server::Shutdown(absl::Duration deadline) { impl_->Shutdown(deadline); }

}  // namespace tunegate
