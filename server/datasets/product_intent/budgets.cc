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
      {kTier, kClause, kSeen, "lo más barato posible"},
      {kTier, kClause, kSeen, "con poco presupuesto"},
      {kTier, kClause, kSeen, "por menos de {cuanto}"},
      {kTier, kClause, kSeen, "máximo {cuanto}"},
      {kTier, kClause, kSeen, "que {sea} {barato}"},
      {kTier, kClause, kSeen, "tengo poco <dinero|plata>"},
      {kTier, kClause, kTest, "sin gastar demasiado"},
      {kTier, kClause, kTest, "como máximo {cuanto}"},
      {kTier, kClause, kTest, "lo más barato que haya"},
      {kTier, kClause, kTest, "con un presupuesto bajo"},
      {kTier, kClause, kTest, "voy mal de <dinero|plata>"},
      {kTier, kSentence, kSeen, "No quiero gastar mucho"},
      {kTier, kSentence, kSeen, "Tengo poco presupuesto"},
      {kTier, kSentence, kSeen, "Que no {sea} muy {caro}"},
      {kTier, kSentence, kSeen, "Busco algo barato"},
      {kTier, kSentence, kTest, "Algo barato, por favor"},
      {kTier, kSentence, kTest, "No puedo gastar mucho"},
      {kTier, kSentence, kTest, "Como máximo {cuanto}"},
      {kTier, kNominal, kSeen, "{barato}"},
      {kTier, kNominal, kSeen, "de precio bajo"},
      {kTier, kNominal, kSeen, "{economico}"},
      {kTier, kNominal, kSeen, "de menos de {cuanto}"},
      {kTier, kNominal, kTest, "muy {barato}"},
      {kTier, kNominal, kTest, "<{baratito}|{baratico}>"},
      {kTier, kNominal, kTest, "de bajo <coste|costo>"},
  };
}

std::vector<BudgetPhrase> MidRange() {
  constexpr Tier kTier = Tier::kMidRange;
  return {
      {kTier, kClause, kSeen, "presupuesto medio"},
      {kTier, kClause, kSeen, "con un presupuesto medio"},
      {kTier, kClause, kSeen, "de gama media"},
      {kTier, kClause, kSeen, "de precio medio"},
      {kTier, kClause, kSeen, "por unos {cuanto}"},
      {kTier, kClause, kSeen, "alrededor de {cuanto}"},
      {kTier, kClause, kSeen, "entre {desde} y {cuanto}"},
      {kTier, kClause, kSeen, "a un precio razonable"},
      {kTier, kClause, kTest, "mi presupuesto es medio"},
      {kTier, kClause, kTest, "que tenga un precio razonable"},
      {kTier, kClause, kTest, "unos {cuanto} más o menos"},
      {kTier, kClause, kTest, "rondando los {cuanto}"},
      {kTier, kSentence, kSeen, "Mi presupuesto es medio"},
      {kTier, kSentence, kSeen, "Quiero gastar unos {cuanto}"},
      {kTier, kSentence, kSeen, "Algo de gama media"},
      {kTier, kSentence, kSeen, "Tengo entre {desde} y {cuanto}"},
      {kTier, kSentence, kTest, "Presupuesto medio, más o menos"},
      {kTier, kSentence, kTest, "Alrededor de {cuanto} estaría bien"},
      {kTier, kSentence, kTest, "Con un precio razonable"},
      {kTier, kNominal, kSeen, "de gama media"},
      {kTier, kNominal, kSeen, "de precio medio"},
      {kTier, kNominal, kSeen, "de unos {cuanto}"},
      {kTier, kNominal, kSeen, "de precio razonable"},
      {kTier, kNominal, kTest, "de calidad media"},
      {kTier, kNominal, kTest, "de alrededor de {cuanto}"},
  };
}

std::vector<BudgetPhrase> Premium() {
  constexpr Tier kTier = Tier::kPremium;
  return {
      {kTier, kClause, kSeen, "de gama alta"},
      {kTier, kClause, kSeen, "el precio no importa"},
      {kTier, kClause, kSeen, "de lujo"},
      {kTier, kClause, kSeen, "lo mejor que haya"},
      {kTier, kClause, kSeen, "por más de {cuanto}"},
      {kTier, kClause, kSeen, "con un presupuesto alto"},
      {kTier, kClause, kSeen, "premium"},
      {kTier, kClause, kSeen, "no me importa pagar más"},
      {kTier, kClause, kTest, "de la gama más alta"},
      {kTier, kClause, kTest, "no me importa el precio"},
      {kTier, kClause, kTest, "de lujo total"},
      {kTier, kClause, kTest, "lo mejor de lo mejor"},
      {kTier, kClause, kTest, "cueste lo que cueste"},
      {kTier, kSentence, kSeen, "El precio no importa"},
      {kTier, kSentence, kSeen, "Mi presupuesto es alto"},
      {kTier, kSentence, kSeen, "Quiero lo mejor que haya"},
      {kTier, kSentence, kSeen, "Puedo gastar más de {cuanto}"},
      {kTier, kSentence, kSeen, "Que {sea} de gama alta"},
      {kTier, kSentence, kTest, "Quiero lo mejor de lo mejor"},
      {kTier, kSentence, kTest, "No me importa el precio"},
      {kTier, kSentence, kTest, "Pagaría más de {cuanto}"},
      {kTier, kNominal, kSeen, "de gama alta"},
      {kTier, kNominal, kSeen, "de lujo"},
      {kTier, kNominal, kSeen, "de la mejor calidad"},
      {kTier, kNominal, kSeen, "premium"},
      {kTier, kNominal, kTest, "de calidad premium"},
      {kTier, kNominal, kTest, "de más de {cuanto}"},
      {kTier, kNominal, kTest, "{exclusivo}"},
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
