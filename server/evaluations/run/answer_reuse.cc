#include "server/evaluations/run/answer_reuse.h"

#include <algorithm>
#include <map>

#include "absl/strings/escaping.h"
#include "common/errors.h"
#include "common/evidence/answers/pinned_model.h"
#include "common/evidence/verdict/policy.h"
#include "common/proto_time.h"
#include "server/evaluations/run/ledger.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;
using store::v1::EvaluationRecord;

constexpr int kPage = 200;

// Half of what the hexadecimal takes: there may be hundreds of thousands.
std::string Packed(const std::string& digest) { return absl::HexStringToBytes(digest); }

}  // namespace

AnswerReuse::AnswerReuse(const RunInputs* inputs, const EvaluationRecord& record)
    : inputs_(*inputs),
      name_(record.resource().name()),
      bytes_(record.dataset_sha256()),
      baseline_model_(record.baseline_model()),
      candidate_model_(record.candidate_model()),
      max_age_(decisions::MaxReuseAge(record.resource().policy())) {}

bool AnswerReuse::Serves(Arm arm) const {
  return IsPinnedModel(arm == kCandidate ? candidate_model_ : baseline_model_);
}

void AnswerReuse::Want(size_t sequence, const std::string& digest) {
  wanted_.emplace(Packed(digest), sequence);
}

absl::Status AnswerReuse::Find(store::Store& store, absl::Time now, const Take& take) {
  oldest_ = now - max_age_;
  if (wanted_.empty()) return absl::OkStatus();
  TG_ASSIGN_OR_RETURN(std::vector<Source> sources, Sources(store));
  std::stable_partition(sources.begin(), sources.end(),
                        [](const Source& source) { return source.same_bytes; });
  if (sources.size() > kMostRead) sources.resize(kMostRead);
  for (const Source& source : sources) {
    if (wanted_.empty()) break;
    TG_RETURN_IF_ERROR(Read(store, source, take));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AnswerReuse::Source>> AnswerReuse::Sources(store::Store& store) const {
  std::vector<Source> sources;
  store::ListQuery query;
  query.kind = "evaluations";
  query.limit = kPage;
  for (int listed = 0; listed < kMostListed; listed += kPage) {
    TG_ASSIGN_OR_RETURN(const std::vector<store::Record> rows, store.List(query));
    for (const store::Record& row : rows) {
      EvaluationRecord earlier;
      if (row.name == name_ || !earlier.ParseFromString(row.payload)) continue;
      if (row.end_time.has_value() && *row.end_time < oldest_) continue;
      if (!MayHold(earlier)) continue;
      sources.push_back({row.name, earlier.resource().baseline().provider(),
                         earlier.resource().candidate().provider(),
                         earlier.dataset_sha256() == bytes_});
    }
    if (rows.size() < static_cast<size_t>(kPage)) break;
    query.after_create_time = rows.back().create_time;
    query.after_name = rows.back().name;
  }
  return sources;
}

bool AnswerReuse::MayHold(const EvaluationRecord& earlier) const {
  const auto asked = [&earlier](const std::string& model) {
    return IsPinnedModel(model) &&
           (earlier.baseline_model() == model || earlier.candidate_model() == model);
  };
  return asked(baseline_model_) || asked(candidate_model_);
}

absl::Status AnswerReuse::Read(store::Store& store, const Source& source, const Take& take) {
  TG_ASSIGN_OR_RETURN(const auto sessions, ReadSessions(store, source.name));
  return ForEachCall(store, source.name, "", [&](CallRecord& answer) -> absl::Status {
    const bool good = !answer.has_failure() && answer.reused_from().empty() &&
                      FromProto(answer.time()) >= oldest_;
    const auto session = sessions.find(answer.session());
    if (!good || session == sessions.end()) return absl::OkStatus();
    const auto endpoint = session->second.find(
        answer.arm() == kCandidate ? source.candidate_provider : source.baseline_provider);
    if (endpoint == session->second.end()) return absl::OkStatus();
    const auto best = BestFor(answer, endpoint->second);
    if (best == wanted_.end()) return absl::OkStatus();
    const size_t sequence = best->second;
    wanted_.erase(best);
    return take({sequence, answer, source.name});
  });
}

std::unordered_multimap<std::string, size_t>::iterator AnswerReuse::BestFor(
    const CallRecord& answer, const std::string& endpoint) {
  const auto [begin, end] = wanted_.equal_range(Packed(answer.request_digest()));
  auto best = wanted_.end();
  bool best_is_same = false;
  for (auto candidate = begin; candidate != end; ++candidate) {
    const PlannedCall planned = inputs_.plan.At(candidate->second);
    const RunArm& arm = inputs_.Of(planned.arm);
    if (planned.repeat != answer.repeat()) continue;
    if (inputs_.providers[arm.lane]->chat_url() != endpoint) continue;
    // The same place in the same file first, then the order of asking: what is taken follows from
    // the ledgers alone.
    const bool same = planned.arm == answer.arm() &&
                      static_cast<int64_t>(planned.example) + 1 == answer.example();
    const bool better = best == wanted_.end() || (same && !best_is_same) ||
                        (same == best_is_same && candidate->second < best->second);
    if (!better) continue;
    best = candidate;
    best_is_same = same;
  }
  return best;
}

}  // namespace tunegate::evaluations
