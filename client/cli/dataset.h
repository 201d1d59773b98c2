// tunegate dataset: generates, imports, exports, uploads and shows datasets.
#ifndef TUNEGATE_CLIENT_CLI_DATASET_H_
#define TUNEGATE_CLIENT_CLI_DATASET_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/command.h"
#include "client/cli/options.h"

namespace tunegate::v1 {
class Dataset;
class GenerateSpec;
}  // namespace tunegate::v1

namespace tunegate::cli {

// Counts and seed of what is generated.
struct GenerateOptions {
  std::optional<int64_t> train;
  std::optional<int64_t> validation;
  std::optional<int64_t> test;
  std::optional<int64_t> seed;
  bool empty() const { return !train && !validation && !test && !seed; }
};
// `suffix` is "" or "-count", where --train names a dataset.
void DeclareGenerate(VerbSpec& verb, const std::string& suffix, GenerateOptions& options);
void FillGenerate(const GenerateOptions& options, v1::GenerateSpec* spec);

struct DatasetGenerate : Command {
  std::string task;
  std::string id;
  GenerateOptions generate;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetImport : Command {
  std::string file;  // "-": standard input
  std::string task;
  std::string split;
  std::string format;
  std::string columns;              // "text=user,label=intent"
  std::vector<std::string> column;  // the same one by one: headers may have commas
  bool headerless = false;
  NamingOptions naming;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetRelabel : Command {
  std::string name;
  std::string answers_file;
  NamingOptions naming;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetExport : Command {
  std::string name;
  std::string file;  // empty: standard output
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetUpload : Command {
  std::string name;
  std::string provider;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetList : Command {
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetShow : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetFindings : Command {
  std::string name;
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct DatasetDelete : Command {
  std::string name;
  bool yes = false;
  absl::Status Check() const override;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DATASET_H_
