#include "server/maintenance/store_check.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "google/protobuf/struct.pb.h"
#include "server/maintenance/dataset_blobs.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/job.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::maintenance {
namespace {

using store::Record;

constexpr int64_t kEventPage = 2000;
constexpr int kRowPage = 200;  // a report may be a megabyte
constexpr int kMaxFindings = 1000;
constexpr char kRestore[] = "keep a copy of what is there and restore a backup";

template <typename Message>
bool Parses(const std::string& payload) {
  return Message().ParseFromString(payload);
}

bool SettingParses(const Record& record) {
  if (record.name == "settings/work") return Parses<store::v1::WorkPauseRecord>(record.payload);
  return Parses<store::v1::CertificateChainRecord>(record.payload);
}

struct Kind {
  const char* name;
  bool (*parses)(const Record& record);
};

constexpr Kind kKinds[] = {
    {"tasks", [](const Record& r) { return Parses<store::v1::TaskRecord>(r.payload); }},
    {"datasets", [](const Record& r) { return Parses<store::v1::DatasetRecord>(r.payload); }},
    {"jobs", [](const Record& r) { return Parses<store::v1::JobRecord>(r.payload); }},
    {"evaluations", [](const Record& r) { return Parses<store::v1::EvaluationRecord>(r.payload); }},
    {"decisions", [](const Record& r) { return Parses<store::v1::DecisionRecord>(r.payload); }},
    {"workflows", [](const Record& r) { return Parses<store::v1::WorkflowRecord>(r.payload); }},
    {"settings", SettingParses},
    {"test_sets", [](const Record& r) { return Parses<store::v1::TestSetRecord>(r.payload); }},
};

struct Stream {
  std::string_view name;
  bool (*parses)(const std::string& payload);
};

// What rows of a stream hold. Of others, which are no messages, it is enough that they are read.
constexpr Stream kStreams[] = {
    {"metrics", Parses<tunegate::v1::JobMetric>},
    {"provider_events", Parses<tunegate::v1::ProviderEvent>},
    {"findings", Parses<tunegate::v1::Finding>},
    {"calls", Parses<store::v1::CallRecord>},
    {"call_intents", Parses<store::v1::CallIntents>},
    {"sessions", Parses<google::protobuf::Struct>},
    {"report", Parses<tunegate::v1::Report>},
};

class StoreCheck {
 public:
  StoreCheck(store::Store& store, store::Caretaker& caretaker, const store::StopCheck& stop)
      : store_(store), caretaker_(caretaker), stop_(stop) {}

  absl::StatusOr<v1::CheckStoreResponse> Run() {
    TG_ASSIGN_OR_RETURN(const std::vector<std::string> wrong, caretaker_.CheckDatabase(stop_));
    for (const std::string& each : wrong) Find("store.database", each);
    const auto list = [this](const store::ListQuery& query) { return store_.List(query); };
    for (const Kind& kind : kKinds) {
      TG_RETURN_IF_ERROR(ForEachRecord(
          list, kind.name, [&](const Record& record) { return CheckRecord(kind, record); }));
    }
    TG_RETURN_IF_ERROR(CheckRows());
    TG_RETURN_IF_ERROR(CheckEvents());
    response_.set_row_count(rows_);
    response_.set_resource_count(resources_);
    response_.set_event_count(events_);
    response_.set_blob_count(static_cast<int64_t>(blobs_.size()));
    return std::move(response_);
  }

 private:
  absl::Status Proceed() const {
    return stop_ && stop_() ? absl::CancelledError("nobody waits for the check any more")
                            : absl::OkStatus();
  }

  void Find(const char* check, const std::string& message) {
    if (response_.diagnoses_size() >= kMaxFindings) return;
    tunegate::v1::Diagnosis& diagnosis = *response_.add_diagnoses();
    diagnosis.set_check(check);
    diagnosis.set_severity(tunegate::v1::Diagnosis::SEVERITY_ERROR);
    diagnosis.set_message(message);
    diagnosis.set_remedy(kRestore);
  }

