// CopyPlace: where a copy of a store is made, below its data directory.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_COPY_PLACE_H_
#define TUNEGATE_SERVER_STORE_SQLITE_COPY_PLACE_H_

#include <string>

#include "absl/status/status.h"

namespace tunegate::store {

struct CopyPlace {
  explicit CopyPlace(const std::string& data_dir)
      : directory(data_dir + "/backup.part"),
        database(directory + "/tunegate.db"),
        blobs(directory + "/blobs") {}

  const std::string directory;
  const std::string database;
  // Links to blobs; while this directory is there, blobs that are deleted are linked here first.
  const std::string blobs;
};

// Makes the directories. RESOURCE_EXHAUSTED (COPY_UNDER_WAY) when they are there.
absl::Status MakeCopyPlace(const CopyPlace& place);

// Removes what a copy made, also one that a killed server left. OK when there is none.
absl::Status RemoveCopy(const CopyPlace& place);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_COPY_PLACE_H_
