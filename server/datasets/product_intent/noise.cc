#include "server/datasets/product_intent/noise.h"

#include <string_view>
#include <utility>
#include <vector>

namespace tunegate::datasets::product_intent {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

std::string ReplaceAll(std::string text, const std::vector<Replacement>& replacements) {
  for (const auto& [from, to] : replacements) {
    for (size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

// The vowels only: a Spanish keyboard has ñ, and phones put it in.
std::string WithoutAccents(const std::string& text) {
  return ReplaceAll(text, {{"á", "a"},
                           {"é", "e"},
                           {"í", "i"},
                           {"ó", "o"},
                           {"ú", "u"},
                           {"ü", "u"},
                           {"Á", "A"},
                           {"É", "E"},
                           {"Í", "I"},
                           {"Ó", "O"},
                           {"Ú", "U"}});
}

// No opening marks and no capital, as in a chat.
std::string WithoutMarks(const std::string& text) {
  std::string plain = ReplaceAll(text, {{"¿", ""}, {"¡", ""}});
  if (!plain.empty() && plain[0] >= 'A' && plain[0] <= 'Z') plain[0] += 'a' - 'A';
  if (plain.ends_with('.')) plain.pop_back();
  return plain;
}

std::string Abbreviated(const std::string& text) {
  return ReplaceAll(text, {{" por favor", " xfa"},
                           {" que ", " q "},
                           {"¿Qué ", "q "},
                           {"Qué ", "Q "},
                           {" qué ", " q "},
                           {" para ", " xa "},
                           {"Para ", "xa "},
                           {" por ", " x "},
                           {" también", " tb"},
                           {" mucho", " mxo"}});
}

bool IsPlainLetter(char c) { return c >= 'a' && c <= 'z'; }

// Positions inside words of five and more plain letters, where a finger slips.
std::vector<size_t> LongWordPositions(const std::string& text) {
  constexpr size_t kShortestWord = 5;
  std::vector<size_t> positions;
  for (size_t start = 0; start < text.size();) {
    size_t end = start;
    while (end < text.size() && IsPlainLetter(text[end])) ++end;
    for (size_t at = start + 1; end - start >= kShortestWord && at + 1 < end; ++at) {
      positions.push_back(at);
    }
    start = end + 1;
  }
  return positions;
}

char NeighbourOnKeyboard(char c, Random& random) {
  constexpr std::string_view kRows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
  for (const std::string_view row : kRows) {
    const size_t at = row.find(c);
    if (at == std::string_view::npos) continue;
    if (at == 0) return row[1];
    if (at + 1 == row.size()) return row[at - 1];
    return row[random.Chance(0.5) ? at - 1 : at + 1];
  }
  return c;
}

void SlipOnce(std::string& text, Random& random) {
  const std::vector<size_t> positions = LongWordPositions(text);
  if (positions.empty()) return;
  const size_t at = random.Pick(positions);
  switch (random.Below(4)) {
    case 0:
      std::swap(text[at], text[at + 1]);
      break;
    case 1:
      text.erase(at, 1);
      break;
    case 2:
      text.insert(at, 1, text[at]);
      break;
    default:
      text[at] = NeighbourOnKeyboard(text[at], random);
  }
}

std::string WithTypos(std::string text, Random& random) {
  constexpr size_t kLongText = 60;
  SlipOnce(text, random);
  if (text.size() > kLongText) SlipOnce(text, random);
  return text;
}

}  // namespace

const char* NoiseLabel(Noise noise) {
  switch (noise) {
    case Noise::kClean:
      return "clean";
    case Noise::kTypo:
      return "typo";
    case Noise::kMissingAccents:
      return "missing_accents";
    case Noise::kMissingMarks:
      return "missing_marks";
    case Noise::kAbbreviations:
      break;
  }
  return "abbreviations";
}

std::string WithNoise(const std::string& text, Noise noise, Random& random) {
  switch (noise) {
    case Noise::kClean:
      return text;
    case Noise::kTypo:
      return WithTypos(text, random);
    case Noise::kMissingAccents:
      return WithoutAccents(text);
    case Noise::kMissingMarks:
      return WithoutMarks(text);
    case Noise::kAbbreviations:
      break;
  }
  return Abbreviated(text);
}

}  // namespace tunegate::datasets::product_intent
