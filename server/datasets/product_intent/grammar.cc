#include "server/datasets/product_intent/grammar.h"

#include <array>
#include <cstddef>
#include <utility>

namespace tunegate::datasets::product_intent {
namespace {

// Masculine and feminine singular, masculine and feminine plural.
struct Inflection {
  std::string_view key;
  std::array<const char*, 4> forms;
};

constexpr Inflection Same(std::string_view key, const char* singular, const char* plural) {
  return {key, {singular, singular, plural, plural}};
}

constexpr auto kInflections = std::to_array<Inflection>({
    {"un", {"un", "una", "unos", "unas"}},
    {"uno", {"uno", "una", "unos", "unas"}},
    {"el", {"el", "la", "los", "las"}},
    {"plos", {"los", "las", "los", "las"}},
    {"lo", {"lo", "la", "los", "las"}},
    {"otro", {"otro", "otra", "otros", "otras"}},
    {"suyo", {"suyo", "suya", "suyos", "suyas"}},
    {"viejo", {"viejo", "vieja", "viejos", "viejas"}},
    {"caro", {"caro", "cara", "caros", "caras"}},
    {"barato", {"barato", "barata", "baratos", "baratas"}},
    {"baratito", {"baratito", "baratita", "baratitos", "baratitas"}},
    {"baratico", {"baratico", "baratica", "baraticos", "baraticas"}},
    {"economico", {"económico", "económica", "económicos", "económicas"}},
    {"exclusivo", {"exclusivo", "exclusiva", "exclusivos", "exclusivas"}},
    {"comodo", {"cómodo", "cómoda", "cómodos", "cómodas"}},
    {"ecologico", {"ecológico", "ecológica", "ecológicos", "ecológicas"}},
    {"seguro", {"seguro", "segura", "seguros", "seguras"}},
    Same("mi", "mi", "mis"),
    Same("cual", "cuál", "cuáles"),
    Same("mejor", "mejor", "mejores"),
    Same("facil", "fácil", "fáciles"),
    Same("resistente", "resistente", "resistentes"),
    Same("suave", "suave", "suaves"),
    Same("es", "es", "son"),
    Same("sea", "sea", "sean"),
    Same("va", "va", "van"),
    Same("da", "da", "dan"),
    Same("ha", "ha", "han"),
    Same("hace", "hace", "hacen"),
    Same("haga", "haga", "hagan"),
    Same("dura", "dura", "duran"),
    Same("dure", "dure", "duren"),
    Same("dano", "dañó", "dañaron"),
    Same("cueste", "cueste", "cuesten"),
    Same("ocupe", "ocupe", "ocupen"),
    Same("pese", "pese", "pesen"),
    Same("falta", "falta", "faltan"),
    Same("llega", "llega", "llegan"),
    Same("funciona", "funciona", "funcionan"),
    Same("diferencia", "diferencia", "diferencian"),
    Same("gustaria", "gustaría", "gustarían"),
    Same("iria", "iría", "irían"),
    Same("llegaria", "llegaría", "llegarían"),
    // These agree with people.
    Same("le", "le", "les"),
    Same("cumple", "cumple", "cumplen"),
    Same("abra", "abra", "abran"),
    Same("deja", "deja", "dejan"),
    Same("quiere", "quiere", "quieren"),
    Same("tiene", "tiene", "tienen"),
});

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void CapitalizeFirstLetter(std::string& text) {
  constexpr std::string_view kOpeningMarks[] = {"¿", "¡"};
  size_t at = 0;
  for (const std::string_view mark : kOpeningMarks) {
    if (std::string_view(text).substr(at).starts_with(mark)) at += mark.size();
  }
  if (at < text.size() && text[at] >= 'a' && text[at] <= 'z') text[at] += 'A' - 'a';
}

}  // namespace

const char* Agree(std::string_view key, Agreement with) {
  const size_t form = (with.plural ? 2 : 0) + (with.gender == Gender::kFeminine ? 1 : 0);
  for (const Inflection& inflection : kInflections) {
    if (inflection.key == key) return inflection.forms[form];
  }
  return nullptr;
}

std::string Polish(std::string text) {
  ReplaceAll(text, "  ", " ");
  for (const auto& [apart, contracted] :
       {std::pair<std::string_view, std::string_view>{" de el ", " del "},
        {" a el ", " al "},
        {"De el ", "Del "},
        {"A el ", "Al "}}) {
    ReplaceAll(text, apart, contracted);
  }
  CapitalizeFirstLetter(text);
  return text;
}

}  // namespace tunegate::datasets::product_intent
