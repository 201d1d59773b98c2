#include "server/datasets/validate.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/evidence/answers/example.h"
#include "common/utf8.h"
#include "server/datasets/answer_check.h"
#include "server/datasets/chat_line.h"

namespace tunegate::datasets {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr int64_t kMinUploadedExamples = 10;
// Far beyond any model's context; also what bounds the memory for a file without line feeds.
constexpr size_t kMaxLineBytes = 1 << 20;
// A value with less than this share of the commonest one's examples is worth a word.
constexpr int64_t kImbalance = 20;

uint64_t ShortDigest(std::string_view text) {
  const std::string hex = Sha256Hex(text);
  uint64_t digest = 0;
  std::from_chars(hex.data(), hex.data() + 16, digest, 16);
  return digest;
}

bool IsUploaded(v1::Dataset::Split split) { return split != v1::Dataset::SPLIT_TEST; }

}  // namespace

class ChatValidator::State {
 public:
  State(const v1::Task& task, v1::Dataset::Split split, FindingSink sink)
      : task_(task), split_(split), sink_(std::move(sink)) {}

  void Feed(std::string_view bytes) {
    if (at_start_) {
      const size_t missing = std::min(kByteOrderMark.size() - start_.size(), bytes.size());
      start_.append(bytes.substr(0, missing));
      bytes.remove_prefix(missing);
      if (start_.size() < kByteOrderMark.size()) return;
      Begin();
    }
    Split(bytes);
  }

