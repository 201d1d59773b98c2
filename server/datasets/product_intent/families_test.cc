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
       "¿Se te ocurre algo para {r}? Celebramos {o} [el mes que viene|dentro de "
       "unas semanas].{.b}"},
      {"gift.t02",
       kIntent,
       "Dentro de poco {r} {cumple} años y he pensado en {un} {p}{,b}",
       {.groups = kOnePerson, .tags = {"birthday"}}},
      {"gift.t03",
       kIntent,
       "{un} {p} para {r}, y que venga con lazo y tarjeta{,b}",
       {.features = {"gift_wrapping"}}},
      {"gift.t04", kIntent, "No tengo ni idea de qué comprar{le} a {r} [por|para] {o}{,b}"},
      {"gift.t05", kIntent, "¿Qué presente quedaría bien para {r}?{.b}"},
      {"gift.t06",
       kIntent,
       "Quiero que {r} {abra} una caja con {un} {p} {f} por {o}{,b}",
       {.tags = {"surprise"}}},
      {"gift.t07",
       kIntent,
       "Me ha tocado {r} en el <amigo invisible|intercambio de regalos>{,b}",
       {.kind = kEdge, .groups = kPeers, .tags = {"secret_santa"}}},
      {"gift.t08",
       kIntent,
       "{r} no {deja} de decir que {quiere} {un} {p}{,b}",
       {.kind = kAmbiguous}},
      {"gift.t09",
       kIntent,
       "[He visto|Vi] {un} {p} en un escaparate y pensé enseguida en {r}{,b}",
       {.kind = kAmbiguous}},
      {"gift.t10",
       kIntent,
       "Hola, mira, es que {r} ya {tiene} de todo y cada año me cuesta más "
       "acertar, así que para {o} había pensado en {un} {p} {f}, aunque acepto "
       "otras ideas{,b}",
       {.kind = kEdge}},
  };
}

std::vector<Family> PersonalUses() {
  constexpr Intent kIntent = Intent::kPersonalUse;
  return {
      {"personal.t01",
       kIntent,
       "[Me apetece|Tengo ganas de] estrenar {un} {p}{,b}",
       {.traits = kEquipment}},
      {"personal.t02",
       kIntent,
       "¿Con qué {p} [acierto|no me equivoco] si {lo} voy a usar para {uso}?"
       "{.b}",
       {.traits = kEquipment}},
      {"personal.t03",
       kIntent,
       "{mi} {p} ya no {da} para más, toca jubilar{lo}{,b}",
       {.traits = kEquipment, .tags = {"replacement"}}},
      {"personal.t04", kIntent,
       "Enséñame {ps} {v2}, que [este mes|esta semana] me compro {uno}{,b}"},
      {"personal.t05", kIntent, "Hace tiempo que ando detrás de {un} {p} {f}{,b}"},
      {"personal.t06",
       kIntent,
       "[Soy principiante|Estoy empezando] y querría {un} {p} para {uso}{,b}",
       {.traits = kEquipment, .features = {"easy_to_use"}}},
      {"personal.t07",
       kIntent,
       "No es para regalar, {el} {p} {es} para [mí|uso propio]{,b}",
       {.kind = kEdge}},
      {"personal.t08",
       kIntent,
       "Trabajo desde casa y en mi cuarto me {falta} {un} {p}{,b}",
       {.kind = kAmbiguous, .traits = kForDesk, .tags = {"remote_work"}}},
      {"personal.t09", kIntent, "{p} {f}{,b}", {.kind = kEdge}},
      {"personal.t10",
       kIntent,
       "Mi pareja dice que no {lo} necesito, pero yo quiero {un} {p} "
       "igualmente{,b}",
       {.kind = kAmbiguous, .tags = {"treat"}}},
  };
}

