// For whom and why: recipients, occasions, companies, deadlines, and features that are asked for.
#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {
namespace {

constexpr Pool kSeen = Pool::kShared;
constexpr Pool kTest = Pool::kTestOnly;
constexpr unsigned kAdults =
    kParent | kGrandparent | kPartner | kSibling | kFriend | kInLaw | kWork | kTeacher | kCouple;
constexpr unsigned kAnybody = kAdults | kChild;
constexpr unsigned kFamily =
    kParent | kGrandparent | kPartner | kSibling | kChild | kInLaw | kCouple;

}  // namespace

const std::vector<Recipient>& Recipients() {
  static const auto* const all = new std::vector<Recipient>{
      {"mi madre", "mother", kParent | kWoman},
      {"mi mamá", "mother", kParent | kWoman},
      {"mi padre", "father", kParent | kMan},
      {"mi papá", "father", kParent | kMan},
      {"mis padres", "parents", kCouple},
      {"mi abuela", "grandmother", kGrandparent | kWoman},
      {"mi abuelo", "grandfather", kGrandparent | kMan},
      {"mi hermana", "sister", kSibling | kWoman},
      {"mi hermano", "brother", kSibling | kMan},
      {"mi novia", "partner", kPartner | kWoman},
      {"mi novio", "partner", kPartner | kMan},
      {"mi mujer", "partner", kPartner | kWoman},
      {"mi marido", "partner", kPartner | kMan},
      {"mi hija", "daughter", kChild | kWoman},
      {"mi hijo", "son", kChild | kMan},
      {"mi sobrina", "niece", kChild | kWoman},
      {"mi sobrino", "nephew", kChild | kMan},
      {"mi suegra", "in_law", kInLaw | kWoman},
      {"mi cuñado", "in_law", kInLaw | kMan},
      {"mi mejor amiga", "friend", kFriend | kWoman},
      {"un amigo", "friend", kFriend | kMan},
      {"una compañera de trabajo", "colleague", kWork | kWoman},
      {"un compañero de trabajo", "colleague", kWork | kMan},
      {"mi jefa", "boss", kWork | kWoman},
      {"mi jefe", "boss", kWork | kMan},
      {"la profesora de mi hijo", "teacher", kTeacher | kWoman},
      {"el tutor de mi hija", "teacher", kTeacher | kMan},
  };
  return *all;
}

const std::vector<Occasion>& Occasions() {
  static const auto* const all = new std::vector<Occasion>{
      {"su cumpleaños", "cumpleaños", "birthday", kAnybody & ~kCouple, 0},
      {"su cumpleaños", "cumpleaños", "birthday", kAnybody & ~kCouple, 0},  // the commonest
      {"Navidad", "Navidad", "christmas", kAnybody, 0},
      {"Reyes", "Reyes", "three_kings", kFamily, 0},
      {"su boda", "boda", "wedding", kSibling | kFriend | kInLaw, 0},
      {"nuestro aniversario", "aniversario", "anniversary", kPartner, 0},
      {"su aniversario de boda", "aniversario", "anniversary", kCouple, 0},
      {"San Valentín", "San Valentín", "valentines", kPartner, 0},
      {"su graduación", "graduación", "graduation", kSibling | kFriend | kPartner, 0},
      {"su jubilación", "jubilación", "retirement", kParent | kWork | kTeacher | kInLaw, 0},
      {"el Día de la Madre", "Día de la Madre", "mothers_day", kParent | kGrandparent, kWoman},
      {"el Día del Padre", "Día del Padre", "fathers_day", kParent | kGrandparent, kMan},
      {"su santo", "santo", "name_day", kParent | kGrandparent | kInLaw, 0},
      {"su primera comunión", "comunión", "communion", kChild, 0},
      {"el fin de curso", "fin de curso", "end_of_school", kTeacher | kChild, 0},
      {"la inauguración de su casa", "inauguración de casa", "housewarming",
       kSibling | kFriend | kCouple, 0},
  };
  return *all;
}

const std::vector<Feature>& Features() {
  static const auto* const all = new std::vector<Feature>{
      {"durable", "que {dure} muchos años"},
      {"easy_to_use", "{facil} de [usar|manejar]"},
      {"quiet", "que no {haga} ruido"},
      {"compact", "que {ocupe} poco"},
      {"lightweight", "que {pese} poco"},
      {"battery_life", "con buena batería"},
      {"warranty", "con buena garantía"},
      {"comfort", "{comodo}"},
      {"easy_cleaning", "{facil} de limpiar"},
      {"waterproof", "{resistente} al agua"},
      {"design", "con un diseño bonito"},
      {"image_quality", "con buena imagen"},
      {"sound_quality", "con buen sonido"},
      {"sustainable", "{ecologico}"},
      {"softness", "muy {suave}"},
      {"safety", "que {sea} {seguro}"},
  };
  return *all;
}

const std::vector<Wording>& Deadlines() {
  static const auto* const all = new std::vector<Wording>{
      {kSeen, "para mañana"},           {kSeen, "para hoy mismo"},
      {kSeen, "antes del viernes"},     {kSeen, "en 24 horas"},
      {kSeen, "esta misma tarde"},      {kSeen, "mañana a primera hora"},
      {kSeen, "cuanto antes"},          {kSeen, "hoy sin falta"},
      {kTest, "antes del sábado"},      {kTest, "mañana por la mañana"},
      {kTest, "hoy antes de las ocho"}, {kTest, "en un par de horas"},
  };
  return *all;
}

const std::vector<Wording>& Companies() {
  static const auto* const all = new std::vector<Wording>{
      {kSeen, "mi empresa"},      {kSeen, "la empresa"},       {kSeen, "la oficina"},
      {kSeen, "nuestra oficina"}, {kSeen, "mi tienda"},        {kSeen, "el restaurante"},
      {kSeen, "nuestra clínica"}, {kSeen, "mi negocio"},       {kTest, "nuestra empresa"},
      {kTest, "el hotel"},        {kTest, "nuestra asesoría"}, {kTest, "nuestro negocio"},
  };
  return *all;
}

}  // namespace tunegate::datasets::product_intent
