#include "server/datasets/leakage.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/evidence/answers/example.h"
#include "common/evidence/answers/lines.h"
#include "common/utf8.h"
#include "server/datasets/findings.h"

namespace tunegate::datasets {
namespace {

// More than one query in this many makes the whole file useless as a test.
constexpr int64_t kTolerableShare = 20;

// Letters and digits, and what is not ASCII, in lower case without accents; words one space apart.
std::string Skeleton(std::string_view query) {
  constexpr std::string_view kOpeningMarks[] = {"¿", "¡", "…", "«", "»"};
  std::string folded = FoldForMatching(query);
  for (const std::string_view mark : kOpeningMarks) {
    for (size_t at; (at = folded.find(mark)) != std::string::npos;) folded.erase(at, mark.size());
  }
  std::string skeleton;
  for (const char c : folded) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    if (kept) {
      skeleton += c;
    } else if (!skeleton.empty() && skeleton.back() != ' ') {
      skeleton += ' ';
    }
  }
  if (skeleton.ends_with(' ')) skeleton.pop_back();
  return skeleton;
}

const char* SplitWord(v1::Dataset::Split split) {
  switch (split) {
    case v1::Dataset::SPLIT_TRAIN:
      return "training";
    case v1::Dataset::SPLIT_VALIDATION:
      return "validation";
    case v1::Dataset::SPLIT_TEST:
      return "test";
    default:
      return "other";
  }
}

}  // namespace

uint64_t DigestQuery(std::string_view query) {
  constexpr int kHexDigits = 16;
  // A query of nothing but marks keeps them: "?" and "!" are not the same.
  const std::string skeleton = Skeleton(query);
  const std::string hex = Sha256Hex(skeleton.empty() ? query : skeleton);
  uint64_t digest = 0;
  std::from_chars(hex.data(), hex.data() + kHexDigits, digest, 16);
  return digest;
}

QueryDigests DigestQueries(std::string_view jsonl) {
  QueryDigests digests;
  ForEachLine(jsonl, [&](std::string_view text, int64_t line) {
    if (const auto example = ParseExample(text, line); example.ok()) {
      digests.push_back(DigestQuery(example->query));
    }
  });
  std::sort(digests.begin(), digests.end());
  return digests;
}

std::vector<v1::Finding> FindLeakage(std::string_view jsonl, v1::Dataset::Split split,
                                     const QueryDigests& other, std::string_view other_name,
                                     v1::Dataset::Split other_split) {
  std::vector<v1::Finding> findings;
  const std::string where =
      absl::StrCat("the ", SplitWord(other_split), " set ", std::string(other_name));
  int64_t examples = 0;
  ForEachLine(jsonl, [&](std::string_view text, int64_t line) {
    const auto example = ParseExample(text, line);
    if (!example.ok()) return;
    ++examples;
    if (!std::binary_search(other.begin(), other.end(), DigestQuery(example->query))) return;
    findings.push_back(MakeFinding(rules::kInOtherSplit, {.line = line, .path = "messages"},
                                   absl::StrCat("this query also stands in ", where, ": '",
                                                Abbreviate(example->query, 80), "'")));
  });
  const auto shared = static_cast<int64_t>(findings.size());
  const bool concerns_test =
      split == v1::Dataset::SPLIT_TEST || other_split == v1::Dataset::SPLIT_TEST;
  if (concerns_test && kTolerableShare * shared > examples) {
    findings.push_back(MakeFinding(rules::kLeakage, {},
                                   absl::StrCat(shared, " of ", examples, " queries of this ",
                                                SplitWord(split), " set also stand in ", where)));
  }
  return findings;
}

}  // namespace tunegate::datasets