std::vector<Family> Businesses() {
  constexpr Intent kIntent = Intent::kBusiness;
  return {
      {"business.t01",
       kIntent,
       "Abrimos [otra sede|un local] el mes que viene y faltan {n} {ps}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.t02",
       kIntent,
       "<¿Trabajáis|¿Trabajan> con pymes? Nos interesan {n} {ps}.{.b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.t03",
       kIntent,
       "El departamento de [compras|administración] me pide {n} {ps}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.t04",
       kIntent,
       "Nos vendría bien {un} {p} para la sala de [reuniones|espera]{,b}",
       {.traits = kShared}},
      {"business.t05",
       kIntent,
       "<Facturadme|Factúrenme> {n} {ps} a nombre de {empresa}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}, .features = {"invoice"}}},
      {"business.t06",
       kIntent,
       "Cada [trabajador|miembro] de la plantilla recibirá {un} {p} {f}{,b}",
       {.kind = kAmbiguous, .traits = kForBusiness, .recipient = "employees", .tags = {"bulk"}}},
      {"business.t07",
       kIntent,
       "En la cena de Navidad de {empresa} quiero dar {un} {p} a cada "
       "[empleado|persona]{,b}",
       {.kind = kAmbiguous,
        .traits = kSmallPresent,
        .recipient = "employees",
        .tags = {"corporate_gift", "christmas"}}},
      {"business.t08",
       kIntent,
       "Un cliente importante se jubila y queremos mandarle {un} {p} en "
       "nombre de la [firma|compañía]{,b}",
       {.kind = kAmbiguous,
        .traits = kSmallPresent,
        .recipient = "clients",
        .tags = {"corporate_gift", "retirement"}}},
      {"business.t09",
       kIntent,
       "Tarifa de mayorista para {ps}, pedido mínimo de {n}{,b}",
       {.kind = kEdge, .traits = kForBusiness, .tags = {"bulk"}, .features = {"volume_discount"}}},
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
      {"comparison.t01", kIntent, "¿Te quedarías con {un} {p} {v1} o con {uno} {v2}?{.b}"},
      {"comparison.t02", kIntent, "{p} {v1} [vs|contra] {v2}{,b}", {.kind = kEdge}},
      {"comparison.t03", kIntent, "¿En qué se {diferencia} {el} {p} {v1} de {el} {v2}?{.b}"},
      {"comparison.t04", kIntent, "Pros y contras: {p} {v1} o {v2}{,b}"},
      {"comparison.t05", kIntent,
       "Leo opiniones de todo tipo sobre {plos} {ps} {v1} y {plos} {v2}, "
       "¿a quién hago caso?{.b}"},
      {"comparison.t06", kIntent, "Ponme frente a frente {el} {p} {v1} y {el} {v2}{,b}"},
      {"comparison.t07",
       kIntent,
       "Tengo {un} {p} {v1}, ¿gano algo si me paso a {uno} {v2}?{.b}",
       {.kind = kAmbiguous, .traits = kEquipment, .recipient = "self", .tags = {"upgrade"}}},
      {"comparison.t08",
       kIntent,
       "¿A {r} {le} {iria} mejor {un} {p} {v1} o {uno} {v2}?{.b}",
       {.kind = kAmbiguous, .tags = {"gift"}}},
      {"comparison.t09", kIntent,
       "¿Compensa la diferencia de precio entre {un} {p} {v1} y {uno} {v2}?"
       "{.b}"},
      {"comparison.t10",
       kIntent,
       "Llevo semanas dándole vueltas y no me decido, por un lado {el} {p} "
       "{v1}, por otro {el2} {p2}, y todo el mundo me dice una cosa "
       "distinta{,b}",
       {.kind = kEdge}},
  };
}

std::vector<Family> Urgencies() {
  constexpr Intent kIntent = Intent::kUrgent;
  return {
      {"urgent.t01", kIntent, "¿Me {llegaria} {plazo} si pido ahora {un} {p}?{.b}"},
      {"urgent.t02",
       kIntent,
       "<Me he quedado|Me quedé> sin {p} y {lo} quiero {plazo}{,b}",
       {.traits = kEquipment, .tags = {"replacement"}}},
      {"urgent.t03",
       kIntent,
       "{un} {p}, por favor, que [no llego|voy contrarreloj]{,b}",
       {.kind = kEdge}},
      {"urgent.t04", kIntent, "¿Hay mensajería [exprés|en el día] para {un} {p}?{.b}"},
      {"urgent.t05", kIntent, "Tiene que estar en casa {plazo}: {un} {p} {f}{,b}"},
      {"urgent.t06",
       kIntent,
       "Mi [vuelo|tren] sale en unas horas y no tengo {p}{,b}",
       {.tags = {"travel"}}},
      {"urgent.t07",
       kIntent,
       "Mañana celebramos {o} con {r} y aún no tengo nada{,b}",
       {.kind = kAmbiguous, .tags = {"gift"}}},
      {"urgent.t08",
       kIntent,
       "{empresa} a medio gas porque no {funciona} {el} {p}, {otro} {plazo} o "
       "cerramos{,b}",
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
