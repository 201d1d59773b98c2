#include "server/resources/filter.h"

#include <cctype>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/utf8.h"

namespace tunegate::resources {
namespace {

constexpr std::string_view kLabels = "labels.";

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ||
         c == '/' || c == ':' || c == '+';
}

}  // namespace

// Recursive descent is not needed: the grammar is a list.
class Filter::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<Term>> Parse() {
    std::vector<Term> terms;
    SkipSpace();
    while (at_ < text_.size()) {
      if (!terms.empty()) {
        const size_t word_at = at_;
        if (const auto word = Word(); !word || !absl::EqualsIgnoreCase(*word, "AND")) {
          at_ = word_at;
          return Expected("AND");
        }
      }
      TG_ASSIGN_OR_RETURN(Term term, ParseTerm());
      terms.push_back(std::move(term));
      SkipSpace();
    }
    return terms;
  }

 private:
  absl::StatusOr<Term> ParseTerm() {
    Term term;
    SkipSpace();
    const size_t field_at = at_;
    const auto field = Word();
    if (!field || !IsField(*field)) {
      at_ = field_at;
      return Expected("state, task, owner, create_time or labels.KEY");
    }
    term.field = *field;
    TG_ASSIGN_OR_RETURN(term.op, ParseOp(term.field == "create_time"));
    SkipSpace();
    const size_t literal_at = at_;
    const auto literal = at_ < text_.size() && text_[at_] == '"' ? Quoted() : Word();
    if (!literal) return Expected("a word or a \"quoted text\"");
    term.literal = *literal;
    if (term.field == "create_time") {
      std::string error;
      if (!absl::ParseTime(absl::RFC3339_full, term.literal, &term.time, &error)) {
        at_ = literal_at;
        return Expected("a time such as \"2026-11-01T00:00:00Z\"");
      }
    }
    return term;
  }

  static bool IsField(std::string_view field) {
    return field == "state" || field == "task" || field == "owner" || field == "create_time" ||
           (field.substr(0, kLabels.size()) == kLabels && field.size() > kLabels.size());
  }

  absl::StatusOr<Op> ParseOp(bool ordered) {
    SkipSpace();
    static constexpr std::pair<std::string_view, Op> kOps[] = {
        {"!=", Op::kNotEqual}, {"<=", Op::kLessEqual}, {">=", Op::kGreaterEqual},
        {"=", Op::kEqual},     {"<", Op::kLess},       {">", Op::kGreater}};
    for (const auto& [sign, op] : kOps) {
      if (text_.substr(at_, sign.size()) != sign) continue;
      if (!ordered && op != Op::kEqual && op != Op::kNotEqual) break;
      at_ += sign.size();
      return op;
    }
    return Expected(ordered ? "one of = != < <= > >=" : "= or !=");
  }

  std::optional<std::string> Word() {
    SkipSpace();
    const size_t begin = at_;
    while (at_ < text_.size() && IsWordCharacter(text_[at_])) ++at_;
    if (at_ == begin) return std::nullopt;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::optional<std::string> Quoted() {
    std::string value;
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        at_ = i + 1;
        return value;
      }
      if (text_[i] == '\\' && i + 1 < text_.size()) ++i;
      value += text_[i];
    }
    return std::nullopt;
  }

  void SkipSpace() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  Error Expected(std::string_view what) const {
    return InvalidField(
        "filter", absl::StrCat("column ", at_ + 1, ": expected ", std::string(what), ", got '",
                               Abbreviate(ToValidUtf8(text_.substr(at_)), 40), "'"));
  }

  std::string_view text_;
  size_t at_ = 0;
};

absl::StatusOr<Filter> Filter::Parse(std::string_view text) {
  Filter filter;
  TG_ASSIGN_OR_RETURN(filter.terms_, Parser(text).Parse());
  return filter;
}

bool Filter::Matches(const FilterFacts& facts) const {
  for (const Term& term : terms_) {
    if (term.field == "create_time") {
      const absl::Time t = facts.create_time;
      const bool holds = term.op == Op::kEqual       ? t == term.time
                         : term.op == Op::kNotEqual  ? t != term.time
                         : term.op == Op::kLess      ? t < term.time
                         : term.op == Op::kLessEqual ? t <= term.time
                         : term.op == Op::kGreater   ? t > term.time
                                                     : t >= term.time;
      if (!holds) return false;
      continue;
    }
    std::string value;
    if (term.field == "state") {
      value = facts.state;
    } else if (term.field == "task") {
      value = facts.task;
    } else if (term.field == "owner") {
      value = facts.owner;
    } else if (const auto label = facts.labels.find(term.field.substr(kLabels.size()));
               label != facts.labels.end()) {
      value = label->second;
    }
    if ((value == term.literal) != (term.op == Op::kEqual)) return false;
  }
  return true;
}

std::string Filter::Required(std::string_view field) const {
  for (const Term& term : terms_) {
    if (term.field == field && term.op == Op::kEqual) return term.literal;
  }
  return "";
}

}  // namespace tunegate::resources
