// The families of the test set, ten an intent: other sentences than training's, some of them edge
// cases or between two intents.
#include "server/datasets/product_intent/family.h"
#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {
namespace {

constexpr Case kEdge = Case::kEdge;
constexpr Case kAmbiguous = Case::kAmbiguous;
constexpr unsigned kPeers = kSibling | kFriend | kInLaw | kWork;
constexpr unsigned kOnePerson = ~static_cast<unsigned>(kCouple | kWoman | kMan);

std::vector<Family> Gifts() {
  constexpr Intent kIntent = Intent::kGift;
  return {
      {"gift.t01", kIntent,
       "¿Se te ocurre algún regalo para {r}? Celebramos {o} [el mes que viene|dentro de unas "
       "semanas].{.b}"},
      {"gift.t02",
       kIntent,
       "Dentro de poco {r} {cumple} años y quiero regalar{le} {un} {p}{,b}",
       {.groups = kOnePerson, .tags = {"birthday"}}},
      {"gift.t03",
       kIntent,
       "{un} {p} para {r}, es para regalar con lazo y tarjeta{,b}",
       {.features = {"gift_wrapping"}}},
      {"gift.t04", kIntent, "No tengo ni idea de qué regalar{le} a {r} [por|para] {o}{,b}"},
      {"gift.t05", kIntent, "¿Qué regalo quedaría bien para {r}?{.b}"},
      {"gift.t06",
       kIntent,
       "Por {o} me gustaría que {r} {abra} un regalo: {un} {p} {f}{,b}",
       {.tags = {"surprise"}}},
      {"gift.t07",
       kIntent,
       "Me ha tocado {r} en el <amigo invisible|intercambio de regalos> y no sé qué "
       "regalar{le}{,b}",
       {.groups = kPeers, .tags = {"secret_santa"}}},
      {"gift.t08",
       kIntent,
       "{r} no {deja} de decir que {quiere} {un} {p}{,b}",
       {.kind = kAmbiguous}},
      {"gift.t09", kIntent, "Estoy pensando en regalar{le} {un} {p} a {r} por {o}{,b}"},
      {"gift.t10",
       kIntent,
       "Hola, mira, es que {r} ya {tiene} de todo y cada año me cuesta más acertar con el regalo, "
       "así que para {o} había pensado en {un} {p} {f}, aunque acepto otras ideas{,b}",
       {.kind = kEdge}},
  };
}

std::vector<Family> PersonalUses() {
  constexpr Intent kIntent = Intent::kPersonalUse;
  return {
      {"personal.t01",
       kIntent,
       "[Me apetece|Tengo ganas de] comprarme {un} {p}{,b}",
       {.traits = kEquipment}},
      {"personal.t02",
       kIntent,
       "¿Con qué {p} [acierto|no me equivoco] si {lo} quiero para {uso}?{.b}",
       {.traits = kEquipment}},
      {"personal.t03",
       kIntent,
       "{mi} {p} ya no {da} para más y necesito {otro}{,b}",
       {.traits = kEquipment, .tags = {"replacement"}}},
      {"personal.t04", kIntent,
       "Enséñame {ps} {v2}, que [este mes|esta semana] quiero comprarme {uno}{,b}"},
      {"personal.t05", kIntent, "Hace tiempo que busco {un} {p} {f}{,b}"},
      {"personal.t06",
       kIntent,
       "[Soy principiante|Estoy empezando] y necesito {un} {p} para {uso}{,b}",
       {.traits = kEquipment, .features = {"easy_to_use"}}},
      {"personal.t07", kIntent, "{un} {p} para mí, no es para regalar{,b}", {.kind = kEdge}},
      {"personal.t08",
       kIntent,
       "Trabajo desde casa y en mi cuarto me {falta} {un} {p}{,b}",
       {.kind = kAmbiguous, .traits = kForDesk, .tags = {"remote_work"}}},
      {"personal.t09", kIntent, "{p} {f}{,b}", {.kind = kEdge}},
      {"personal.t10", kIntent, "Por fin voy a comprarme {un} {p} {v1}{,b}"},
  };
}

std::vector<Family> Businesses() {
  constexpr Intent kIntent = Intent::kBusiness;
  return {
      {"business.t01",
       kIntent,
       "Abrimos otra [oficina|tienda] el mes que viene y nos faltan {n} {ps}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.t02",
       kIntent,
       "<¿Trabajáis|¿Trabajan> con [empresas|negocios]? Nos interesan {n} {ps}.{.b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.t03",
       kIntent,
       "El departamento de [compras|administración] de {empresa} necesita {n} {ps}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.t04",
       kIntent,
       "Nos {hace} falta {un} {p} para la sala de [reuniones|espera] de {empresa}{,b}",
       {.traits = kShared}},
      {"business.t05",
       kIntent,
       "<Facturadme|Factúrenme> {n} {ps} a nombre de {empresa}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}, .features = {"invoice"}}},
      {"business.t06",
       kIntent,
       "Quiero {un} {p} {f} para cada [empleado|trabajador] de {empresa}{,b}",
       {.traits = kForBusiness, .recipient = "employees", .tags = {"bulk"}}},
      {"business.t07",
       kIntent,
       "Para la cena de Navidad de {empresa} queremos {n} {ps}, {uno} por "
       "[empleado|trabajador]{,b}",
       {.kind = kAmbiguous,
        .traits = kSmallPresent,
        .recipient = "employees",
        .tags = {"corporate_gift", "christmas"}}},
      {"business.t08",
       kIntent,
       "Se jubila un cliente importante de {empresa} y queremos mandarle {un} {p}{,b}",
       {.kind = kAmbiguous,
        .traits = kSmallPresent,
        .recipient = "clients",
        .tags = {"corporate_gift", "retirement"}}},
      {"business.t09",
       kIntent,
       "Precio de {n} {ps} para {empresa} con factura{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}, .features = {"invoice"}}},
      {"business.t10",
       kIntent,
       "Buenos días, les escribo de {empresa}: necesitaríamos {n} {ps} {fs}, "
       "con albarán y pago a treinta días{,b}",
       {.kind = kEdge, .traits = kForBusiness, .tags = {"bulk"}, .features = {"invoice"}}},
  };
}

std::vector<Family> Comparisons() {
  constexpr Intent kIntent = Intent::kComparison;
  return {
      {"comparison.t01", kIntent, "¿Qué me recomiendas, {un} {p} {v1} o {uno} {v2}?{.b}"},
      {"comparison.t02", kIntent, "{p} {v1} [vs|contra] {v2}{,b}", {.kind = kEdge}},
      {"comparison.t03", kIntent, "¿Qué diferencia hay entre {el} {p} {v1} y {el} {v2}?{.b}"},
      {"comparison.t04", kIntent, "Pros y contras: ¿{un} {p} {v1} o {uno} {v2}?{.b}"},
      {"comparison.t05", kIntent,
       "Leo opiniones de todo tipo sobre {plos} {ps} {v1} y {plos} {v2}, "
       "¿a quién hago caso?{.b}"},
      {"comparison.t06", kIntent, "Compárame {el} {p} {v1} y {el} {v2}{,b}"},
      {"comparison.t07", kIntent, "¿{es} {mejor} {el} {p} {v1} que {el} {v2}?{.b}"},
      {"comparison.t08",
       kIntent,
       "¿A {r} {le} {iria} mejor {un} {p} {v1} o {uno} {v2}?{.b}",
       {.kind = kAmbiguous, .tags = {"gift"}}},
      {"comparison.t09", kIntent,
       "¿<Merece|Vale> la pena pagar la diferencia entre {un} {p} {v1} y {uno} {v2}?{.b}"},
      {"comparison.t10",
       kIntent,
       "Llevo semanas dándole vueltas y no me decido entre {el} {p} {v1} y {el} {v2}, y todo el "
       "mundo me dice una cosa distinta{,b}",
       {.kind = kEdge}},
  };
}

std::vector<Family> Urgencies() {
  constexpr Intent kIntent = Intent::kUrgent;
  return {
      {"urgent.t01", kIntent, "¿Podría tener en casa {plazo} {un} {p}?{.b}"},
      {"urgent.t02",
       kIntent,
       "<Me he quedado|Me quedé> sin {p} y necesito {uno} {plazo}{,b}",
       {.traits = kEquipment, .tags = {"replacement"}}},
      {"urgent.t03", kIntent, "{un} {p}, por favor, que [tengo prisa|voy con prisa]{,b}"},
      {"urgent.t04", kIntent, "¿Hay envío [urgente|exprés] para {un} {p}?{.b}"},
      {"urgent.t05", kIntent, "Necesito recibir {plazo} {un} {p} {f}{,b}"},
      {"urgent.t06",
       kIntent,
       "Mi [vuelo|tren] sale mañana y me {hace} falta {un} {p} ya{,b}",
       {.traits = kForTravel, .tags = {"travel"}}},
      {"urgent.t07",
       kIntent,
       "Mañana es {o} y aún no tengo nada para {r}{,b}",
       {.kind = kAmbiguous, .tags = {"gift"}}},
      {"urgent.t08",
       kIntent,
       "No {funciona} {el} {p} de {empresa} y necesitamos {otro} {plazo}{,b}",
       {.kind = kAmbiguous,
        .traits = kShared | kEquipment,
        .recipient = "team",
        .tags = {"business", "replacement"}}},
      {"urgent.t09", kIntent, "{un} {p} hoy{,b}", {.kind = kEdge}},
      {"urgent.t10",
       kIntent,
       "Perdona las prisas, pero acabo de darme cuenta de que {el} {p} que pedí "
       "no {llega} y me {hace} falta {uno} {plazo}, da igual el color{,b}",
       {.kind = kEdge}},
  };
}

}  // namespace

const std::vector<Family>& TestFamilies() {
  static const auto* const all = [] {
    auto* families = new std::vector<Family>(Gifts());
    for (const auto& part : {PersonalUses(), Businesses(), Comparisons(), Urgencies()}) {
      families->insert(families->end(), part.begin(), part.end());
    }
    return families;
  }();
  return *all;
}

}  // namespace tunegate::datasets::product_intent
