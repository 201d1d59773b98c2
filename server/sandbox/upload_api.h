// /uploads: create, parts, complete, cancel.
#ifndef TUNEGATE_SERVER_SANDBOX_UPLOAD_API_H_
#define TUNEGATE_SERVER_SANDBOX_UPLOAD_API_H_

#include "server/sandbox/http/router.h"
#include "server/sandbox/upload_store.h"

namespace tunegate::sandbox {

// `uploads` must outlive the router.
void AddUploadRoutes(UploadStore& uploads, Router& router);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_UPLOAD_API_H_
