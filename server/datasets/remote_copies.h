// Copies of a dataset at a provider: how long to look for one whose upload was not answered, and
// how those are deleted that nobody needs.
//
// A file bears its digest in its name, so equal bytes have equal names, and datasets may share a
// file: one is deleted only when no other dataset's record names it. And an upload that was sent
// without an answer may have left a file that no record names: a provider may list it late, so its
// list is searched over a settle time, as with jobs (server/providers/intent.h).
//
// Stateless; thread-safe.
#ifndef TUNEGATE_SERVER_DATASETS_REMOTE_COPIES_H_
#define TUNEGATE_SERVER_DATASETS_REMOTE_COPIES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/providers/provider.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::datasets {

// "tunegate-SHA256.jsonl": the name of a dataset's file at providers.
std::string RemoteFileName(const v1::Dataset& dataset);

// True when an upload to `provider` may have been sent whose outcome is not known.
bool InDoubt(const store::v1::DatasetRecord& record, const std::string& provider);
// Sets until when the list of `provider` is searched, unless this doubt has its time already. True
// when it did.
bool BeginSettling(store::v1::DatasetRecord& record, const std::string& provider, absl::Time until);
// True when there is nothing to be searched for in the list of `provider`, or not any more.
bool IsSettled(const store::v1::DatasetRecord& record, const std::string& provider, absl::Time now);

// Ends the doubts at providers that have no list to end them with (kCopiesUnverified), once their
// settle time is over: whoever asks has looked there. The providers.
std::vector<std::string> DropUnverified(store::v1::DatasetRecord& record, absl::Time now);

// When the list of which provider is to be searched for twins of the file that is known there.
struct TwinLook {
  std::string provider;
  absl::Time time;
};

// The one whose time comes first.
std::optional<TwinLook> NextTwinLook(const store::v1::DatasetRecord& record);

// What came of a sweep.
struct Sweep {
  int deleted = 0;
  // Another dataset with these bytes is being uploaded there just now and may take any of the
  // files: none was deleted, sweep again.
  bool contested = false;
};

// Deletes the files at `provider` that are copies of `record`'s dataset and that no dataset names
// but those that are being deleted. Files from before its upload was asked for are left alone,
// unless the record names them: other servers may use the same account. Errors as ListFiles and
// DeleteFile; INTERNAL (STORE_CORRUPT), and nothing is deleted, when a dataset cannot be parsed;
// FAILED_PRECONDITION (kCopiesUnverified) when an upload is in doubt and the provider has no list.
absl::StatusOr<Sweep> SweepCopies(resources::Repository& repository, providers::Provider& provider,
                                  const store::v1::DatasetRecord& record);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_REMOTE_COPIES_H_
