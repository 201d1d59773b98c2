#include "server/datasets/file_format.h"

#include <string>

#include "common/utf8.h"

namespace tunegate::datasets {

v1::ImportDatasetRequest::Format FormatOf(const v1::ImportDatasetRequest::ImportSpec& spec,
                                          std::string_view bytes) {
  using Request = v1::ImportDatasetRequest;
  if (spec.format() != Request::FORMAT_UNSPECIFIED) return spec.format();
  const std::string name = FoldForMatching(spec.file_name());
  for (const char* ending : {".jsonl", ".ndjson", ".json"}) {
    if (name.ends_with(ending)) return Request::FORMAT_CHAT_JSONL;
  }
  if (name.ends_with(".csv")) return Request::FORMAT_CSV;
  if (name.ends_with(".tsv") || name.ends_with(".tab")) return Request::FORMAT_TSV;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || bytes[first] == '{' || bytes[first] == '[') {
    return Request::FORMAT_CHAT_JSONL;
  }
  const bool tabbed = bytes.substr(0, bytes.find('\n')).find('\t') != std::string_view::npos;
  return tabbed ? Request::FORMAT_TSV : Request::FORMAT_CSV;
}

}  // namespace tunegate::datasets
