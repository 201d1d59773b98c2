// Validation of a chat JSONL file against OpenAI's fine-tuning format and the task. It never stops
// at the first fault: every finding is told, with line, path, rule, reason and remedy. The rules
// stand in findings.h.
#ifndef TUNEGATE_SERVER_DATASETS_VALIDATE_H_
#define TUNEGATE_SERVER_DATASETS_VALIDATE_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "server/datasets/findings.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::datasets {

// Reads a file in pieces of any size. Memory: the longest line, and about a hundred bytes a line
// for duplicates. Not thread-safe.
class ChatValidator {
 public:
  // `task` and `sink` outlive it. The split decides about what only a file that is uploaded must
  // keep to, and about what only a test set must have.
  ChatValidator(const v1::Task& task, v1::Dataset::Split split, FindingSink sink);
  ~ChatValidator();
  ChatValidator(const ChatValidator&) = delete;
  ChatValidator& operator=(const ChatValidator&) = delete;

  void Feed(std::string_view bytes);
  // One whole line without its line feed, under a number of the caller's. Not mixed with Feed.
  void Line(std::string_view text, int64_t number);
  // Ends the last line and judges the file as a whole. Called once, last.
  void Finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

// The findings of a whole file, by line, file-wide ones last.
std::vector<v1::Finding> ValidateChatJsonl(const v1::Task& task, v1::Dataset::Split split,
                                           std::string_view jsonl);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_VALIDATE_H_
