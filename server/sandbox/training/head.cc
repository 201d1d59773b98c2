#include "server/sandbox/training/head.h"

#include <fasttext/fasttext.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <sstream>

#include "absl/strings/numbers.h"
#include "common/errors.h"
#include "common/random.h"
#include "server/sandbox/answer.h"
#include "server/sandbox/training/corpus_dictionary.h"
#include "server/sandbox/words.h"

namespace tunegate::sandbox {
namespace {

constexpr std::string_view kLabelPrefix = "__label__";
constexpr int kDimensions = 16;
// Word pairs and character n-grams share hash buckets; a model of a few hundred lines stays small.
constexpr size_t kBucketsPerText = 20;
constexpr size_t kMinBuckets = 8'000;
constexpr size_t kMaxBuckets = 200'000;
// The share of a text's features that an update does not get to see (dropout): with few texts, any
// word may go with a label by chance, and the model must not rely on one.
constexpr double kHiddenShare = 0.4;

double SafeLog(double probability) { return std::log(std::max(probability, kLeastProbability)); }

std::shared_ptr<fasttext::Args> Settings(Head::Kind kind, size_t texts, int32_t seed) {
  auto args = std::make_shared<fasttext::Args>();
  args->model = fasttext::model_name::sup;
  args->loss = kind == Head::Kind::kOne ? fasttext::loss_name::softmax : fasttext::loss_name::ova;
  args->dim = kDimensions;
  args->bucket = static_cast<int>(std::clamp(texts * kBucketsPerText, kMinBuckets, kMaxBuckets));
  args->minCount = 1;
  args->minCountLabel = 0;
  args->wordNgrams = 2;
  args->minn = 4;  // parts of words: a typo leaves most of them as they were
  args->maxn = 5;
  args->thread = 1;
  args->verbose = 0;
  args->seed = seed;
  return args;
}

}  // namespace

// Reaches the parts that fastText keeps for its own training loop, because that loop reads files,
// sleeps a tenth of a second and reports nothing that could be a step.
class Head::Network : public fasttext::FastText {
 public:
  void Create(std::shared_ptr<fasttext::Args> args, const std::string& corpus) {
    args_ = std::move(args);
    dict_ = std::make_shared<CorpusDictionary>(args_, corpus);
    input_ = createRandomMatrix();
    output_ = createTrainOutputMatrix();
    quant_ = false;
    random_ = Random(static_cast<uint64_t>(args_->seed), "hidden features");
    buildModel();
  }

  double Learn(const Features& features, double learning_rate) {
    fasttext::Model::State state(args_->dim, output_->size(0), args_->seed);
    std::vector<int32_t> shown;
    for (int32_t word : features.words) {
      if (!random_.Chance(kHiddenShare)) shown.push_back(word);
    }
    supervised(state, static_cast<fasttext::real>(learning_rate),
               shown.empty() ? features.words : shown, features.labels);
    return state.getLoss();
  }

  // fastText's label id to probability, by falling probability.
  fasttext::Predictions Scores(const std::vector<int32_t>& words) const {
    fasttext::Predictions scores;
    if (!words.empty()) predict(fasttext::Model::kUnlimitedPredictions, words, scores, 0);
    // fastText adds a little to each before it takes the logarithm.
    for (auto& [score, id] : scores) score = std::min<fasttext::real>(1, std::exp(score));
    return scores;
  }

  void ReadLine(std::istream& line, Features& features) const {
    dict_->getLine(line, features.words, features.labels);
  }

  // The label's number in our order, from "__label__7".
  int LabelNumber(int32_t id) const {
    return std::stoi(dict_->getLabel(id).substr(kLabelPrefix.size()));
  }

  std::pair<int, double> MostFrequentLabel() const {
    return {LabelNumber(0), 1.0 / dict_->nlabels()};  // fastText sorts labels by frequency
  }

  bool IsSet() const { return args_->loss == fasttext::loss_name::ova; }

