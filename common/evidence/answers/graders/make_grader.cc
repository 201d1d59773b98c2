#include "common/evidence/answers/graders/make_grader.h"

#include <cctype>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/graders/graders.h"
#include "common/evidence/answers/graders/openai_grader.h"
#include "common/evidence/answers/graders/regular_expression.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::graders {
namespace {

using Field = v1::Task::Field;
using Spec = v1::Task::Grader;

// The name of a member of a oneof, as the textproto has it.
template <typename Message>
std::string MemberName(int number) {
  const auto* field = Message::descriptor()->FindFieldByNumber(number);
  return field != nullptr ? std::string(field->name()) : "";
}

bool Fits(Spec::KindCase grader, Field::KindCase kind) {
  switch (grader) {
    case Spec::kExact:
    case Spec::kOpenaiJson:
    case Spec::KIND_NOT_SET:
      return true;
    case Spec::kFolded:
      return kind == Field::kText || kind == Field::kCategory;
    case Spec::kRegularExpression:
    case Spec::kTextSimilarity:
      return kind == Field::kText;
    case Spec::kSetF1:
      return kind == Field::kSet;
    case Spec::kNumeric:
      return kind == Field::kNumber;
    case Spec::kJsonSubset:
      return kind == Field::kJson;
  }
  return false;
}

// "exact, set_f1 or openai_json".
std::string FittingGraders(Field::KindCase kind) {
  std::vector<std::string> names;
  const auto* oneof = Spec::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < oneof->field_count(); ++i) {
    const auto grader = static_cast<Spec::KindCase>(oneof->field(i)->number());
    if (Fits(grader, kind)) names.emplace_back(oneof->field(i)->name());
  }
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&list, i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  }
  return list;
}

// "METRIC_ROUGE_L" -> "rouge_l".
std::string MetricName(Spec::TextSimilarity::Metric metric) {
  if (metric == Spec::TextSimilarity::METRIC_UNSPECIFIED) return "fuzzy_match";
  std::string name = Spec::TextSimilarity::Metric_Name(metric);
  name.erase(0, std::string_view("METRIC_").size());
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

class Maker {
 public:
  Maker(const v1::Task& task, const Field& field, std::vector<GraderFault>& faults)
      : task_(task), field_(field), spec_(field.grader()), faults_(faults) {}

  FieldGrader Make() {
    const size_t before = faults_.size();
    FieldGrader made;
    if (Fits(spec_.kind_case(), KindOf(field_))) {
      made.grader = MakeOfKind();
    } else {
      Fault(MemberName<Spec>(spec_.kind_case()),
            absl::StrCat("does not fit a field of kind ", MemberName<Field>(KindOf(field_)),
                         "; expected ", FittingGraders(KindOf(field_))));
    }
    made.pass_ppm = stats::ToPartsPerMillion(Threshold());
    if (faults_.size() > before) made.grader = nullptr;
    return made;
  }

 private:
  // A kind that a newer server wrote reads as none; a text is the most that can be made of it.
  static Field::KindCase KindOf(const Field& field) {
    return field.kind_case() == Field::KIND_NOT_SET ? Field::kText : field.kind_case();
  }

  // `path` below "grader".
  void Fault(const std::string& path, std::string_view what) {
    faults_.push_back({absl::StrCat("grader.", path), std::string(what)});
  }

  double Threshold() {
    const double threshold = spec_.pass_threshold();
    if (threshold == 0) return own_threshold_;
    // Also false for NaN. What rounds to no millionth would let every answer pass.
    if (!(threshold >= 1e-6 && threshold <= 1)) {
      Fault("pass_threshold",
            absl::StrCat("is ", threshold, "; expected a number from 0.000001 to 1, or 0 for ",
                         "the default"));
    }
    return threshold;
  }

  std::unique_ptr<const ValueGrader> MakeOfKind() {
    switch (spec_.kind_case()) {
      case Spec::kExact:
        return field_.has_set() ? NewExactSet() : NewExact();
      case Spec::kFolded:
        return NewFolded();
      case Spec::kSetF1:
        return NewSetF1();
      case Spec::kNumeric:
        return MakeNumeric(spec_.numeric());
      case Spec::kRegularExpression:
        return MakeRegularExpression(spec_.regular_expression().pattern());
      case Spec::kJsonSubset:
        return NewJsonSubset();
      case Spec::kTextSimilarity:
        return MakeTextSimilarity(spec_.text_similarity().metric());
      case Spec::kOpenaiJson:
        return MakeOpenAi(spec_.openai_json());
      case Spec::KIND_NOT_SET:
        break;
    }
    if (field_.has_set()) return NewExactSet();
    return KindOf(field_) == Field::kText ? NewFolded() : NewExact();
  }

  std::unique_ptr<const ValueGrader> MakeNumeric(const Spec::Numeric& numeric) {
    CheckTolerance("absolute_tolerance", numeric.absolute_tolerance());
    CheckTolerance("relative_tolerance", numeric.relative_tolerance());
    return NewNumeric(numeric.absolute_tolerance(), numeric.relative_tolerance());
  }

  void CheckTolerance(std::string_view name, double tolerance) {
    if (std::isfinite(tolerance) && tolerance >= 0) return;
    Fault(absl::StrCat("numeric.", std::string(name)),
          absl::StrCat("is ", tolerance, "; expected a finite number that is not negative"));
  }

  std::unique_ptr<const ValueGrader> MakeRegularExpression(const std::string& pattern) {
    if (pattern.empty()) return NewRightPattern();
    absl::StatusOr<Pattern> compiled = Pattern::Compile(pattern);
    if (compiled.ok()) return NewRegularExpression(*std::move(compiled));
    Fault("regular_expression.pattern", std::string(compiled.status().message()));
    return nullptr;
  }

  std::unique_ptr<const ValueGrader> MakeTextSimilarity(Spec::TextSimilarity::Metric metric) {
    if (const Measure measure = FindMeasure(MetricName(metric))) return NewTextSimilarity(measure);
    Fault("text_similarity.metric",
          absl::StrCat("is ", static_cast<int>(metric), ", which is no metric that is known here"));
    return nullptr;
  }

  std::unique_ptr<const ValueGrader> MakeOpenAi(const std::string& definition) {
    absl::StatusOr<OpenAiGrader> read = ReadOpenAiGrader(definition, task_);
    if (read.ok()) {
      own_threshold_ = read->pass_threshold;
      return std::move(read->grader);
    }
    Fault("openai_json", std::string(read.status().message()));
    return nullptr;
  }

  const v1::Task& task_;
  const Field& field_;
  const Spec& spec_;
  std::vector<GraderFault>& faults_;
  double own_threshold_ = 1;
};

}  // namespace

FieldGrader MakeGrader(const v1::Task& task, const v1::Task::Field& field,
                       std::vector<GraderFault>& faults) {
  return Maker(task, field, faults).Make();
}

}  // namespace tunegate::graders
