// Options that several nouns share, with their declaration and what they put into requests.
#ifndef TUNEGATE_CLIENT_CLI_OPTIONS_H_
#define TUNEGATE_CLIENT_CLI_OPTIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "client/cli/parser.h"

namespace tunegate::v1 {
class Budget;
class Variant;
}  // namespace tunegate::v1

namespace tunegate::cli {

// One page of a list.
struct ListOptions {
  std::optional<int64_t> limit;
  std::string page_token;
  std::string filter;
  bool oldest_first = false;
};
void DeclareList(VerbSpec& verb, ListOptions& options);
// For lists that know no filter or order.
void DeclarePaging(VerbSpec& verb, ListOptions& options);
template <typename Request>
void FillPaging(const ListOptions& options, Request* request) {
  request->set_page_size(static_cast<int32_t>(options.limit.value_or(0)));
  request->set_page_token(options.page_token);
}
template <typename Request>
void FillList(const ListOptions& options, Request* request) {
  FillPaging(options, request);
  request->set_filter(options.filter);
  if (options.oldest_first) request->set_order_by("create_time");
}

// Says how to get the next page, when there is one: on the error stream, beside the data. `command`
// is the list's, without its page token.
void PrintMore(Session& session, const std::string& next_page_token, std::string_view command);

// What a new resource is called.
struct NamingOptions {
  std::string id;
  std::string display_name;
  std::map<std::string, std::string> labels;
};
void DeclareNaming(VerbSpec& verb, NamingOptions& options);
template <typename Resource>
void FillNaming(const NamingOptions& options, Resource* resource) {
  resource->set_display_name(options.display_name);
  for (const auto& [key, value] : options.labels) (*resource->mutable_labels())[key] = value;
}

// What may be spent.
struct BudgetOptions {
  std::optional<int64_t> micros;
  std::optional<int64_t> calls;
  std::optional<int64_t> tokens;
  bool empty() const { return !micros && !calls && !tokens; }
};
void DeclareBudget(VerbSpec& verb, BudgetOptions& options);
void FillBudget(const BudgetOptions& options, v1::Budget* budget);

// Who answers.
struct VariantOptions {
  std::string model;
  std::string prompt_file;
  bool empty() const { return model.empty() && prompt_file.empty(); }
};
// Declares --NAME and --NAME-prompt.
void DeclareVariant(VerbSpec& verb, std::string_view name, std::string_view help,
                    VariantOptions& options);
// Reads the prompt's file.
absl::Status FillVariant(const VariantOptions& options, v1::Variant* variant);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_OPTIONS_H_
