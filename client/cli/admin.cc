#include "client/cli/admin.h"

#include "client/cli/facts.h"
#include "client/cli/format.h"
#include "client/cli/nouns.h"
#include "client/cli/parser.h"
#include "client/client.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/evidence/certificate/signature.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::cli {
namespace {

// Which key vouches for decisions, short enough to read out.
std::string SignsWith(const std::string& pem) {
  if (pem.empty()) return "nothing: decisions are not signed";
  const auto key = certificates::PublicKey::FromPem(pem);
  if (!key.ok()) return "a key that this version cannot read";
  return "Ed25519 key " + key->Fingerprint().substr(0, 12) + ": tunegate decision public-key";
}

void AddBackup(NounSpec& noun) {
  auto [backup, b] = noun.Verb<AdminBackup>(
      "backup", "Copies everything that is kept into a file, while work goes on (SQLite)");
  backup.Argument("FILE", "a tar archive, whole or not at all; keys are not in it", Text(&b.file));
  backup.Flag("--force", "replace the file if it is there", &b.force);
  backup.Example("tunegate admin backup tunegate-monday.tar");

  auto [restore, r] =
      noun.Verb<AdminRestore>("restore", "Makes a data directory of a backup; asks no server");
  restore.Argument("FILE", "what `admin backup` wrote", Text(&r.file));
  restore
      .Option("--data_dir", "DIR", "the new server's; must not be there yet, or be empty",
              Text(&r.data_dir))
      .Required();
  restore.Example("tunegate admin restore tunegate-monday.tar --data_dir /var/lib/tunegate");
}

}  // namespace

absl::StatusOr<Ending> AdminInfo::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const v1::GetServerInfoResponse info,
                      client->Call(v1::GetServerInfoRequest()));
  if (session.json()) {
    session.PrintJson(info);
    return Ending::kDone;
  }
  const absl::Duration up = session.clock().Now() - ToTime(info.start_time());
  Facts facts(0);
  facts.Add("server", info.version() + " at " + session.server() + ", up " + Elapsed(up))
      .Add("store", info.store())
      .Add("provider", info.default_provider() + " " + info.provider_base_url() +
                           (info.provider_is_sandbox()
                                ? " (the sandbox: small local classifiers, no language models)"
                                : ""))
      .Add("base model", info.default_base_model())
      .Add("log", "positions " + std::to_string(info.oldest_position()) + " to " +
                      std::to_string(info.newest_position()) + ", log " + info.log_id())
      .Add("signs with", SignsWith(info.decision_public_key()));
  if (info.work_paused()) {
    facts.Add("work", "PAUSED: " + info.work_paused_reason(), Style::kWarning);
  } else {
    facts.Add("work", "not paused");
  }
  facts.Next(info.work_paused() ? "tunegate admin resume" : "tunegate workflow run --dry-run");
  facts.Print(session.out(), session.terminal());
  return Ending::kDone;
}

absl::StatusOr<Ending> AdminPause::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::PauseWorkRequest request;
  request.set_reason(reason);
  TG_ASSIGN_OR_RETURN(const v1::PauseWorkResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  Facts facts(0);
  facts.Add("paused", DateAndTime(ToTime(response.pause_time())) + ": " + reason, Style::kWarning)
      .Add("means",
           "calls under way end and none starts; jobs that train at the provider go on "
           "there; reads and watches work as before")
      .Next("tunegate admin resume");
  facts.Print(session.out(), session.terminal());
  return Ending::kDone;
}

absl::StatusOr<Ending> AdminResume::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const v1::ResumeWorkResponse response, client->Call(v1::ResumeWorkRequest()));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  Facts facts(0);
  facts.Add("resumed", "work goes on").Next("tunegate workflow list");
  facts.Print(session.out(), session.terminal());
  return Ending::kDone;
}

void AddAdmin(Parser& parser) {
  NounSpec& noun = parser.Noun("admin", "The server");
  noun.Verb<AdminInfo>("info", "What the server is, which provider it uses, where its log stands");
  auto [pause, pause_options] =
      noun.Verb<AdminPause>("pause", "Stops all spending, over restarts, until `admin resume`");
  pause
      .Option("--reason", "TEXT", "why, for those who find work waiting",
              Text(&pause_options.reason))
      .Required()
      .Example("tunegate admin pause --reason \"provider bills wrongly\"");
  noun.Verb<AdminResume>("resume", "Lets work go on");
  noun.Verb<AdminCheck>("check",
                        "Reads everything that is kept and says what is wrong; exits with 1 then");
  noun.Verb<AdminCompact>("compact",
                          "Drops what the retention does not keep, and gives the space back");
  AddBackup(noun);
}

}  // namespace tunegate::cli
