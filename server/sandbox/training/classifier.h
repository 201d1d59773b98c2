// Classifier: a fine-tuned model of the sandbox. One head for each field of the assistant's
// answers, or a single head over whole answers when they are not JSON objects.
#ifndef TUNEGATE_SERVER_SANDBOX_TRAINING_CLASSIFIER_H_
#define TUNEGATE_SERVER_SANDBOX_TRAINING_CLASSIFIER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/sandbox/answer.h"
#include "server/sandbox/training/chat_lines.h"
#include "server/sandbox/training/head.h"

namespace tunegate::sandbox {

// Respond is thread-safe; Learn is not and may not run beside it.
class Classifier {
 public:
  // What the heads make of one example.
  using Prepared = std::vector<Head::Features>;
  // Mean over the fields: loss in nats, share of fields that are right.
  struct Score {
    double loss = 0;
    double accuracy = 0;

    Score& operator+=(const Score& other) {
      loss += other.loss;
      accuracy += other.accuracy;
      return *this;
    }
    Score operator/(size_t count) const {
      return {loss / static_cast<double>(count), accuracy / static_cast<double>(count)};
    }
  };

  // Knows the fields and values of `examples`, of which there is at least one, but has learnt
  // nothing yet.
  static absl::StatusOr<Classifier> Create(const std::vector<Example>& examples, int32_t seed);
  static absl::StatusOr<Classifier> Load(const std::string& directory);
  absl::Status Save(const std::string& directory) const;

  Prepared Prepare(const Example& example) const;
  // One gradient step of every head; returns the mean loss before it.
  absl::StatusOr<double> Learn(const Prepared& example, double learning_rate);
  Score Judge(const Prepared& example) const;

  // The fields that were learnt; those that `shape`'s schema does not allow are replaced by the
  // most probable value that it does.
  Answer Respond(std::string_view query, const AnswerShape& shape) const;

 private:
  struct Field {
    std::string name;  // "": the whole answer as plain text
    Head::Kind kind = Head::Kind::kOne;
    // By label; nullopt stands for an absent field or an empty set.
    std::vector<std::optional<json::Value>> values;
    std::map<std::string, int> labels;  // of `values`, by their JSON text
    std::unique_ptr<Head> head;

    void AddValue(std::optional<json::Value> value);
    // The labels of what an answer holds here; values that training never saw have none.
    std::vector<int> LabelsOf(const json::Value* value) const;
    std::optional<FieldAnswer> Respond(std::string_view query, const AnswerField* wanted) const;
    std::optional<FieldAnswer> RespondOne(std::string_view query, const AnswerField* wanted) const;
    FieldAnswer RespondSet(std::string_view query, const AnswerField* wanted) const;
  };

  Classifier() = default;
  void DiscoverFields(const std::vector<json::Value>& answers);
  const Field* FieldFor(const AnswerField& wanted, const AnswerShape& shape) const;

  std::vector<Field> fields_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_TRAINING_CLASSIFIER_H_
