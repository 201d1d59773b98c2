#include "server/store/store.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace tunegate::store {

std::string_view KindOf(std::string_view name) { return name.substr(0, name.find('/')); }

BlobFile BlobFile::OfDescriptor(int descriptor) {
  // Opening this path gives the file a reader of its own, with a place of its own.
  BlobFile file(absl::StrCat("/proc/self/fd/", descriptor));
  file.descriptor_ = descriptor;
  return file;
}

BlobFile::BlobFile(BlobFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

BlobFile::~BlobFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace tunegate::store