 private:
  Random random_{0};
};

Head::Head(std::unique_ptr<Network> network) : network_(std::move(network)) {}
Head::Head(Head&&) noexcept = default;
Head& Head::operator=(Head&&) noexcept = default;
Head::~Head() = default;

namespace {

std::string CorpusLine(std::string_view text, const std::vector<int>& labels) {
  std::string line;
  for (int label : labels) {
    line += std::string(kLabelPrefix) + std::to_string(label) + " ";
  }
  return line + PrepareText(text) + "\n";
}

}  // namespace

absl::StatusOr<Head> Head::Create(Kind kind, const std::vector<std::string>& texts,
                                  const std::vector<std::vector<int>>& labels, int32_t seed) {
  std::string corpus;
  for (size_t i = 0; i < texts.size(); ++i) corpus += CorpusLine(texts[i], labels[i]);
  try {
    auto network = std::make_unique<Network>();
    network->Create(Settings(kind, texts.size(), seed), corpus);
    return Head(std::move(network));
  } catch (const std::exception& error) {
    return InvalidArgument("invalid_training_file",
                           std::string("the examples hold nothing to learn from: ") + error.what());
  }
}

absl::StatusOr<Head> Head::Load(const std::string& path) {
  try {
    auto network = std::make_unique<Network>();
    network->loadModel(path);
    return Head(std::move(network));
  } catch (const std::exception& error) {
    return Internal("storage_failed", "cannot load model '" + path + "': " + error.what());
  }
}

absl::Status Head::Save(const std::string& path) const {
  try {
    network_->saveModel(path);
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return Internal("storage_failed", "cannot save model '" + path + "': " + error.what());
  }
}

Head::Features Head::Prepare(std::string_view text, const std::vector<int>& labels) const {
  Features features;
  std::istringstream line(CorpusLine(text, labels));
  network_->ReadLine(line, features);
  return features;
}

absl::StatusOr<double> Head::Learn(const Features& features, double learning_rate) {
  try {
    const double loss = network_->Learn(features, learning_rate);
    if (std::isfinite(loss)) return loss;
  } catch (const std::exception&) {  // fastText throws on the first NaN
  }
  return InvalidArgument("training_diverged",
                         "The training diverged: the loss is not a number any more. Use a smaller "
                         "learning_rate_multiplier.");
}

std::pair<double, bool> Head::Judge(const Features& features) const {
  const fasttext::Predictions scores = network_->Scores(features.words);
  const std::set<int32_t> wanted(features.labels.begin(), features.labels.end());
  if (!network_->IsSet()) {
    for (const auto& [probability, id] : scores) {
      if (wanted.count(id) != 0) return {-SafeLog(probability), id == scores.front().second};
    }
    return {-SafeLog(0), false};
  }
  double loss = wanted.empty() ? -SafeLog(0) : 0;
  bool right = !wanted.empty() && !scores.empty();
  for (const auto& [probability, id] : scores) {
    const bool member = wanted.count(id) != 0;
    loss -= SafeLog(member ? probability : 1 - probability);
    right = right && member == (probability >= kSetThreshold);
  }
  return {loss, right};
}

Head::Scores Head::Answer(std::string_view text) const {
  Scores scores;
  if (PrepareText(text).empty()) return {network_->MostFrequentLabel()};
  const Features features = Prepare(text, {});
  for (const auto& [probability, id] : network_->Scores(features.words)) {
    scores.emplace_back(network_->LabelNumber(id), probability);
  }
  std::stable_sort(scores.begin(), scores.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return scores;
}

std::string PrepareText(std::string_view text) {
  std::string prepared;
  for (const std::string& word : Words(text)) {
    prepared += word + " ";
    // A number that was never seen is still near others: its magnitude, by powers of two.
    int64_t number = 0;
    if (absl::SimpleAtoi(word, &number) && number > 0) {
      prepared += "magnitude" + std::to_string(std::bit_width(static_cast<uint64_t>(number))) + " ";
    }
  }
  for (std::string_view mark : {"?", "!", "%", "$", "€"}) {
    if (text.find(mark) != std::string_view::npos) prepared += std::string(mark) + " ";
  }
  return prepared;
}

}  // namespace tunegate::sandbox
