// ModelStore: every model that the sandbox answers as: the keyword model under its own and OpenAI's
// names, and what fine-tuning made, in a directory that outlives us.
#ifndef TUNEGATE_SERVER_SANDBOX_MODELS_H_
#define TUNEGATE_SERVER_SANDBOX_MODELS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/mutex.h"
#include "server/sandbox/answer.h"
#include "server/sandbox/keyword/keyword_model.h"
#include "server/sandbox/training/classifier.h"

namespace tunegate::sandbox {

// True for the names that fine-tuning may start from: sandbox-keyword-1 and the OpenAI base models
// that it stands in for.
bool IsBaseModel(std::string_view name);

// So many models' weights stay in memory, some 16 MB each; those asked least recently are read
// again from the disk when somebody asks.
inline constexpr int kMostLoadedModels = 32;

// Thread-safe.
class ModelStore {
 public:
  // `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<ModelStore>> Open(const std::string& directory,
                                                          const Clock& clock);

  // Keeps the weights under `key` (letters, digits, '-'); replaces what was there.
  absl::Status SaveWeights(const std::string& key, const Classifier& classifier);
  // Makes `name` answer with them. A checkpoint answers but is not listed.
  absl::Status Register(const std::string& name, const std::string& key, bool checkpoint);

  // NOT_FOUND, reason model_not_found. INTERNAL when its weights cannot be read.
  absl::StatusOr<std::shared_ptr<const AnsweringModel>> Find(std::string_view name);

  // How many models' weights are in memory.
  int LoadedCount() const;

  // The `model` objects of the API, base models first. Get: also checkpoints; NOT_FOUND.
  std::vector<json::Value> List() const;
  absl::StatusOr<json::Value> Get(std::string_view name) const;

  // NOT_FOUND; PERMISSION_DENIED for a base model.
  absl::Status Delete(std::string_view name);

 private:
  struct Entry {
    std::string key;
    int64_t created = 0;
    bool checkpoint = false;
    std::shared_ptr<const AnsweringModel> model =
        nullptr;           // null until asked, and when others are asked
    int64_t last_use = 0;  // counted in uses of all models
  };
  ModelStore(std::string directory, const Clock& clock);
  absl::Status Load();
  int Loaded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UnloadOne() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string WeightsPath(const std::string& key) const { return directory_ + "/" + key; }

  const std::string directory_;
  const Clock& clock_;
  const std::shared_ptr<const AnsweringModel> keyword_model_;
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_MODELS_H_
