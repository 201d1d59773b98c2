// Head: one fastText classifier over short texts, trained one example at a time, so that the steps,
// losses and checkpoints that the sandbox reports are the real ones. Single-threaded and seeded:
// the same calls give the same model.
#ifndef TUNEGATE_SERVER_SANDBOX_TRAINING_HEAD_H_
#define TUNEGATE_SERVER_SANDBOX_TRAINING_HEAD_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tunegate::sandbox {

// Answer is thread-safe; the rest is not.
class Head {
 public:
  enum class Kind {
    kOne,  // one label a text; probabilities sum to 1 (softmax)
    kSet,  // any number of labels; each has its own probability (one against all)
  };
  // A text that was prepared for this head.
  struct Features {
    std::vector<int32_t> words;
    std::vector<int32_t> labels;  // fastText's ids
  };
  // Label and probability.
  using Scores = std::vector<std::pair<int, double>>;

  // A head that knows the words of `texts` and nothing about them yet. labels[i] are those of
  // texts[i], at least one each, numbered from 0.
  static absl::StatusOr<Head> Create(Kind kind, const std::vector<std::string>& texts,
                                     const std::vector<std::vector<int>>& labels, int32_t seed);
  static absl::StatusOr<Head> Load(const std::string& path);

  Head(Head&&) noexcept;
  Head& operator=(Head&&) noexcept;
  ~Head();

  absl::Status Save(const std::string& path) const;

  Features Prepare(std::string_view text, const std::vector<int>& labels) const;

  // One gradient step on one example; returns its loss before the step, in nats. INVALID_ARGUMENT,
  // reason training_diverged, when the numbers overflow: the learning rate is too high.
  absl::StatusOr<double> Learn(const Features& features, double learning_rate);

  // The loss and whether the answer is right, without learning. Labels that were never seen in
  // training count as missed.
  std::pair<double, bool> Judge(const Features& features) const;

  // All labels by falling probability, equal ones by label; only the most frequent one, with what
  // chance would give it, when `text` has no word.
  Scores Answer(std::string_view text) const;

 private:
  class Network;
  explicit Head(std::unique_ptr<Network> network);
  std::unique_ptr<Network> network_;
};

// From here on a set contains a label.
inline constexpr double kSetThreshold = 0.5;

// Text as heads see it: its Words, then which of the marks that mean something (?, !, %, $) it has.
std::string PrepareText(std::string_view text);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_TRAINING_HEAD_H_
