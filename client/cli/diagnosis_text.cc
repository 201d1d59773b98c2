#include "client/cli/diagnosis_text.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "client/cli/line.h"
#include "client/cli/printable.h"

namespace tunegate::cli {
namespace {

using v1::Diagnosis;

constexpr int kCheckColumn = 9;
constexpr int kTextColumn = 29;

struct Severity {
  std::string_view word;
  Style style;
};

Severity SeverityOf(const Diagnosis& diagnosis) {
  switch (diagnosis.severity()) {
    case Diagnosis::SEVERITY_OK:
      return {"ok", Style::kGood};
    case Diagnosis::SEVERITY_WARNING:
      return {"warning", Style::kWarning};
    default:
      return {"ERROR", Style::kBad};
  }
}

// `text` behind `lead`, wrapped beneath itself.
void PrintWrapped(Session& session, Line lead, std::string_view text) {
  const int room = std::max(20, std::min(session.terminal().columns, kMaxColumns) - kTextColumn);
  for (const std::string& piece : Wrap(Printable(text), room)) {
    lead.PadTo(kTextColumn, 1).Add(piece);
    session.out() << lead.Render(kMaxColumns, session.terminal().colour) << "\n";
    lead = Line();
  }
}

}  // namespace

void PrintDiagnosis(Session& session, const Diagnosis& diagnosis) {
  const Severity severity = SeverityOf(diagnosis);
  Line lead(severity.word, severity.style);
  lead.PadTo(kCheckColumn).Add(diagnosis.check(), Style::kStrong);
  PrintWrapped(session, lead, diagnosis.message());
  if (diagnosis.remedy().empty()) return;
  Line remedy;
  remedy.PadTo(kCheckColumn, 0).Add("  remedy", Style::kFaint);
  PrintWrapped(session, remedy, diagnosis.remedy());
}

}  // namespace tunegate::cli
