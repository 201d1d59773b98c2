// GetJob beside an echo of the same bytes, in one server and one run; see tests/bench/rpc/run.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "server/config.h"
#include "server/server.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/bench/rpc/echo_service.h"
#include "tests/bench/rpc/load.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::bench {
namespace {

constexpr double kTarget = 0.6;
constexpr char kGetJob[] = "/tunegate.v1.JobService/GetJob";

struct Flags {
  int rounds = 7;
  double seconds = 1;
  std::vector<int> in_flight = {1, 16, 64};
};

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "rpc_bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

// A job as they are after a training of three epochs.
store::v1::JobRecord EndedJob() {
  store::v1::JobRecord record;
  record.set_intent_id(std::string(32, 'a'));
  record.set_training_file("file-training");
  record.set_validation_file("file-validation");
  v1::Job& job = *record.mutable_resource();
  job.set_name("jobs/measured");
  job.set_display_name("product intent, three epochs");
  (*job.mutable_labels())["team"] = "search";
  job.set_etag("42");
  job.mutable_create_time()->set_seconds(1'800'000'000);
  job.mutable_update_time()->set_seconds(1'800'001'800);
  job.mutable_end_time()->set_seconds(1'800'001'800);
  job.set_state(v1::Job::STATE_SUCCEEDED);
  job.set_owner("workflows/measured");
  job.set_training_dataset("datasets/measured-train");
  job.set_validation_dataset("datasets/measured-validation");
  job.set_provider("openai");
  job.set_base_model("gpt-4o-mini-2024-07-18");
  job.set_suffix("intent");
  job.mutable_supervised()->set_n_epochs(3);
  job.set_provider_job("ftjob-0123456789abcdef");
  job.set_provider_status("succeeded");
  for (const char* figure : {"epoch", "epochs", "train_loss", "valid_loss"}) {
    (*job.mutable_progress()->mutable_figures())[figure] = 0.25;
  }
  job.set_fine_tuned_model("ft:gpt-4o-mini-2024-07-18:acme:intent:abcdefgh");
  for (int epoch = 1; epoch <= 3; ++epoch) {
    auto& checkpoint = *job.add_checkpoints();
    checkpoint.set_step(100 * epoch);
    checkpoint.set_model(absl::StrCat(job.fine_tuned_model(), ":ckpt-step-", 100 * epoch));
    (*checkpoint.mutable_metrics())["full_valid_loss"] = 0.25;
    (*checkpoint.mutable_metrics())["full_valid_mean_token_accuracy"] = 0.9375;
  }
  return record;
}

void KeepJob(const std::string& data_dir, const store::v1::JobRecord& record) {
  store::SqliteOptions options;
  options.data_dir = data_dir;
  auto opened = store::OpenSqliteStore(options);
  if (!opened.ok()) Die(opened.status());
  store::Put put;
  put.record.name = record.resource().name();
  put.record.state = "SUCCEEDED";
  put.record.owner = record.resource().owner();
  put.record.terminal = true;
  put.record.payload = record.SerializeAsString();
  store::Transaction transaction;
  transaction.puts.push_back(std::move(put));
  if (auto done = (*opened)->Commit(std::move(transaction)); !done.ok()) Die(done.status());
}

std::unique_ptr<Server> StartServer(const std::string& data_dir) {
  config::v1::ServerConfig config;
  config.set_listen("127.0.0.1:0");
  config.set_data_dir(data_dir);
  auto& provider = *config.add_providers();
  provider.set_name("openai");
  provider.set_sandbox(true);  // which nobody looks for
  ApplyDefaults("http://127.0.0.1:9/v1", config);
  auto server = Server::Start(config);
  if (!server.ok()) Die(server.status());
  return *std::move(server);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double MachineLoad() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : NAN;
}

class Comparison {
 public:
  Comparison(const std::string& address, std::string request, size_t answer_size)
      : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        request_(std::move(request)),
        answer_size_(answer_size) {}

  double Measure(const char* method, int in_flight, double seconds) const {
    return MeasureCalls(channel_, method, request_, answer_size_, in_flight, seconds);
  }

  // One line of the table; the ratio.
  double Compare(int in_flight, const Flags& flags) const {
    std::vector<double> jobs, echoes, ratios;
    for (int round = 0; round < flags.rounds; ++round) {
      // Who goes first changes, so that no side always meets the warmer machine.
      const bool echo_first = round % 2 == 0;
      const double first = Measure(echo_first ? kEchoMethod : kGetJob, in_flight, flags.seconds);
      const double second = Measure(echo_first ? kGetJob : kEchoMethod, in_flight, flags.seconds);
      echoes.push_back(echo_first ? first : second);
      jobs.push_back(echo_first ? second : first);
      ratios.push_back(jobs.back() / echoes.back());
    }
    const double ratio = Median(ratios);
    std::printf("%9d %11.0f %11.0f %7.2f %9.1f\n", in_flight, Median(jobs), Median(echoes), ratio,
                MachineLoad());
    std::fflush(stdout);
    return ratio;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string request_;
  const size_t answer_size_;
};

// The server, in a process of its own as servers are: client and server would share gRPC's threads
// otherwise. Forked before this one has any.
class ServerProcess {
 public:
  ServerProcess(const std::string& data_dir, const store::v1::JobRecord& record,
                const std::string& answer) {
    int address[2];
    int life[2];
    if (pipe(address) != 0 || pipe(life) != 0) Die(absl::InternalError("no pipe"));
    process_ = fork();
    if (process_ < 0) Die(absl::InternalError("no process"));
    if (process_ == 0) {
      close(life[1]);
      Serve(data_dir, record, answer, address[1], life[0]);
    }
    close(life[0]);
    close(address[1]);
    life_ = life[1];
    for (char next = 0; read(address[0], &next, 1) == 1;) address_.push_back(next);
    close(address[0]);
    if (address_.empty()) Die(absl::InternalError("the server does not start"));
  }
  ~ServerProcess() {
    close(life_);
    waitpid(process_, nullptr, 0);
  }
  const std::string& address() const { return address_; }

 private:
  // Until the other end of `life` is closed.
  [[noreturn]] static void Serve(const std::string& data_dir, const store::v1::JobRecord& record,
                                 const std::string& answer, int address, int life) {
    KeepJob(data_dir, record);
    AddEchoToServers(answer);
    const auto server = StartServer(data_dir);
    const std::string& text = server->address();
    if (write(address, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      Die(absl::InternalError("nobody asks for the address"));
    }
    close(address);
    char end = 0;
    (void)!read(life, &end, 1);
    server->Shutdown(absl::Seconds(5));
    std::_Exit(0);
  }

  pid_t process_ = 0;
  int life_ = -1;
  std::string address_;
};

int Run(const Flags& flags, const std::string& data_dir) {
  const store::v1::JobRecord record = EndedJob();
  v1::GetJobRequest request;
  request.set_name(record.resource().name());
  v1::GetJobResponse response;
  *response.mutable_job() = record.resource();
  const std::string answer = response.SerializeAsString();
  const ServerProcess server(data_dir, record, answer);
  const Comparison comparison(server.address(), request.SerializeAsString(), answer.size());
  std::printf("GetJob on SQLite beside an echo, %zu bytes each; median of %d rounds of %.1f s\n",
              answer.size(), flags.rounds, flags.seconds);
  std::printf("%9s %11s %11s %7s %9s\n", "in flight", "GetJob/s", "echo/s", "ratio", "load");
  double worst = INFINITY;
  for (const int in_flight : flags.in_flight) {
    for (const char* method : {kEchoMethod, kGetJob}) comparison.Measure(method, in_flight, 0.2);
    worst = std::min(worst, comparison.Compare(in_flight, flags));
  }
  std::printf("lowest ratio %.2f (at least %.1f)\n", worst, kTarget);
  return worst >= kTarget ? 0 : 1;
}

}  // namespace
}  // namespace tunegate::bench

int main(int argc, char** argv) {
  CLI::App app("GetJob beside an echo of the same bytes");
  tunegate::bench::Flags flags;
  app.add_option("--rounds", flags.rounds, "rounds of each comparison");
  app.add_option("--seconds", flags.seconds, "how long each side is called in a round");
  app.add_option("--in_flight", flags.in_flight, "how many calls are under way")->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  const std::string data_dir = "/tmp/tunegate-rpc-bench-" + tunegate::RandomHex(4);
  const int status = tunegate::bench::Run(flags, data_dir);
  std::filesystem::remove_all(data_dir);
  return status;
}
