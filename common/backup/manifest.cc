#include "common/backup/manifest.h"

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/json.h"

namespace tunegate::backup {
namespace {

// Of everything but the digest itself, whatever the white space.
std::string DigestOf(json::Value manifest) {
  manifest.Remove("sha256");
  return Sha256Hex(json::WriteCanonical(manifest));
}

absl::Status Damaged(std::string_view what) {
  return FailedPrecondition("BACKUP_DAMAGED",
                            absl::StrCat("the backup is damaged: its ", kManifestName, " ",
                                         absl::string_view(what.data(), what.size())));
}

}  // namespace

std::string BlobName(std::string_view sha256) {
  const std::string name(sha256);
  return absl::StrCat("blobs/", name.substr(0, 2), "/", name);
}

std::string WriteManifest(const Manifest& manifest) {
  json::Value written = json::Object(
      {{"format", kFormat},
       {"software_version", manifest.software_version},
       {"schema_version", manifest.schema_version},
       {"create_time",
        absl::FormatTime(absl::RFC3339_full, manifest.create_time, absl::UTCTimeZone())},
       {"position", manifest.position},
       {"database",
        json::Object({{"bytes", manifest.database_bytes}, {"sha256", manifest.database_sha256}})},
       {"blobs", json::Object({{"count", manifest.blob_count},
                               {"bytes", manifest.blob_bytes},
                               {"sha256", manifest.blobs_sha256}})}});
  written.Set("sha256", DigestOf(written));
  return json::WritePretty(written) + "\n";
}

absl::StatusOr<Manifest> ParseManifest(std::string_view text) {
  const absl::StatusOr<json::Value> read = json::Parse(text);
  if (!read.ok()) return Damaged("is no JSON");
  // Asked first: a newer format may have its digest elsewhere.
  const int64_t format = (*read)["format"].IntegerOr(0);
  if (format > kFormat) {
    return FailedPrecondition(
        "BACKUP_TOO_NEW",
        absl::StrCat("the backup has format ", format, " and this program knows formats up to ",
                     kFormat, ": restore it with the version that made it (",
                     (*read)["software_version"].StringOr("unknown"), ") or a newer one"));
  }
  if (format < 1 || (*read)["sha256"].StringOr("") != DigestOf(*read)) {
    return Damaged("is not the one that was written");
  }
  Manifest manifest;
  manifest.software_version = (*read)["software_version"].StringOr("");
  manifest.schema_version = (*read)["schema_version"].IntegerOr(0);
  manifest.position = (*read)["position"].IntegerOr(0);
  manifest.database_bytes = (*read)["database"]["bytes"].IntegerOr(0);
  manifest.database_sha256 = (*read)["database"]["sha256"].StringOr("");
  manifest.blob_count = (*read)["blobs"]["count"].IntegerOr(0);
  manifest.blob_bytes = (*read)["blobs"]["bytes"].IntegerOr(0);
  manifest.blobs_sha256 = (*read)["blobs"]["sha256"].StringOr("");
  if (!absl::ParseTime(absl::RFC3339_full, (*read)["create_time"].StringOr(""),
                       &manifest.create_time, nullptr)) {
    return Damaged("has no time");
  }
  return manifest;
}

}  // namespace tunegate::backup
