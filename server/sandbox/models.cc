#include "server/sandbox/models.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "common/digest.h"
#include "common/errors.h"
#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

constexpr std::array<std::string_view, 11> kBaseModels = {
    kKeywordModelName, "gpt-4o-mini-2024-07-18",  "gpt-4o-mini", "gpt-4o-2024-08-06",
    "gpt-4o",          "gpt-4.1-2025-04-14",      "gpt-4.1",     "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-mini",    "gpt-4.1-nano-2025-04-14", "gpt-4.1-nano"};
constexpr int64_t kBaseModelsCreated = 1'721'172'741;  // some day must stand there: July 2024

class TunedModel : public AnsweringModel {
 public:
  TunedModel(std::string name, Classifier classifier)
      : name_(std::move(name)), classifier_(std::move(classifier)) {}
  const std::string& name() const override { return name_; }
  Answer Respond(std::string_view query, const AnswerShape& shape) const override {
    return classifier_.Respond(query, shape);
  }

 private:
  const std::string name_;
  const Classifier classifier_;
};

Error Unknown(std::string_view name) {
  return NotFound("model_not_found", "The model `" + std::string(name) +
                                         "` does not exist or you do not have access to it.")
      .Field("model", "names no model");
}

json::Value ModelObject(std::string_view id, int64_t created, std::string_view owner) {
  return json::Object({{"id", id}, {"object", "model"}, {"created", created}, {"owned_by", owner}});
}

}  // namespace

bool IsBaseModel(std::string_view name) {
  return std::find(kBaseModels.begin(), kBaseModels.end(), name) != kBaseModels.end();
}

ModelStore::ModelStore(std::string directory, const Clock& clock)
    : directory_(std::move(directory)),
      clock_(clock),
      keyword_model_(std::make_shared<KeywordModel>(Lexicon::Spanish())) {}

absl::StatusOr<std::unique_ptr<ModelStore>> ModelStore::Open(const std::string& directory,
                                                             const Clock& clock) {
  TG_RETURN_IF_ERROR(MakeDirectory(directory));
  std::unique_ptr<ModelStore> store(new ModelStore(directory, clock));
  TG_RETURN_IF_ERROR(store->Load());
  return store;
}

absl::Status ModelStore::Load() {
  TG_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListDirectory(directory_, ".json"));
  MutexLock lock(mutex_);
  for (const std::string& path : paths) {
    TG_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
    TG_ASSIGN_OR_RETURN(const json::Value record, json::Parse(text));
    entries_[record["name"].String()] = {record["weights"].String(), record["created"].IntegerOr(0),
                                         record["checkpoint"].BoolOr(false)};
  }
  return absl::OkStatus();
}

absl::Status ModelStore::SaveWeights(const std::string& key, const Classifier& classifier) {
  const std::string unfinished = WeightsPath(key) + ".unfinished";
  RemoveAll(unfinished);
  TG_RETURN_IF_ERROR(classifier.Save(unfinished));
  RemoveAll(WeightsPath(key));
  std::error_code error;
  std::filesystem::rename(unfinished, WeightsPath(key), error);
  if (error) {
    return Internal("storage_failed",
                    "cannot keep the model '" + WeightsPath(key) + "': " + error.message());
  }
  return absl::OkStatus();
}

absl::Status ModelStore::Register(const std::string& name, const std::string& key,
                                  bool checkpoint) {
  MutexLock lock(mutex_);
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  // A name has colons, which some file systems do not take.
  TG_RETURN_IF_ERROR(WriteFileAtomically(
      directory_ + "/" + Sha256Hex(name).substr(0, 24) + ".json",
      json::Write(json::Object(
          {{"name", name}, {"weights", key}, {"created", now}, {"checkpoint", checkpoint}}))));
  entries_[name] = {key, now, checkpoint};
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const AnsweringModel>> ModelStore::Find(std::string_view name) {
  if (IsBaseModel(name)) return keyword_model_;
  MutexLock lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return Unknown(name);
  Entry& entry = found->second;
  if (entry.model == nullptr) {
    TG_ASSIGN_OR_RETURN(Classifier classifier, Classifier::Load(WeightsPath(entry.key)));
    if (Loaded() >= kMostLoadedModels) UnloadOne();
    entry.model = std::make_shared<TunedModel>(std::string(name), std::move(classifier));
  }
  entry.last_use = ++uses_;
  return entry.model;
}

int ModelStore::LoadedCount() const {
  MutexLock lock(mutex_);
  return Loaded();
}

int ModelStore::Loaded() const {
  return static_cast<int>(std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second.model != nullptr;
  }));
}

// Whoever still answers with it keeps it until then.
void ModelStore::UnloadOne() {
  Entry* oldest = nullptr;
  for (auto& [name, entry] : entries_) {
    if (entry.model == nullptr) continue;
    if (oldest == nullptr || entry.last_use < oldest->last_use) oldest = &entry;
  }
  if (oldest != nullptr) oldest->model = nullptr;
}

std::vector<json::Value> ModelStore::List() const {
  std::vector<json::Value> models;
  for (std::string_view name : kBaseModels) {
    models.push_back(ModelObject(name, kBaseModelsCreated, "system"));
  }
  MutexLock lock(mutex_);
  for (const auto& [name, entry] : entries_) {
    if (!entry.checkpoint) models.push_back(ModelObject(name, entry.created, "sandbox"));
  }
  return models;
}

absl::StatusOr<json::Value> ModelStore::Get(std::string_view name) const {
  if (IsBaseModel(name)) return ModelObject(name, kBaseModelsCreated, "system");
  MutexLock lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return Unknown(name);
  return ModelObject(name, found->second.created, "sandbox");
}

absl::Status ModelStore::Delete(std::string_view name) {
  if (IsBaseModel(name)) {
    return PermissionDenied("",
                            "You have insufficient permissions for this operation: the base "
                            "model '" +
                                std::string(name) + "' cannot be deleted.");
  }
  MutexLock lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return Unknown(name);
  const std::string key = found->second.key;
  RemoveAll(directory_ + "/" + Sha256Hex(std::string(name)).substr(0, 24) + ".json");
  entries_.erase(found);
  const bool shared = std::any_of(entries_.begin(), entries_.end(),
                                  [&](const auto& entry) { return entry.second.key == key; });
  if (!shared) RemoveAll(WeightsPath(key));
  return absl::OkStatus();
}

}  // namespace tunegate::sandbox