  absl::Status CheckRecord(const Kind& kind, const Record& record) {
    TG_RETURN_IF_ERROR(Proceed());
    ++resources_;
    if (!kind.parses(record)) {
      Find("store.record", absl::StrCat("the record ", record.name, " cannot be parsed"));
    }
    return store::KindOf(record.name) == "datasets" ? CheckBlob(record) : absl::OkStatus();
  }

  absl::Status CheckBlob(const Record& record) {
    const std::string sha256 = BlobOf(record);
    if (sha256.empty() || blobs_.count(sha256) > 0) return absl::OkStatus();
    const absl::StatusOr<std::string> bytes = store_.GetBlob(sha256);
    if (absl::IsUnavailable(bytes.status())) return bytes.status();
    blobs_.insert(sha256);
    if (!bytes.ok()) {
      // Whoever deletes the dataset meanwhile takes its bytes along.
      const absl::StatusOr<Record> now = store_.Get(record.name);
      if (now.ok() && BlobOf(*now).empty()) return absl::OkStatus();
      Find("store.blob", absl::StrCat("the bytes of ", record.name, ": ",
                                      absl::string_view(bytes.status().message())));
    } else if (Sha256Hex(*bytes) != sha256) {
      Find("store.blob",
           absl::StrCat("the bytes of ", record.name, " have another digest than ", sha256));
    }
    return absl::OkStatus();
  }

  absl::Status CheckRows() {
    store::Row last;
    while (true) {
      TG_RETURN_IF_ERROR(Proceed());
      auto page = store_.ReadAllRows(last, kRowPage);
      if (DetailsOf(page.status()).reason == "STORE_CORRUPT") {
        Find("store.rows", absl::StrCat("the rows after ", last.key, " of ", last.parent, ": ",
                                        absl::string_view(page.status().message())));
        return absl::OkStatus();
      }
      TG_RETURN_IF_ERROR(page.status());
      if (page->empty()) return absl::OkStatus();
      for (const store::Row& row : *page) CheckRow(row);
      last = std::move(page->back());
    }
  }

  void CheckRow(const store::Row& row) {
    ++rows_;
    for (const Stream& stream : kStreams) {
      if (stream.name != row.stream || stream.parses(row.payload)) continue;
      Find("store.rows", absl::StrCat("row ", row.key, " of ", row.parent, " (", row.stream,
                                      ") cannot be parsed"));
    }
  }

  absl::Status CheckEvents() {
    TG_ASSIGN_OR_RETURN(const store::LogInfo begin, store_.ReadLogInfo());
    int64_t position = begin.oldest_position;
    while (position < begin.newest_position) {
      TG_RETURN_IF_ERROR(Proceed());
      const auto page = store_.ReadEvents({.after_position = position, .max_events = kEventPage});
      if (absl::IsOutOfRange(page.status())) {  // retention went past us
        TG_ASSIGN_OR_RETURN(const store::LogInfo log, store_.ReadLogInfo());
        position = log.oldest_position;
        continue;
      }
      TG_RETURN_IF_ERROR(page.status());
      if (page->empty()) {
        Find("store.events", absl::StrCat("the log ends at position ", position,
                                          " and its counter stands at ", begin.newest_position));
        return absl::OkStatus();
      }
      for (const store::StoredEvent& event : *page) CheckEvent(event, position);
    }
    return absl::OkStatus();
  }

  void CheckEvent(const store::StoredEvent& event, int64_t& position) {
    ++events_;
    if (event.position > position + 1) {
      Find("store.events", absl::StrCat("events are missing between positions ", position, " and ",
                                        event.position));
    }
    position = event.position;
    if (!Parses<tunegate::v1::Event>(event.payload)) {
      Find("store.events", absl::StrCat("the event at position ", position, " cannot be parsed"));
    }
  }

  store::Store& store_;
  store::Caretaker& caretaker_;
  const store::StopCheck& stop_;
  tunegate::v1::CheckStoreResponse response_;
  int64_t resources_ = 0;
  int64_t rows_ = 0;
  int64_t events_ = 0;
  std::set<std::string> blobs_;
};

}  // namespace

absl::StatusOr<v1::CheckStoreResponse> CheckStore(store::Store& store, store::Caretaker& caretaker,
                                                  const store::StopCheck& stop) {
  return StoreCheck(store, caretaker, stop).Run();
}

}  // namespace tunegate::maintenance
