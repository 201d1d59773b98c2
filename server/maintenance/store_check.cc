#include "server/maintenance/store_check.h"

#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::maintenance {
namespace {

using store::Record;

constexpr int kPage = 200;
constexpr int64_t kEventPage = 2000;
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
};

// The digest of the bytes that must be there for a dataset; empty: none.
std::string BlobOf(const Record& record) {
  store::v1::DatasetRecord dataset;
  const bool has_bytes = dataset.ParseFromString(record.payload) && !dataset.delete_requested() &&
                         dataset.resource().state() != tunegate::v1::Dataset::STATE_DELETED;
  return has_bytes ? dataset.resource().sha256() : "";
}

// Hands each record of a kind to `look`.
template <typename Look>
absl::Status ForEachRecord(store::Store& store, const std::string& kind, Look look) {
  store::ListQuery query;
  query.kind = kind;
  query.oldest_first = true;
  query.limit = kPage;
  while (true) {
    TG_ASSIGN_OR_RETURN(const std::vector<Record> page, store.List(query));
    for (const Record& record : page) TG_RETURN_IF_ERROR(look(record));
    if (page.size() < static_cast<size_t>(kPage)) return absl::OkStatus();
    query.after_create_time = page.back().create_time;
    query.after_name = page.back().name;
  }
}

class StoreCheck {
 public:
  StoreCheck(store::Store& store, store::Caretaker& caretaker)
      : store_(store), caretaker_(caretaker) {}

  absl::StatusOr<v1::CheckStoreResponse> Run() {
    TG_ASSIGN_OR_RETURN(const std::vector<std::string> wrong, caretaker_.CheckDatabase());
    for (const std::string& each : wrong) Find("store.database", each);
    for (const Kind& kind : kKinds) {
      TG_RETURN_IF_ERROR(ForEachRecord(store_, kind.name, [&](const Record& record) {
        ++resources_;
        if (!kind.parses(record)) {
          Find("store.record", absl::StrCat("the record ", record.name, " cannot be parsed"));
        }
        return record.name.rfind("datasets/", 0) == 0 ? CheckBlob(record) : absl::OkStatus();
      }));
    }
    TG_RETURN_IF_ERROR(CheckEvents());
    response_.set_resource_count(resources_);
    response_.set_event_count(events_);
    response_.set_blob_count(static_cast<int64_t>(blobs_.size()));
    return std::move(response_);
  }

 private:
  void Find(const char* check, const std::string& message) {
    if (response_.diagnoses_size() >= kMaxFindings) return;
    tunegate::v1::Diagnosis& diagnosis = *response_.add_diagnoses();
    diagnosis.set_check(check);
    diagnosis.set_severity(tunegate::v1::Diagnosis::SEVERITY_ERROR);
    diagnosis.set_message(message);
    diagnosis.set_remedy(kRestore);
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

  absl::Status CheckEvents() {
    TG_ASSIGN_OR_RETURN(const store::LogInfo begin, store_.ReadLogInfo());
    int64_t position = begin.oldest_position;
    while (position < begin.newest_position) {
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
  tunegate::v1::CheckStoreResponse response_;
  int64_t resources_ = 0;
  int64_t events_ = 0;
  std::set<std::string> blobs_;
};

}  // namespace

absl::StatusOr<v1::CheckStoreResponse> CheckStore(store::Store& store,
                                                  store::Caretaker& caretaker) {
  return StoreCheck(store, caretaker).Run();
}

absl::StatusOr<std::set<std::string>> NamedBlobs(store::Store& store) {
  std::set<std::string> named;
  TG_RETURN_IF_ERROR(ForEachRecord(store, "datasets", [&](const Record& record) {
    store::v1::DatasetRecord dataset;
    if (!dataset.ParseFromString(record.payload)) {
      return absl::Status(Internal(
          "STORE_CORRUPT",
          absl::StrCat("the record ", record.name, " cannot be parsed: nothing is swept")));
    }
    named.insert(dataset.resource().sha256());
    return absl::OkStatus();
  }));
  return named;
}

}  // namespace tunegate::maintenance
