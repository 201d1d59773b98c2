// The families of training and validation.
#include "server/datasets/product_intent/family.h"
#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {
namespace {

constexpr Case kEdge = Case::kEdge;
constexpr Case kAmbiguous = Case::kAmbiguous;

std::vector<Family> Gifts() {
  constexpr Intent kIntent = Intent::kGift;
  return {
      {"gift.01",
       kIntent,
       "[Busco|Estoy buscando] algo especial para {r} [por|para] {o}{,b}",
       {.tags = {"special"}}},
      {"gift.02", kIntent, "[Quiero|Me gustaría] regalar{le} {un} {p} a {r}{,b}"},
      {"gift.03", kIntent, "[Regalo|Un regalo] para {r} por {o}{,b}"},
      {"gift.04", kIntent, "¿Qué {p} me [recomiendas|aconsejas] para regalar a {r}?{.b}"},
      {"gift.05", kIntent, "Se acerca {o} y no sé qué regalar{le} a {r}{,b}"},
      {"gift.06", kIntent,
       "[Ideas de regalo|Necesito ideas de regalo] para {r}, [quizás|a lo mejor] "
       "{un} {p}{,b}"},
      {"gift.07", kIntent, "A {r} {le} {hace} falta {un} {p} y se {lo} quiero regalar por {o}{,b}"},
      {"gift.08",
       kIntent,
       "Quiero sorprender a {r} con {un} {p}{bn} por {o}",
       {.tags = {"surprise"}}},
      {"gift.09", kIntent, "Busco {un} {p} {f} para {r}, es para regalar{,b}"},
      {"gift.10", kIntent,
       "¿Me [ayudas|puedes ayudar] a elegir un regalo para {r}? [Había pensado|"
       "Pensaba] en {un} {p}{,b}"},
      {"gift.11", kIntent, "[Un detalle|Un detallito] para {r}{,b}", {.kind = kEdge}},
      {"gift.12", kIntent, "Para {o} quiero comprar{le} {un} {p} a {r}{,b}"},
      {"gift.13",
       kIntent,
       "{un} {p}{bn} para {r}, con [envoltorio|papel] de regalo",
       {.features = {"gift_wrapping"}}},
      {"gift.14",
       kIntent,
       "[Somos varios y queremos|Nos juntamos unos cuantos para] regalar{le} {un} "
       "{p} a {r} por {o}{,b}",
       {.tags = {"group_gift"}}},
      {"gift.15", kIntent, "¿Qué se {le} puede regalar a {r} por {o}?{.b}"},
      {"gift.16", kIntent, "Tengo que comprar [el regalo|un regalo] de {od} para {r}{,b}"},
      {"gift.17", kIntent, "Regalo de {od} para {r}: {un} {p} {f}{,b}"},
      {"gift.18", kIntent, "Este año me toca a mí elegir el regalo de {r} por {o}.{.b}"},
      {"gift.19", kIntent,
       "Quiero tener un detalle con {r}, [creo que|pienso que] {un} {p} {le} "
       "{gustaria}{,b}"},
      {"gift.20",
       kIntent,
       "{un} {p} para {r}, que {el} {suyo} ya no {va} bien{,b}",
       {.kind = kAmbiguous, .traits = kEquipment, .tags = {"replacement"}}},
  };
}

std::vector<Family> PersonalUses() {
  constexpr Intent kIntent = Intent::kPersonalUse;
  return {
      {"personal.01", kIntent, "[Busco|Necesito] {un} {p} para mí{,b}"},
      {"personal.02", kIntent, "[Quiero|Voy a] comprarme {un} {p}{bn} para {uso}"},
      {"personal.03",
       kIntent,
       "Se me <{ha} estropeado|{dano}> {el} {p} y necesito {otro}{,b}",
       {.traits = kEquipment, .tags = {"replacement"}}},
      {"personal.04", kIntent, "[Necesito|Me hace falta] {un} {p} para {uso}{,b}"},
      {"personal.05", kIntent, "¿Qué {p} me [recomiendas|aconsejas] para {uso}?{.b}"},
      {"personal.06", kIntent, "[Estoy buscando|Ando buscando] {un} {p} {f}{,b}"},
      {"personal.07",
       kIntent,
       "Quiero [renovar|cambiar] {mi} {p}{,b}",
       {.traits = kEquipment, .tags = {"upgrade"}}},
      {"personal.08",
       kIntent,
       "Estoy pensando en cambiar de {p}, {lo} uso [mucho|sobre todo] para "
       "{uso}{,b}",
       {.traits = kEquipment, .tags = {"upgrade"}}},
      {"personal.09",
       kIntent,
       "<Me he mudado|Me acabo de mudar> y [me|aún me] {falta} {un} {p}{,b}",
       {.traits = kForHome, .tags = {"housewarming"}}},
      {"personal.10",
       kIntent,
       "Para {uso} tengo {un} {p} muy {viejo}, quiero {uno} {mejor}{,b}",
       {.traits = kEquipment, .tags = {"upgrade"}}},
      {"personal.11", kIntent, "Busco {un} {p} {v1} para {uso}{,b}"},
      {"personal.12", kIntent, "<¿Tenéis|¿Tienen> {ps} {v1}? Sería para {uso}.{.b}"},
      {"personal.13", kIntent, "Es para mí, {un} {p} {f}{,b}"},
      {"personal.14", kIntent, "{p} [{v1}|{v2}]{,b}", {.kind = kEdge}},
      {"personal.15",
       kIntent,
       "[Quiero|Me voy a] darme un capricho: {un} {p}{bn}",
       {.kind = kAmbiguous, .tags = {"treat"}}},
      {"personal.16",
       kIntent,
       "Vivo en un <piso|departamento> pequeño y quiero {un} {p} que {ocupe} "
       "poco{,b}",
       {.traits = kForHome, .features = {"compact"}}},
      {"personal.17",
       kIntent,
       "Me gustaría comprar {un} {p} para {uso} y no entiendo mucho del tema"
       "{,b}",
       {.features = {"easy_to_use"}}},
      {"personal.18", kIntent, "[Tengo ganas de|Quiero] tener {un} {p} {v2}{,b}"},
      {"personal.19",
       kIntent,
       "¿{cual} {es} {el} {mejor} {p} para alguien que empieza?{.b}",
       {.traits = kEquipment}},
      {"personal.20",
       kIntent,
       "{mi} {p} {va} fatal, ¿me [recomiendas|aconsejas] {otro}?{.b}",
       {.traits = kEquipment, .tags = {"replacement"}}},
  };
}

std::vector<Family> Businesses() {
  constexpr Intent kIntent = Intent::kBusiness;
  return {
      {"business.01",
       kIntent,
       "[Necesito|Necesitamos] {n} {ps} para {empresa}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.02", kIntent, "Buscamos {un} {p}{bn} para {empresa}", {.traits = kShared}},
      {"business.03",
       kIntent,
       "<¿Hacéis|¿Hacen> descuento por cantidad? Queremos {n} {ps}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}, .features = {"volume_discount"}}},
      {"business.04",
       kIntent,
       "Tengo que equipar {empresa} con {ps} {fs}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.05",
       kIntent,
       "Compra de {n} {ps} para {empresa}, [con factura|necesito factura]{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}, .features = {"invoice"}}},
      {"business.06",
       kIntent,
       "Queremos renovar {plos} {ps} de {empresa}{,b}",
       {.traits = kForBusiness | kEquipment, .tags = {"upgrade"}}},
      {"business.07",
       kIntent,
       "Detalles para los clientes de {empresa}: {n} {ps}{,b}",
       {.kind = kAmbiguous,
        .traits = kSmallPresent,
        .recipient = "clients",
        .tags = {"corporate_gift"}}},
      {"business.08",
       kIntent,
       "Somos una empresa [pequeña|familiar] y buscamos {un} {p} {f}{,b}",
       {.traits = kShared}},
      {"business.09",
       kIntent,
       "¿Qué {p} [recomiendas|aconsejas] para el equipo de {empresa}?{.b}",
       {.traits = kForBusiness}},
      {"business.10",
       kIntent,
       "Pido presupuesto para {n} {ps} con entrega en {empresa}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
      {"business.11",
       kIntent,
       "Regalos de empresa: {n} {ps} con nuestro logotipo{,b}",
       {.kind = kAmbiguous,
        .traits = kSmallPresent,
        .recipient = "clients",
        .tags = {"corporate_gift", "bulk"},
        .features = {"customization"}}},
      {"business.12",
       kIntent,
       "Para los empleados de {empresa} quiero {n} {ps}{,b}",
       {.traits = kForBusiness, .recipient = "employees", .tags = {"bulk"}}},
      {"business.13",
       kIntent,
       "Soy autónom[o|a] y necesito {un} {p} para mi negocio{,b}",
       {.traits = kForBusiness, .recipient = "self", .features = {"invoice"}}},
      {"business.14",
       kIntent,
       "Abrimos {empresa} en enero y hay que comprar {ps}{,b}",
       {.traits = kForBusiness}},
      {"business.15",
       kIntent,
       "Precio para empresas de {n} {ps}{,b}",
       {.kind = kEdge, .traits = kForBusiness, .tags = {"bulk"}, .features = {"volume_discount"}}},
      {"business.16",
       kIntent,
       "Mi jefe quiere {un} {p} para la sala de {empresa}{,b}",
       {.traits = kShared}},
      {"business.17",
       kIntent,
       "Nos hacen falta {n} {ps} para el personal, [factura|facturas] a {empresa}{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}, .features = {"invoice"}}},
      {"business.18",
       kIntent,
       "<¿Vendéis|¿Venden> a empresas? Buscamos {ps} {fs}.{.b}",
       {.traits = kForBusiness}},
      {"business.19",
       kIntent,
       "Obsequio de Navidad para los trabajadores de {empresa}: {n} {ps}{,b}",
       {.kind = kAmbiguous,
        .traits = kSmallPresent,
        .recipient = "employees",
        .tags = {"corporate_gift", "christmas"}}},
      {"business.20",
       kIntent,
       "Buenas tardes, desde {empresa} queremos pedir {n} {ps} con pago por transferencia{,b}",
       {.traits = kForBusiness, .tags = {"bulk"}}},
  };
}

std::vector<Family> Comparisons() {
  constexpr Intent kIntent = Intent::kComparison;
  return {
      {"comparison.01", kIntent, "¿Qué es mejor, {un} {p} {v1} o {uno} {v2}?{.b}"},
      {"comparison.02", kIntent, "[Dudo|Estoy dudando] entre {un} {p} {v1} y {uno} {v2}{,b}"},
      {"comparison.03", kIntent,
       "[Diferencias|Qué diferencias hay] entre {plos} {ps} {v1} y {plos} "
       "{v2}{,b}"},
      {"comparison.04", kIntent, "¿<Merece|Vale> la pena {un} {p} {v1} frente a {uno} {v2}?{.b}"},
      {"comparison.05", kIntent, "[Comparativa|Comparación] de {ps}{bn} para {uso}"},
      {"comparison.06", kIntent,
       "¿{un} {p} {v1} o mejor {uno} {v2}? No sé [cuál|qué] me conviene.{.b}"},
      {"comparison.07", kIntent, "[Ayúdame|Ayúdenme] a comparar {ps} {v1} y {v2}{,b}"},
      {"comparison.08", kIntent,
       "Entre {el} {p} {v1} y {el} {v2}, ¿{cual} me [recomiendas|llevo]?{.b}"},
      {"comparison.09", kIntent, "No sé si comprar {un} {p} {v1} o {uno} {v2} para {uso}{,b}"},
      {"comparison.10",
       kIntent,
       "¿{cual} {dura} más, {el} {p} {v1} o {el} {v2}?{.b}",
       {.features = {"durable"}}},
      {"comparison.11", kIntent, "Ventajas e inconvenientes de {el} {p} {v1} y de {el} {v2}{,b}"},
      {"comparison.12", kIntent, "Quiero comparar precios de {ps} {v1} y de {ps} {v2}{,b}"},
      {"comparison.13",
       kIntent,
       "Para regalar a {r}, ¿{un} {p} {v1} o {uno} {v2}?{.b}",
       {.kind = kAmbiguous, .tags = {"gift"}}},
      {"comparison.14", kIntent, "{ps} {v1} contra {v2}: ¿opiniones?{.b}", {.kind = kEdge}},
      {"comparison.15", kIntent,
       "Me han hablado bien de {el} {p} {v1} y de {el} {v2}, ¿con {cual} me quedo?{.b}"},
      {"comparison.16", kIntent, "¿Hay mucha diferencia entre {un} {p} {v1} y {uno} {v2}?{.b}"},
      {"comparison.17", kIntent, "No me decido: {p} {v1} o {v2} para {uso}{,b}"},
  };
}

std::vector<Family> Urgencies() {
  constexpr Intent kIntent = Intent::kUrgent;
  return {
      {"urgent.01", kIntent, "Necesito {un} {p} {plazo}{,b}"},
      {"urgent.02", kIntent, "¡Urgente! [Busco|Necesito] {un} {p}{bn}"},
      {"urgent.03", kIntent, "¿Qué {ps} <podéis|pueden> entregar {plazo}?{.b}"},
      {"urgent.04",
       kIntent,
       "Se me {ha} roto {el} {p} y necesito {otro} {plazo}{,b}",
       {.kind = kAmbiguous, .traits = kEquipment, .tags = {"replacement"}}},
      {"urgent.05", kIntent, "<¿Tenéis|¿Tienen> envío [urgente|exprés]? Quiero {un} {p}{,b}"},
      {"urgent.06", kIntent, "Me corre [mucha|muchísima] prisa: {un} {p} para {uso}{,b}"},
      {"urgent.07",
       kIntent,
       "<Se me ha olvidado|Se me olvidó> el regalo de {r} y lo necesito {plazo}"
       "{,b}",
       {.kind = kAmbiguous, .tags = {"gift"}}},
      {"urgent.08",
       kIntent,
       "Salgo de viaje [mañana|el lunes] y me {falta} {un} {p}{,b}",
       {.traits = kForTravel, .tags = {"travel"}}},
      {"urgent.09", kIntent, "¿Dónde puedo recoger hoy {un} {p}?{.b}"},
      {"urgent.10", kIntent, "{un} {p} con entrega inmediata{,b}", {.kind = kEdge}},
      {"urgent.11", kIntent, "No puedo esperar: {un} {p} {plazo}{,b}"},
      {"urgent.12", kIntent, "Lo antes posible, {un} {p} {f}{,b}"},
      {"urgent.13",
       kIntent,
       "Para {empresa}, {n} {ps} {plazo}{,b}",
       {.kind = kAmbiguous,
        .traits = kForBusiness,
        .recipient = "team",
        .tags = {"business", "bulk"}}},
      {"urgent.14", kIntent, "¿Puede llegar {plazo} {un} {p}?{.b}"},
      {"urgent.15",
       kIntent,
       "Mañana tengo un viaje y me hace falta {un} {p} ya{,b}",
       {.traits = kForTravel, .tags = {"travel"}}},
      {"urgent.16",
       kIntent,
       "{un} {p}, rápido, que [tengo prisa|me corre prisa]{,b}",
       {.kind = kEdge}},
      {"urgent.17", kIntent, "Quiero {un} {p} y que {lo} entreguen {plazo}{,b}"},
      {"urgent.18",
       kIntent,
       "Mi hijo lo necesita para el colegio {plazo}: {un} {p}{,b}",
       {.kind = kAmbiguous, .traits = kForChildren, .recipient = "son", .tags = {"study"}}},
      {"urgent.19",
       kIntent,
       "Hoy es {o} y no tengo nada para {r}, ¿qué llega [hoy mismo|hoy]?{.b}",
       {.kind = kAmbiguous, .tags = {"gift"}}},
      {"urgent.20", kIntent, "Envío en el día: {un} {p} {f}{,b}"},
  };
}

}  // namespace

const std::vector<Family>& TrainFamilies() {
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
