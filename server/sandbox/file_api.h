// /files: upload, list, read, delete.
#ifndef TUNEGATE_SERVER_SANDBOX_FILE_API_H_
#define TUNEGATE_SERVER_SANDBOX_FILE_API_H_

#include "server/sandbox/file_store.h"
#include "server/sandbox/http/router.h"

namespace tunegate::sandbox {

// `files` must outlive the router.
void AddFileRoutes(FileStore& files, Router& router);

// OK when `purpose` is one that OpenAI takes for uploads; 400 otherwise.
absl::Status CheckPurpose(std::string_view purpose);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_FILE_API_H_
