#include "common/evidence/answers/graders/regular_expression.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/utf8.h"

namespace tunegate::graders {
namespace {

constexpr char kReason[] = "BAD_PATTERN";
constexpr uint32_t kMaxHeapKib = 32 * 1024;
constexpr int64_t kCharactersPerStep = 8;
constexpr int64_t kBytesPerFarStep = 64;

struct Release {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

// What a search has left.
struct Steps {
  int64_t left = Pattern::kMaxSteps;
  int64_t per_item = 1;
  size_t place = 0;
};

// PCRE2 calls it before it tries an item of the pattern.
int CountStep(pcre2_callout_block* block, void* data) {
  auto& steps = *static_cast<Steps*>(data);
  const size_t place = block->current_position;
  const size_t passed = place > steps.place ? place - steps.place : steps.place - place;
  steps.place = place;
  steps.left -= steps.per_item + static_cast<int64_t>(passed) / kCharactersPerStep;
  return steps.left > 0 ? 0 : PCRE2_ERROR_CALLOUT;
}

PCRE2_SPTR Bytes(std::string_view text) {
  // PCRE2 takes no null pointer, not even for nothing.
  return reinterpret_cast<PCRE2_SPTR>(text.data() != nullptr ? text.data() : "");
}

std::string Explained(int code) {
  PCRE2_UCHAR buffer[256];
  const int size = pcre2_get_error_message(code, buffer, sizeof(buffer));
  return size < 0 ? absl::StrCat("error ", code)
                  : std::string(reinterpret_cast<const char*>(buffer), static_cast<size_t>(size));
}

// A count of two digits or more in braces: such an item may fail after looking at many characters.
bool CountsHigh(std::string_view pattern) {
  for (size_t i = pattern.find('{'); i != std::string_view::npos; i = pattern.find('{', i + 1)) {
    const std::string_view inside = pattern.substr(i + 1, pattern.find('}', i) - i - 1);
    if (std::count_if(inside.begin(), inside.end(),
                      [](unsigned char c) { return std::isdigit(c) != 0; }) >= 2) {
      return true;
    }
  }
  return false;
}

}  // namespace

struct Pattern::Code {
  Owned<pcre2_code> compiled;
  bool looks_far = false;
};

absl::StatusOr<Pattern> Pattern::Compile(std::string_view pattern) {
  if (pattern.size() > kMaxBytes) {
    return InvalidArgument(kReason, absl::StrCat("the pattern has ", pattern.size(),
                                                 " bytes; expected at most ", kMaxBytes));
  }
  // AUTO_CALLOUT is what makes PCRE2 count; \C could cut a character in two.
  constexpr uint32_t kOptions =
      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto code = std::make_shared<Code>();
  code->compiled.reset(
      pcre2_compile(Bytes(pattern), pattern.size(), kOptions, &error, &offset, nullptr));
  if (code->compiled == nullptr) {
    const std::string before = ToValidUtf8(pattern.substr(0, std::min(offset, pattern.size())));
    return InvalidArgument(kReason, absl::StrCat("the pattern does not compile at character ",
                                                 CodePointCount(before), ": ", Explained(error)));
  }
  uint32_t back_references = 0;
  pcre2_pattern_info(code->compiled.get(), PCRE2_INFO_BACKREFMAX, &back_references);
  code->looks_far = back_references > 0 || CountsHigh(pattern);
  return Pattern(std::move(code));
}

bool Pattern::FoundIn(std::string_view text) const {
  const std::string valid = ToValidUtf8(text);
  const Owned<pcre2_match_context> context(pcre2_match_context_create(nullptr));
  const Owned<pcre2_match_data> data(pcre2_match_data_create(1, nullptr));
  if (context == nullptr || data == nullptr) return false;
  Steps steps;
  if (code_->looks_far) steps.per_item += static_cast<int64_t>(valid.size()) / kBytesPerFarStep;
  pcre2_set_callout(context.get(), CountStep, &steps);
  pcre2_set_heap_limit(context.get(), kMaxHeapKib);
  return pcre2_match(code_->compiled.get(), Bytes(valid), valid.size(), 0, PCRE2_NO_UTF_CHECK,
                     data.get(), context.get()) >= 0;
}

namespace {

class RegularExpression : public ValueGrader {
 public:
  explicit RegularExpression(Pattern pattern) : pattern_(std::move(pattern)) {}

  std::string_view name() const override { return "regular_expression"; }
  double Score(const Sample& sample) const override {
    return sample.answered.IsString() && pattern_.FoundIn(sample.answered.String()) ? 1 : 0;
  }

 private:
  const Pattern pattern_;
};

class RightPattern : public ValueGrader {
 public:
  std::string_view name() const override { return "regular_expression"; }
  std::string FaultOf(const json::Value& right) const override {
    const absl::Status status = Pattern::Compile(right.String()).status();
    return status.ok() ? ""
                       : absl::StrCat("is no regular expression: ", std::string(status.message()));
  }
  double Score(const Sample& sample) const override {
    if (!sample.right.IsString() || !sample.answered.IsString()) return 0;
    if (sample.right.String() == sample.answered.String()) return 1;
    const absl::StatusOr<Pattern> pattern = Pattern::Compile(sample.right.String());
    return pattern.ok() && pattern->FoundIn(sample.answered.String()) ? 1 : 0;
  }
};

}  // namespace

std::unique_ptr<const ValueGrader> NewRegularExpression(Pattern pattern) {
  return std::make_unique<RegularExpression>(std::move(pattern));
}
std::unique_ptr<const ValueGrader> NewRightPattern() { return std::make_unique<RightPattern>(); }

}  // namespace tunegate::graders
