// Fills a store through its own Commit, for scale_figures.py.
//
//   fill_store sqlite|postgres://... DATA_DIR RESOURCES EVENTS
//
// Makes RESOURCES jobs that have ended and EVENTS events of them, each event in a commit of its own
// as a server's progress is; every job also leaves its row of durable work, as one that was run
// does. One job in a hundred is FAILED, the others SUCCEEDED; they belong to 100 tasks and to a
// workflow each ten. Nothing is synced on the way; the machine's death is not what is measured.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::bench {
namespace {

// So many commits make a batch.
constexpr int kWriters = 128;

struct Job {
  int64_t number;
  std::string name() const { return absl::StrCat("jobs/", number); }
  std::string owner() const { return absl::StrCat("workflows/", number / 10); }
  std::string task() const { return absl::StrCat("tasks/", number % 100); }
  bool failed() const { return number % 100 == 7; }
};

v1::Job ResourceOf(const Job& job) {
  v1::Job resource;
  resource.set_name(job.name());
  resource.set_display_name(absl::StrCat("job number ", job.number));
  (*resource.mutable_labels())["team"] = absl::StrCat("team-", job.number % 7);
  resource.set_etag("1");
  resource.set_state(job.failed() ? v1::Job::STATE_FAILED : v1::Job::STATE_SUCCEEDED);
  resource.set_owner(job.owner());
  resource.set_training_dataset(absl::StrCat("datasets/", job.number, "-train"));
  resource.set_provider("openai");
  resource.set_base_model("gpt-4o-mini-2024-07-18");
  resource.set_provider_job(absl::StrCat("ftjob-", job.number));
  resource.set_fine_tuned_model(absl::StrCat("ft:gpt-4o-mini-2024-07-18:acme::", job.number));
  (*resource.mutable_progress()->mutable_figures())["train_loss"] = 0.25;
  return resource;
}

std::string EventOf(const Job& job, v1::Event::Type type) {
  v1::Event event;
  event.set_resource(job.name());
  event.set_type(type);
  event.set_owner(job.owner());
  event.set_message("step 100 of 300, train_loss 0.25");
  *event.mutable_job() = ResourceOf(job);
  return event.SerializeAsString();
}

store::Transaction CreationOf(const Job& job) {
  store::v1::JobRecord record;
  *record.mutable_resource() = ResourceOf(job);
  store::Put put;
  put.record.name = job.name();
  put.record.state = job.failed() ? "FAILED" : "SUCCEEDED";
  put.record.task = job.task();
  put.record.owner = job.owner();
  put.record.terminal = true;
  put.record.payload = record.SerializeAsString();
  store::Transaction transaction;
  transaction.puts.push_back(std::move(put));
  transaction.events.push_back({job.name(), EventOf(job, v1::Event::TYPE_CREATED)});
  transaction.schedule.push_back({job.name(), absl::Hours(1)});
  transaction.finish.push_back(job.name());
  return transaction;
}

absl::Status FillJob(store::Store& store, const Job& job, int64_t events) {
  TG_RETURN_IF_ERROR(store.Commit(CreationOf(job)).status());
  for (int64_t i = 1; i < events; ++i) {
    store::Transaction transaction;
    transaction.events.push_back({job.name(), EventOf(job, v1::Event::TYPE_PROGRESS)});
    TG_RETURN_IF_ERROR(store.Commit(std::move(transaction)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<store::Store>> Open(const std::string& url,
                                                   const std::string& data_dir) {
  if (url == "sqlite") {
    store::SqliteOptions options;
    options.data_dir = data_dir;
    options.synchronous = store::Synchronous::kNormal;
    return store::OpenSqliteStore(options);
  }
  store::PostgresOptions options;
  options.url = url;
  options.data_dir = data_dir;
  return store::OpenPostgresStore(options);
}

absl::Status Fill(store::Store& store, int64_t resources, int64_t events) {
  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::vector<absl::Status> statuses(kWriters);
  std::vector<std::thread> threads;
  for (absl::Status& status : statuses) {
    threads.emplace_back([&] {
      while (status.ok() && !failed) {
        const Job job{next++};
        if (job.number >= resources) return;
        // As many for each, and the rest for the first ones.
        const int64_t of_job = events / resources + (job.number < events % resources ? 1 : 0);
        status = FillJob(store, job, of_job);
        if (!status.ok()) failed = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) TG_RETURN_IF_ERROR(status);
  return absl::OkStatus();
}

absl::Status Run(const std::string& url, const std::string& data_dir, int64_t resources,
                 int64_t events) {
  if (resources < 1 || events < resources) {
    return absl::InvalidArgumentError("wants at least one resource, and as many events");
  }
  TG_ASSIGN_OR_RETURN(const auto store, Open(url, data_dir));
  return Fill(*store, resources, events);
}

}  // namespace
}  // namespace tunegate::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: fill_store sqlite|postgres://... DATA_DIR RESOURCES EVENTS\n");
    return 2;
  }
  const absl::Status status =
      tunegate::bench::Run(argv[1], argv[2], std::atoll(argv[3]), std::atoll(argv[4]));
  if (!status.ok()) std::fprintf(stderr, "fill_store: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
