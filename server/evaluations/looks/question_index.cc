#include "server/evaluations/looks/question_index.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"

namespace tunegate::evaluations {
namespace {

constexpr std::string_view kStream = "questions";
constexpr size_t kDigestDigits = 16;
// Small enough that others' commits do not wait for it.
constexpr size_t kRowsOfACommit = 1000;
constexpr int kSmallestPage = 16;
constexpr int kLargestPage = 4096;

// Sorts as its number does, before every key of the question.
std::string KeyOf(uint64_t digest) { return absl::StrFormat("%016x", digest); }

struct Entry {
  uint64_t digest = 0;
  std::string set;
  int64_t set_size = 0;
};

absl::StatusOr<Entry> ReadEntry(const store::Row& row) {
  Entry entry;
  const char* const digits_end = row.key.data() + std::min(kDigestDigits, row.key.size());
  const auto [end, error] = std::from_chars(row.key.data(), digits_end, entry.digest, 16);
  const bool whole = error == std::errc() && end == row.key.data() + kDigestDigits &&
                     row.key.size() > kDigestDigits && *end == '/';
  if (!whole || !absl::SimpleAtoi(row.payload, &entry.set_size)) {
    return Internal("STORE_CORRUPT", absl::StrCat("row ", row.key, " of ", row.parent,
                                                  " (questions) cannot be read"));
  }
  entry.set = row.key.substr(kDigestDigits + 1);
  return entry;
}

}  // namespace

absl::Status AddToIndex(store::Store& store, const QuestionSet& set) {
  const std::string id = set.Id();
  const std::string size = absl::StrCat(set.size());
  for (size_t begin = 0; begin < set.digests.size(); begin += kRowsOfACommit) {
    store::Transaction transaction;
    const size_t end = std::min(begin + kRowsOfACommit, set.digests.size());
    for (size_t i = begin; i < end; ++i) {
      transaction.rows.push_back({.parent = set.task,
                                  .stream = std::string(kStream),
                                  .key = absl::StrCat(KeyOf(set.digests[i]), "/", id),
                                  .payload = size});
    }
    TG_RETURN_IF_ERROR(store.Commit(std::move(transaction)).status());
  }
  return absl::OkStatus();
}

// Two sorted sequences, each of which leaps to where the other stands. How many rows a page should
// have is learnt on the way: a page that passed one question at most was more than was needed.
absl::StatusOr<std::map<std::string, Overlap>> FindOverlaps(store::Store& store,
                                                            const QuestionSet& set) {
  std::map<std::string, Overlap> overlaps;
  auto wanted = set.digests.begin();
  const auto none = set.digests.end();
  int page = kSmallestPage;
  std::string after = wanted == none ? "" : KeyOf(*wanted);
  while (wanted != none) {
    TG_ASSIGN_OR_RETURN(const std::vector<store::Row> rows,
                        store.ReadRows(set.task, kStream, after, page));
    const auto before = wanted;
    uint64_t last = 0;
    for (const store::Row& row : rows) {
      TG_ASSIGN_OR_RETURN(Entry entry, ReadEntry(row));
      last = entry.digest;
      wanted = std::lower_bound(wanted, none, last);
      if (wanted == none) break;
      if (*wanted != last) continue;
      Overlap& overlap = overlaps[std::move(entry.set)];
      ++overlap.shared;
      overlap.size = entry.set_size;
    }
    if (rows.size() < static_cast<size_t>(page) || wanted == none) return overlaps;
    // The last question may have more rows; otherwise the next one wanted lies behind.
    after = *wanted == last ? rows.back().key : KeyOf(*wanted);
    page = wanted - before > 1 || *wanted == last ? std::min(2 * page, kLargestPage)
                                                  : std::max(page / 2, kSmallestPage);
  }
  return overlaps;
}

}  // namespace tunegate::evaluations