  void Line(std::string_view text, int64_t number) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.size() > kMaxLineBytes) {
      sink_(MakeFinding(rules::kLineTooLong, {.line = number},
                        absl::StrCat("the line has more than ", kMaxLineBytes, " bytes")));
      return;
    }
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      sink_(MakeFinding(rules::kBlankLine, {.line = number}, "the line is empty"));
      return;
    }
    if (const auto line = CheckChatLine(text, number, split_, sink_)) CheckExample(*line, number);
  }

  void Finish() {
    if (at_start_) Begin();
    if (!line_.empty()) EndLine();
    CheckCount();
    CheckSystemPrompts();
    for (const v1::Task::Field& field : task_.fields()) CheckBalance(field);
  }

 private:
  struct Seen {
    int64_t line;
    uint64_t answer;
    uint64_t scored;
  };

  // Judges the first bytes, which may have come in pieces.
  void Begin() {
    at_start_ = false;
    if (start_ == kByteOrderMark) {
      sink_(MakeFinding(rules::kByteOrderMark, {.line = 1, .column = 1},
                        "the file starts with a byte order mark"));
    } else if (start_.starts_with("\xFF\xFE") || start_.starts_with("\xFE\xFF")) {
      sink_(MakeFinding(rules::kWrongEncoding, {}, "the file is UTF-16"));
      unreadable_ = true;
    } else {
      Split(start_);
    }
  }

  void Split(std::string_view bytes) {
    if (unreadable_) return;
    for (size_t end; (end = bytes.find('\n')) != std::string_view::npos;) {
      Keep(bytes.substr(0, end));
      EndLine();
      bytes.remove_prefix(end + 1);
    }
    Keep(bytes);
  }

  void Keep(std::string_view bytes) {
    line_.append(bytes.substr(0, kMaxLineBytes + 1 - line_.size()));
  }

  void EndLine() {
    ++number_;
    Line(line_, number_);
    line_.clear();
  }

  void CheckExample(const ChatLine& line, int64_t number) {
    ++examples_;
    if (system_prompts_.size() <= kMaxPrompts) ++system_prompts_[ShortDigest(line.system)];
    if (!task_.system_prompt().empty() && line.system != task_.system_prompt()) {
      if (other_prompt_line_ == 0) other_prompt_line_ = number;
      ++other_prompts_;
    }
    if (line.answer_path.empty()) return;
    for (const auto& [id, value] :
         CheckAnswer(task_, line.answer, number, line.answer_path, sink_)) {
      ++counts_[id][value];
    }
    CheckRepetition(line, number);
  }

  void CheckRepetition(const ChatLine& line, int64_t number) {
    const Seen now = {number, ShortDigest(line.answer),
                      ShortDigest(ScoredPart(task_, line.answer))};
    const auto [at, added] = seen_.emplace(ShortDigest(line.prompt_key), now);
    if (added) return;
    const Seen& first = at->second;
    const Place place = {.line = number, .path = "messages"};
    if (first.answer == now.answer || first.scored == now.scored) {
      sink_(MakeFinding(rules::kDuplicate, place,
                        absl::StrCat("repeats the example of line ", first.line, ": '",
                                     Abbreviate(line.query, 60), "'")));
      return;
    }
    v1::Finding finding =
        MakeFinding(rules::kContradiction, place,
                    absl::StrCat("line ", first.line, " gives another answer to '",
                                 Abbreviate(line.query, 60), "'"));
    // In a test set neither model can be right on both: the figures would be wrong.
    if (split_ == v1::Dataset::SPLIT_TEST) finding.set_severity(rules::kError);
    sink_(finding);
  }

  void CheckCount() {
    if (examples_ == 0) {
      sink_(MakeFinding(rules::kNoExamples, {}, "the file has no example"));
    } else if (IsUploaded(split_) && examples_ < kMinUploadedExamples) {
      sink_(MakeFinding(rules::kTooFewExamples, {},
                        absl::StrCat("the file has ", examples_, " examples; expected at least ",
                                     kMinUploadedExamples)));
    }
  }

  void CheckSystemPrompts() {
    if (system_prompts_.size() > 1) {
      const std::string count = system_prompts_.size() > kMaxPrompts
                                    ? absl::StrCat("more than ", kMaxPrompts)
                                    : absl::StrCat(system_prompts_.size());
      sink_(MakeFinding(rules::kSeveralSystemPrompts, {},
                        absl::StrCat("the examples have ", count, " different system prompts")));
    }
    if (other_prompts_ > 0) {
      sink_(MakeFinding(rules::kOtherSystemPrompt, {},
                        absl::StrCat(other_prompts_, " of ", examples_,
                                     " examples have another system prompt than the task, the "
                                     "first on line ",
                                     other_prompt_line_)));
    }
  }

  void CheckBalance(const v1::Task::Field& field) {
    if (!field.scored() || !field.has_category() || examples_ == 0) return;
    const std::string name = field.id().empty() ? "the label" : "'" + field.id() + "'";
    const std::map<std::string, int64_t>& counts = counts_[field.id()];
    if (counts.empty()) return;
    if (counts.size() == 1) {
      sink_(MakeFinding(
          rules::kSingleClass, {.path = field.id()},
          absl::StrCat("every example has the value '", counts.begin()->first, "' of ", name)));
      return;
    }
    int64_t most = 0;
    for (const auto& [value, count] : counts) most = std::max(most, count);
    for (const std::string& value : field.category().values()) {
      const auto found = counts.find(value);
      if (found == counts.end()) {
        sink_(MakeFinding(rules::kValueNeverUsed, {.path = field.id()},
                          absl::StrCat("no example has the value '", value, "' of ", name)));
      } else if (kImbalance * found->second < most) {
        sink_(MakeFinding(rules::kImbalanced, {.path = field.id()},
                          absl::StrCat("value '", value, "' of ", name, " has ", found->second,
                                       " examples, the commonest ", most)));
      }
    }
  }

  static constexpr size_t kMaxPrompts = 1000;

  const v1::Task& task_;
  const v1::Dataset::Split split_;
  const FindingSink sink_;

  bool at_start_ = true;
  std::string start_;  // the first bytes, until there are enough to know a byte order mark
  bool unreadable_ = false;
  std::string line_;  // what came of the line so far, one byte beyond the limit at most
  int64_t number_ = 0;

  int64_t examples_ = 0;
  std::unordered_map<uint64_t, int64_t> system_prompts_;
  int64_t other_prompts_ = 0;
  int64_t other_prompt_line_ = 0;
  std::unordered_map<uint64_t, Seen> seen_;                       // by prompt
  std::map<std::string, std::map<std::string, int64_t>> counts_;  // field id, value
};

ChatValidator::ChatValidator(const v1::Task& task, v1::Dataset::Split split, FindingSink sink)
    : state_(std::make_unique<State>(task, split, std::move(sink))) {}
ChatValidator::~ChatValidator() = default;

void ChatValidator::Feed(std::string_view bytes) { state_->Feed(bytes); }
void ChatValidator::Line(std::string_view text, int64_t number) { state_->Line(text, number); }
void ChatValidator::Finish() { state_->Finish(); }

std::vector<v1::Finding> ValidateChatJsonl(const v1::Task& task, v1::Dataset::Split split,
                                           std::string_view jsonl) {
  std::vector<v1::Finding> findings;
  ChatValidator validator(task, split,
                          [&](v1::Finding finding) { findings.push_back(std::move(finding)); });
  validator.Feed(jsonl);
  validator.Finish();
  return findings;
}

}  // namespace tunegate::datasets
