#include "server/maintenance/dataset_blobs.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::maintenance {
namespace {

using store::Record;

constexpr int kPage = 200;

// The digest of the bytes that a dataset needs; empty for one that is deleted or is to be.
std::string BlobOf(const store::v1::DatasetRecord& dataset) {
  const bool has_bytes = !dataset.delete_requested() &&
                         dataset.resource().state() != tunegate::v1::Dataset::STATE_DELETED;
  return has_bytes ? dataset.resource().sha256() : "";
}

}  // namespace

absl::Status ForEachRecord(const ListRecords& list, const std::string& kind,
                           const std::function<absl::Status(const Record&)>& look) {
  store::ListQuery query;
  query.kind = kind;
  query.oldest_first = true;
  query.limit = kPage;
  while (true) {
    TG_ASSIGN_OR_RETURN(const std::vector<Record> page, list(query));
    for (const Record& record : page) TG_RETURN_IF_ERROR(look(record));
    if (page.size() < static_cast<size_t>(kPage)) return absl::OkStatus();
    query.after_create_time = page.back().create_time;
    query.after_name = page.back().name;
  }
}

std::string BlobOf(const Record& dataset) {
  store::v1::DatasetRecord record;
  return record.ParseFromString(dataset.payload) ? BlobOf(record) : "";
}

absl::StatusOr<std::set<std::string>> NeededBlobs(const ListRecords& list) {
  std::set<std::string> needed;
  TG_RETURN_IF_ERROR(ForEachRecord(list, "datasets", [&](const Record& record) {
    needed.insert(BlobOf(record));
    return absl::OkStatus();
  }));
  needed.erase("");
  return needed;
}

absl::StatusOr<std::set<std::string>> NamedBlobs(const ListRecords& list) {
  std::set<std::string> named;
  TG_RETURN_IF_ERROR(ForEachRecord(list, "datasets", [&](const Record& record) {
    store::v1::DatasetRecord dataset;
    if (!dataset.ParseFromString(record.payload)) {
      return absl::Status(Internal(
          "STORE_CORRUPT",
          absl::StrCat("the record ", record.name, " cannot be parsed: nothing is swept")));
    }
    named.insert(BlobOf(dataset));
    return absl::OkStatus();
  }));
  named.erase("");
  return named;
}

}  // namespace tunegate::maintenance
