#include "server/evaluations/looks/looks.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/evaluations/looks/question_index.h"

namespace tunegate::evaluations {
namespace {

using store::v1::DatasetRecord;
using store::v1::TestSetRecord;

constexpr int kMostDatasets = 100;  // that a set's record names

// A set's record as stored.
struct TestSet {
  TestSetRecord record;
  int64_t revision = 0;
};

std::string NameOf(const std::string& id) { return "test_sets/" + id; }

// nullopt: it was never looked at.
absl::StatusOr<std::optional<TestSet>> ReadTestSet(store::Store& store, const std::string& id) {
  const absl::StatusOr<store::Record> row = store.Get(NameOf(id));
  if (absl::IsNotFound(row.status())) return std::optional<TestSet>();
  TG_RETURN_IF_ERROR(row.status());
  TestSet set;
  set.revision = row->revision;
  if (!set.record.ParseFromString(row->payload)) {
    return Internal("STORE_CORRUPT",
                    absl::StrCat("the stored record ", row->name, " cannot be parsed"));
  }
  return std::optional<TestSet>(std::move(set));
}

void Write(const TestSet& set, store::Transaction& transaction) {
  store::Put put;
  put.expected_revision = set.revision;
  put.record.name = set.record.name();
  put.record.task = set.record.task();
  put.record.terminal = true;  // nothing is at work: retention goes on behind it
  put.record.payload = set.record.SerializeAsString();
  transaction.puts.push_back(std::move(put));
}

// What stands in the store about a set's questions.
struct Surroundings {
  std::optional<TestSet> own;
  // By id, so that everybody writes them in the same order.
  std::map<std::string, std::pair<TestSet, int64_t>> related;  // with the questions in common
};

absl::StatusOr<Surroundings> LookAround(store::Store& store, const QuestionSet& asked) {
  const std::string own_id = asked.Id();
  Surroundings around;
  TG_ASSIGN_OR_RETURN(around.own, ReadTestSet(store, own_id));
  TG_ASSIGN_OR_RETURN(const auto overlaps, FindOverlaps(store, asked));
  for (const auto& [id, overlap] : overlaps) {
    if (id == own_id || !AreRelated(overlap.shared, asked.size(), overlap.size)) continue;
    TG_ASSIGN_OR_RETURN(std::optional<TestSet> other, ReadTestSet(store, id));
    if (other.has_value()) {
      around.related.emplace(id, std::pair(*std::move(other), overlap.shared));
    }
  }
  return around;
}

void AddRelated(const TestSetRecord& set, int64_t shared, std::string_view except, Look& look) {
  for (const std::string& name : set.datasets()) {
    if (name != except) look.related.push_back({name, shared});
  }
}

Look NextLook(const Surroundings& around, const QuestionSet& asked, std::string_view dataset,
              int32_t recorded) {
  Look look;
  look.question_count = asked.size();
  look.number += recorded;
  if (around.own.has_value()) {
    look.number += around.own->record.look_count();
    AddRelated(around.own->record, asked.size(), dataset, look);
  }
  for (const auto& [id, related] : around.related) {
    const auto& [set, shared] = related;
    look.number += set.record.look_count();
    AddRelated(set.record, shared, dataset, look);
  }
  std::stable_sort(look.related.begin(), look.related.end(),
                   [](const auto& a, const auto& b) { return a.shared > b.shared; });
  if (look.related.size() > kMostRelated) look.related.resize(kMostRelated);
  return look;
}

// Makes the set findable before it looks around itself: of two related sets that are new at the
// same time at least one then sees the other, whose record it writes, too.
absl::Status Publish(store::Store& store, const QuestionSet& asked) {
  TG_ASSIGN_OR_RETURN(const std::optional<TestSet> there, ReadTestSet(store, asked.Id()));
  if (there.has_value()) return absl::OkStatus();
  TG_RETURN_IF_ERROR(AddToIndex(store, asked));
  TestSet set;
  set.record.set_name(NameOf(asked.Id()));
  set.record.set_task(asked.task);
  set.record.set_question_count(asked.size());
  store::Transaction transaction;
  Write(set, transaction);
  const absl::Status status = store.Commit(std::move(transaction)).status();
  // Somebody else published the same questions first.
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

}  // namespace

absl::StatusOr<Look> FindLook(store::Store& store, const QuestionSet& asked) {
  TG_ASSIGN_OR_RETURN(const Surroundings around, LookAround(store, asked));
  return NextLook(around, asked, /*dataset=*/"", /*recorded=*/0);
}

absl::StatusOr<Look> FindLook(store::Store& store,
                              const resources::Stored<DatasetRecord>& dataset) {
  TG_ASSIGN_OR_RETURN(const QuestionSet asked, ReadQuestions(store, dataset.resource()));
  TG_ASSIGN_OR_RETURN(const Surroundings around, LookAround(store, asked));
  return NextLook(around, asked, dataset.resource().name(), dataset.record.look_count());
}

absl::StatusOr<Look> TakeLook(store::Store& store, resources::Stored<DatasetRecord>& dataset,
                              store::Transaction& transaction) {
  const std::string& name = dataset.resource().name();
  TG_ASSIGN_OR_RETURN(const QuestionSet asked, ReadQuestions(store, dataset.resource()));
  TG_RETURN_IF_ERROR(Publish(store, asked));
  TG_ASSIGN_OR_RETURN(Surroundings around, LookAround(store, asked));
  if (!around.own.has_value()) {
    return Internal("STORE_CORRUPT", absl::StrCat("the record of the questions of ", name,
                                                  " was written and is not there"));
  }
  const int32_t recorded = dataset.record.look_count();
  Look look = NextLook(around, asked, name, recorded);
  TestSetRecord& own = around.own->record;
  own.set_look_count(own.look_count() + recorded + 1);
  dataset.record.set_look_count(0);
  const bool named =
      std::find(own.datasets().begin(), own.datasets().end(), name) != own.datasets().end();
  if (!named && own.datasets_size() < kMostDatasets) own.add_datasets(name);
  around.related.emplace(asked.Id(), std::pair(*std::move(around.own), asked.size()));
  for (const auto& [id, set] : around.related) Write(set.first, transaction);
  return look;
}

std::string LookWords(const Look& look) {
  std::string words = absl::StrCat("look ", look.number);
  for (size_t i = 0; i < look.related.size(); ++i) {
    const auto& [name, shared] = look.related[i];
    if (i == 0) {
      absl::StrAppend(&words, ": ", name, " asks ", shared, " of these ", look.question_count,
                      look.question_count == 1 ? " question" : " questions");
    } else {
      absl::StrAppend(&words, ", ", name, " ", shared);
    }
  }
  return words;
}

std::string LookWarning(const Look& look) {
  if (look.number <= 1) return "";
  return LookWords(look) + "; each look at the same questions must show more";
}

}  // namespace tunegate::evaluations
