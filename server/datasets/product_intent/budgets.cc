// How a budget is said, per tier, outright and between the lines.
#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {
namespace {

constexpr Pool kSeen = Pool::kShared;
constexpr Pool kTest = Pool::kTestOnly;
constexpr BudgetForm kClause = BudgetForm::kClause;
constexpr BudgetForm kSentence = BudgetForm::kSentence;
constexpr BudgetForm kNominal = BudgetForm::kNominal;

std::vector<BudgetPhrase> Economic() {
  constexpr Tier kTier = Tier::kEconomic;
  return {
      {kTier, kClause, kSeen, "sin gastar mucho"},
      {kTier, kClause, kSeen, "que no {sea} muy {caro}"},
      {kTier, kClause, kSeen, "lo más económico posible"},
      {kTier, kClause, kSeen, "con poco presupuesto"},
      {kTier, kClause, kSeen, "tengo poco <dinero|plata>"},
      {kTier, kClause, kSeen, "por menos de {cuanto}"},
      {kTier, kClause, kSeen, "hasta {cuanto}"},
      {kTier, kClause, kSeen, "a buen precio"},
      {kTier, kClause, kSeen, "que {sea} {barato}"},
      {kTier, kClause, kSeen, "máximo {cuanto}"},
      {kTier, kClause, kTest, "que no me arruine"},
      {kTier, kClause, kTest, "como mucho {cuanto}"},
      {kTier, kClause, kTest, "que este mes voy mal de <dinero|plata>"},
      {kTier, kClause, kTest, "de bajo <coste|costo>"},
      {kTier, kClause, kTest, "cuanto menos cueste, mejor"},
      {kTier, kClause, kTest, "si puede ser de oferta"},
      {kTier, kSentence, kSeen, "No quiero gastar mucho"},
      {kTier, kSentence, kSeen, "Mi presupuesto es bajo"},
      {kTier, kSentence, kSeen, "Tengo solo {cuanto}"},
      {kTier, kSentence, kSeen, "Busco algo barato"},
      {kTier, kSentence, kSeen, "Que no pase de {cuanto}"},
      {kTier, kSentence, kTest, "No me puedo permitir gran cosa"},
      {kTier, kSentence, kTest, "Llego a {cuanto} y gracias"},
      {kTier, kSentence, kTest, "Ando corto de <dinero|plata>"},
      {kTier, kNominal, kSeen, "{barato}"},
      {kTier, kNominal, kSeen, "de precio bajo"},
      {kTier, kNominal, kSeen, "{economico}"},
      {kTier, kNominal, kSeen, "de menos de {cuanto}"},
      {kTier, kNominal, kTest, "de oferta"},
      {kTier, kNominal, kTest, "de bajo <coste|costo>"},
      {kTier, kNominal, kTest, "<baratit{o}|baratic{o}>"},
  };
}

std::vector<BudgetPhrase> MidRange() {
  constexpr Tier kTier = Tier::kMidRange;
  return {
      {kTier, kClause, kSeen, "presupuesto medio"},
      {kTier, kClause, kSeen, "con un presupuesto medio"},
      {kTier, kClause, kSeen, "de gama media"},
      {kTier, kClause, kSeen, "de precio intermedio"},
      {kTier, kClause, kSeen, "por unos {cuanto}"},
      {kTier, kClause, kSeen, "alrededor de {cuanto}"},
      {kTier, kClause, kSeen, "ni muy {caro} ni muy {barato}"},
      {kTier, kClause, kSeen, "con buena relación calidad-precio"},
      {kTier, kClause, kSeen, "entre {desde} y {cuanto}"},
      {kTier, kClause, kSeen, "a un precio razonable"},
      {kTier, kClause, kTest, "de precio normal"},
      {kTier, kClause, kTest, "sin irme a lo más caro ni a lo más barato"},
      {kTier, kClause, kTest, "rondando los {cuanto}"},
      {kTier, kClause, kTest, "gastando lo normal"},
      {kTier, kClause, kTest, "de calidad media"},
      {kTier, kClause, kTest, "que cueste sobre {cuanto}"},
      {kTier, kSentence, kSeen, "Mi presupuesto es medio"},
      {kTier, kSentence, kSeen, "Quiero gastar unos {cuanto}"},
      {kTier, kSentence, kSeen, "Algo de precio razonable"},
      {kTier, kSentence, kSeen, "Tengo entre {desde} y {cuanto}"},
      {kTier, kSentence, kSeen, "Ni lo más caro ni lo más barato"},
      {kTier, kSentence, kTest, "Un precio normalito me va bien"},
      {kTier, kSentence, kTest, "Calculo que {cuanto}, más o menos"},
      {kTier, kSentence, kTest, "Con un gasto moderado"},
      {kTier, kNominal, kSeen, "de gama media"},
      {kTier, kNominal, kSeen, "de precio medio"},
      {kTier, kNominal, kSeen, "de unos {cuanto}"},
      {kTier, kNominal, kSeen, "de calidad media"},
      {kTier, kNominal, kTest, "de precio moderado"},
      {kTier, kNominal, kTest, "de {cuanto} o así"},
      {kTier, kNominal, kTest, "ni {caro} ni {barato}"},
  };
}

std::vector<BudgetPhrase> Premium() {
  constexpr Tier kTier = Tier::kPremium;
  return {
      {kTier, kClause, kSeen, "de gama alta"},
      {kTier, kClause, kSeen, "el precio no importa"},
      {kTier, kClause, kSeen, "sin límite de presupuesto"},
      {kTier, kClause, kSeen, "de lujo"},
      {kTier, kClause, kSeen, "de la mejor calidad"},
      {kTier, kClause, kSeen, "lo mejor que haya"},
      {kTier, kClause, kSeen, "puedo gastar hasta {cuanto}"},
      {kTier, kClause, kSeen, "con un presupuesto alto"},
      {kTier, kClause, kSeen, "premium"},
      {kTier, kClause, kSeen, "de primera marca"},
      {kTier, kClause, kTest, "me da igual lo que cueste"},
      {kTier, kClause, kTest, "no me importa pagar más"},
      {kTier, kClause, kTest, "tope de gama"},
      {kTier, kClause, kTest, "lo mejor de lo mejor"},
      {kTier, kClause, kTest, "pagaría {cuanto} sin problema"},
      {kTier, kClause, kTest, "cueste lo que cueste"},
      {kTier, kSentence, kSeen, "El precio no es problema"},
      {kTier, kSentence, kSeen, "Mi presupuesto es alto"},
      {kTier, kSentence, kSeen, "Quiero lo mejor que haya"},
      {kTier, kSentence, kSeen, "Puedo gastar {cuanto}"},
      {kTier, kSentence, kSeen, "Que {sea} de gama alta"},
      {kTier, kSentence, kTest, "No pienso escatimar"},
      {kTier, kSentence, kTest, "Si hay que pagar {cuanto}, se pagan"},
      {kTier, kSentence, kTest, "Solo me vale lo más exclusivo"},
      {kTier, kNominal, kSeen, "de gama alta"},
      {kTier, kNominal, kSeen, "de lujo"},
      {kTier, kNominal, kSeen, "de primera calidad"},
      {kTier, kNominal, kSeen, "premium"},
      {kTier, kNominal, kTest, "{exclusivo}"},
      {kTier, kNominal, kTest, "de más de {cuanto}"},
      {kTier, kNominal, kTest, "de alta gama"},
  };
}

}  // namespace

const char* TierLabel(Tier tier) {
  switch (tier) {
    case Tier::kMidRange:
      return "mid_range";
    case Tier::kEconomic:
      return "economic";
    case Tier::kPremium:
      return "premium";
    case Tier::kUnspecified:
      break;
  }
  return "unspecified";
}

const std::vector<BudgetPhrase>& BudgetPhrases() {
  static const auto* const all = [] {
    auto* phrases = new std::vector<BudgetPhrase>(Economic());
    for (const auto& part : {MidRange(), Premium()}) {
      phrases->insert(phrases->end(), part.begin(), part.end());
    }
    return phrases;
  }();
  return *all;
}

}  // namespace tunegate::datasets::product_intent
