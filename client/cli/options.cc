#include "client/cli/options.h"

#include "client/cli/files.h"
#include "common/errors.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::cli {

void DeclarePaging(VerbSpec& verb, ListOptions& options) {
  verb.Option("--limit", "N", "at most this many, up to 1,000; 50 by default",
              Whole(&options.limit, 1, 1000));
  verb.Option("--page-token", "TOKEN", "the next page, as the last one named it",
              Text(&options.page_token));
}

void DeclareList(VerbSpec& verb, ListOptions& options) {
  verb.Option("--filter", "FILTER",
              "e.g. 'state = RUNNING AND labels.team = \"search\"'; fields: state, task, owner, "
              "labels.KEY, create_time",
              Text(&options.filter));
  DeclarePaging(verb, options);
  verb.Flag("--oldest-first", "instead of newest first", &options.oldest_first);
}

void PrintMore(Session& session, const std::string& next_page_token, std::string_view command) {
  if (next_page_token.empty()) return;
  session.err() << "more: " << command << " --page-token " << next_page_token << "\n";
}

void DeclareNaming(VerbSpec& verb, NamingOptions& options) {
  verb.Option("--id", "ID", "its id ([a-z][a-z0-9-]*); the server makes one otherwise",
              Text(&options.id));
  verb.Option("--display-name", "TEXT", "for people", Text(&options.display_name));
  verb.Option("--label", "KEY=VALUE", "for filters; may be repeated", Pairs(&options.labels));
}

void DeclareBudget(VerbSpec& verb, BudgetOptions& options) {
  verb.Option("--budget-usd", "AMOUNT", "stop as BLOCKED before this much is spent",
              Dollars(&options.micros));
  verb.Option("--budget-calls", "N", "at most this many calls to the provider",
              Whole(&options.calls, 1, INT64_MAX));
  verb.Option("--budget-tokens", "N", "at most this many tokens, in and out",
              Whole(&options.tokens, 1, INT64_MAX));
}

void FillBudget(const BudgetOptions& options, v1::Budget* budget) {
  if (options.micros) {
    budget->mutable_max_cost()->set_currency_code("USD");
    budget->mutable_max_cost()->set_micros(*options.micros);
  }
  budget->set_max_calls(options.calls.value_or(0));
  budget->set_max_tokens(options.tokens.value_or(0));
}

void DeclareVariant(VerbSpec& verb, std::string_view name, std::string_view help,
                    VariantOptions& options) {
  const std::string flag = "--" + std::string(name);
  verb.Option(flag, "MODEL", help, Text(&options.model));
  verb.Option(flag + "-prompt", "FILE", "its system prompt, in place of the task's",
              Text(&options.prompt_file));
}

absl::Status FillVariant(const VariantOptions& options, v1::Variant* variant) {
  variant->set_model(options.model);
  if (!options.prompt_file.empty()) {
    TG_ASSIGN_OR_RETURN(std::string prompt, ReadFile(options.prompt_file));
    // Editors end files with a line feed that no prompt means.
    while (prompt.ends_with("\n") || prompt.ends_with("\r")) prompt.pop_back();
    variant->set_system_prompt(prompt);
  }
  return absl::OkStatus();
}

}  // namespace tunegate::cli
