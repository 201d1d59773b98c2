// What is bought: about fifty products with gender, number and what they are fit for.
#include "server/datasets/product_intent/lexicon.h"

namespace tunegate::datasets::product_intent {
namespace {

constexpr Gender kM = Gender::kMasculine;
constexpr Gender kF = Gender::kFeminine;
constexpr Noun kSame = {nullptr, nullptr, kM};

std::vector<Product> Technology() {
  return {
      // clang-format off
      {"electronics", {"ordenador portátil", "ordenadores portátiles", kM},
       {"computadora portátil", "computadoras portátiles", kF},
       800, "de 14 pulgadas", "de 16 pulgadas",
       {{{"editar vídeo", "creative_work"}, {"la universidad", "study"}}},
       {"battery_life", "lightweight", "warranty", "quiet"},
       kGift | kEquipment | kForBusiness | kForDesk | kForTravel},
      {"electronics", {"móvil", "móviles", kM}, {"celular", "celulares", kM},
       400, "de 128 gigas", "de 256 gigas",
       {{{"hacer fotos", "photography"}, {"el día a día", "daily_use"}}},
       {"battery_life", "easy_to_use", "image_quality", "warranty"},
       kGift | kEquipment | kForBusiness | kForTravel},
      {"electronics", {"auriculares", "auriculares", kM, true},
       {"audífonos", "audífonos", kM, true},
       80, "de diadema", "de botón",
       {{{"ir en metro", "commute"}, {"hacer deporte", "fitness"}}},
       {"sound_quality", "battery_life", "comfort", "lightweight"},
       kGift | kEquipment | kForBusiness | kForDesk | kForTravel},
      {"electronics", {"tableta", "tabletas", kF}, {"tablet", "tablets", kF},
       300, "de 8 pulgadas", "de 11 pulgadas",
       {{{"leer y dibujar", "creative_work"}, {"ver series", "entertainment"}}},
       {"battery_life", "easy_to_use", "lightweight", "image_quality"},
       kGift | kEquipment | kForBusiness | kForTravel},
      {"electronics", {"altavoz", "altavoces", kM}, {"parlante", "parlantes", kM},
       70, "de suelo", "de estantería",
       {{{"la terraza", "outdoors"}, {"poner música en casa", "home_use"}}},
       {"sound_quality", "waterproof", "compact", "battery_life"},
       kGift | kEquipment | kForHome | kSmallPresent},
      {"electronics", {"reloj inteligente", "relojes inteligentes", kM}, kSame,
       180, "de esfera redonda", "de esfera cuadrada",
       {{{"entrenar", "fitness"}, {"controlar el sueño", "health"}}},
       {"waterproof", "battery_life", "easy_to_use", "design"}, kGift | kEquipment},
      {"electronics", {"impresora", "impresoras", kF}, kSame,
       150, "láser", "de tinta",
       {{{"imprimir apuntes", "study"}, {"escanear facturas", "paperwork"}}},
       {"quiet", "compact", "easy_to_use", "warranty"},
       kEquipment | kForHome | kForBusiness | kShared | kForDesk},
      {"electronics", {"monitor", "monitores", kM}, kSame,
       200, "de 27 pulgadas", "de 32 pulgadas",
       {{{"teletrabajar", "remote_work"}, {"jugar en casa", "gaming"}}},
       {"image_quality", "compact", "warranty", "sustainable"},
       kEquipment | kForBusiness | kForDesk},
      {"electronics", {"cámara de fotos", "cámaras de fotos", kF}, kSame,
       450, "réflex", "de bolsillo",
       {{{"viajar", "travel"}, {"retratar a los niños", "photography"}}},
       {"image_quality", "lightweight", "easy_to_use", "waterproof"},
       kGift | kEquipment | kForTravel},
      {"electronics", {"televisor", "televisores", kM}, kSame,
       500, "de 43 pulgadas", "de 55 pulgadas",
       {{{"el salón", "home_use"}, {"ver el fútbol", "entertainment"}}},
       {"image_quality", "sound_quality", "easy_to_use", "warranty"},
       kEquipment | kForHome | kShared},
      {"electronics", {"proyector", "proyectores", kM}, kSame,
       350, "de corta distancia", "de mano",
       {{{"ver cine en casa", "entertainment"}, {"dar clases", "study"}}},
       {"quiet", "image_quality", "compact", "warranty"}, kEquipment | kForBusiness | kShared},
      // clang-format on
  };
}

std::vector<Product> HouseAndKitchen() {
  return {
      // clang-format off
      {"home", {"lámpara", "lámparas", kF}, kSame,
       45, "de mesa", "de pie",
       {{{"leer de noche", "reading"}, {"el dormitorio", "home_use"}}},
       {"design", "sustainable", "compact"}, kGift | kEquipment | kForHome | kForDesk},
      {"home", {"sofá", "sofás", kM}, kSame,
       600, "de dos plazas", "de tres plazas",
       {{{"el salón", "home_use"}, {"ver películas", "entertainment"}}},
       {"comfort", "easy_cleaning", "durable"}, kEquipment | kForHome | kShared},
      {"home", {"aspiradora", "aspiradoras", kF}, kSame,
       160, "de trineo", "de escoba",
       {{{"quitar pelo de gato", "pets"}, {"limpiar rápido", "daily_use"}}},
       {"quiet", "lightweight", "easy_cleaning", "battery_life"}, kEquipment | kForHome},
      {"home", {"manta", "mantas", kF}, {"cobija", "cobijas", kF},
       35, "de lana", "de algodón",
       {{{"el sofá", "home_use"}, {"las noches de invierno", "winter"}}},
       {"softness", "easy_cleaning", "sustainable"}, kGift | kForHome | kSmallPresent},
      {"home", {"colchón", "colchones", kM}, kSame,
       450, "de muelles", "de látex",
       {{{"dormir mejor", "health"}, {"el cuarto de invitados", "home_use"}}},
       {"comfort", "durable", "warranty"}, kEquipment | kForHome},
      {"office", {"silla de escritorio", "sillas de escritorio", kF}, kSame,
       150, "de piel", "de malla",
       {{{"teletrabajar", "remote_work"}, {"estudiar", "study"}}},
       {"comfort", "durable", "design"}, kEquipment | kForHome | kForBusiness | kForDesk},
      {"home", {"ventilador", "ventiladores", kM}, kSame,
       50, "de torre", "de techo",
       {{{"el verano", "summer"}, {"dormir con calor", "health"}}},
       {"quiet", "compact", "easy_cleaning"}, kEquipment | kForHome | kForBusiness},
      {"kitchen", {"cafetera", "cafeteras", kF}, kSame,
       90, "de cápsulas", "de filtro",
       {{{"el desayuno", "daily_use"}, {"hacer buen café en casa", "home_use"}}},
       {"easy_cleaning", "compact", "quiet", "design"},
       kGift | kEquipment | kForHome | kForBusiness | kShared},
      {"kitchen", {"batidora", "batidoras", kF}, {"licuadora", "licuadoras", kF},
       55, "de vaso", "de mano",
       {{{"hacer batidos", "healthy_food"}, {"preparar purés", "cooking"}}},
       {"easy_cleaning", "quiet", "durable"}, kGift | kEquipment | kForHome},
      {"kitchen", {"juego de cuchillos", "juegos de cuchillos", kM}, kSame,
       70, "de acero", "de cerámica",
       {{{"cocinar a diario", "cooking"}, {"cortar carne", "cooking"}}},
       {"durable", "safety", "design"}, kGift | kEquipment | kForHome | kSmallPresent},
      {"kitchen", {"freidora de aire", "freidoras de aire", kF}, kSame,
       100, "de 4 litros", "de 6 litros",
       {{{"cocinar sin aceite", "healthy_food"}, {"cenas rápidas", "daily_use"}}},
       {"easy_cleaning", "compact", "easy_to_use"}, kGift | kEquipment | kForHome},
      {"kitchen", {"vajilla", "vajillas", kF}, kSame,
       80, "de porcelana", "de gres",
       {{{"las comidas de los domingos", "family_time"}, {"recibir visitas", "home_use"}}},
       {"design", "durable", "easy_cleaning"}, kGift | kForHome},
      // clang-format on
  };
}

std::vector<Product> Personal() {
  return {
      // clang-format off
      {"fashion", {"bolso", "bolsos", kM}, {"cartera", "carteras", kF},
       70, "de piel", "de tela",
       {{{"ir a la oficina", "commute"}, {"el día a día", "daily_use"}}},
       {"lightweight", "durable", "design"}, kGift | kEquipment},
      {"fashion", {"zapatillas", "zapatillas", kF, true}, {"tenis", "tenis", kM, true},
       90, "con mucha amortiguación", "de suela fina",
       {{{"correr", "fitness"}, {"caminar por la ciudad", "daily_use"}}},
       {"comfort", "lightweight", "waterproof"}, kGift | kEquipment | kForTravel},
      {"fashion", {"abrigo", "abrigos", kM}, kSame,
       130, "de lana", "de plumas",
       {{{"el invierno", "winter"}, {"ir a la oficina", "commute"}}},
       {"waterproof", "lightweight", "softness"}, kGift | kEquipment | kForTravel},
      {"fashion", {"gafas de sol", "gafas de sol", kF, true},
       {"lentes de sol", "lentes de sol", kM, true},
       60, "de pasta", "de metal",
       {{{"la playa", "summer"}, {"<conducir|manejar>", "travel"}}},
       {"lightweight", "design", "durable"}, kGift | kEquipment | kForTravel},
      {"fashion", {"mochila", "mochilas", kF}, kSame,
       60, "de 20 litros", "de 30 litros",
       {{{"viajar", "travel"}, {"ir en bici al trabajo", "commute"}}},
       {"waterproof", "comfort", "lightweight", "durable"},
       kGift | kForChildren | kEquipment | kForBusiness | kSmallPresent | kForTravel},
      {"fashion", {"pijama", "pijamas", kM}, kSame,
       30, "de algodón", "de franela",
       {{{"el invierno", "winter"}, {"estar en casa", "home_use"}}},
       {"softness", "comfort", "easy_cleaning"}, kGift | kForChildren | kForTravel},
      {"fashion", {"bufanda", "bufandas", kF}, kSame,
       25, "de lana", "de algodón",
       {{{"el invierno", "winter"}, {"salir a pasear", "outdoors"}}},
       {"softness", "design", "sustainable"}, kGift | kSmallPresent | kForTravel},
      {"beauty", {"perfume", "perfumes", kM}, kSame,
       60, "de notas florales", "de notas cítricas",
       {{{"el día a día", "daily_use"}, {"las noches de verano", "summer"}}},
       {"design", "sustainable"}, kGift},
      {"beauty", {"secador de pelo", "secadores de pelo", kM},
       {"secadora de pelo", "secadoras de pelo", kF},
       50, "con difusor", "de viaje",
       {{{"pelo rizado", "beauty_care"}, {"viajar", "travel"}}},
       {"quiet", "lightweight", "compact"}, kGift | kEquipment | kForTravel},
      {"beauty", {"crema facial", "cremas faciales", kF}, kSame,
       30, "de día", "de noche",
       {{{"piel sensible", "beauty_care"}, {"piel seca", "beauty_care"}}},
       {"softness", "sustainable"}, kGift},
      {"sports", {"bicicleta", "bicicletas", kF}, kSame,
       400, "de montaña", "de paseo",
       {{{"ir al trabajo", "commute"}, {"salir los domingos", "outdoors"}}},
       {"lightweight", "comfort", "durable"}, kGift | kForChildren | kEquipment},
      {"sports", {"esterilla de yoga", "esterillas de yoga", kF},
       {"tapete de yoga", "tapetes de yoga", kM},
       30, "de 4 milímetros", "de 6 milímetros",
       {{{"practicar en casa", "fitness"}, {"estirar por las mañanas", "health"}}},
       {"softness", "easy_cleaning", "lightweight"}, kGift | kEquipment},
      {"sports", {"tienda de campaña", "tiendas de campaña", kF}, {"carpa", "carpas", kF},
       140, "de dos plazas", "de cuatro plazas",
       {{{"ir de camping", "outdoors"}, {"un festival", "travel"}}},
       {"waterproof", "lightweight", "easy_to_use"}, kGift | kEquipment | kForTravel},
      {"sports", {"raqueta de pádel", "raquetas de pádel", kF}, kSame,
       90, "de iniciación", "de control",
       {{{"jugar los fines de semana", "fitness"}, {"una liguilla", "fitness"}}},
       {"lightweight", "durable", "comfort"}, kGift | kEquipment},
      {"sports", {"mancuernas", "mancuernas", kF, true}, kSame,
       45, "de 5 kilos", "de 10 kilos",
       {{{"entrenar en casa", "fitness"}, {"ganar fuerza", "fitness"}}},
       {"comfort", "durable", "compact"}, kGift | kEquipment},
      // clang-format on
  };
}

std::vector<Product> LeisureAndOffice() {
  return {
      // clang-format off
      {"toys", {"juego de mesa", "juegos de mesa", kM}, kSame,
       35, "de estrategia", "de cartas",
       {{{"jugar en familia", "family_time"}, {"las tardes de lluvia", "entertainment"}}},
       {"easy_to_use", "durable", "design"}, kGift | kForChildren},
      {"toys", {"muñeca", "muñecas", kF}, kSame,
       30, "de trapo", "de plástico",
       {{{"jugar en casa", "family_time"}, {"su colección", "entertainment"}}},
       {"softness", "safety", "easy_cleaning"}, kForChildren},
      {"toys", {"puzle", "puzles", kM}, {"rompecabezas", "rompecabezas", kM},
       20, "de 500 piezas", "de 1000 piezas",
       {{{"las tardes de lluvia", "entertainment"}, {"pasar el rato", "entertainment"}}},
       {"design", "durable", "sustainable"}, kGift | kForChildren},
      {"toys", {"juego de construcción", "juegos de construcción", kM}, kSame,
       45, "de madera", "de piezas pequeñas",
       {{{"jugar en familia", "family_time"}, {"las vacaciones", "summer"}}},
       {"safety", "durable", "sustainable"}, kForChildren},
      {"toys", {"peluche", "peluches", kM}, kSame,
       20, "de oso", "de conejo",
       {{{"dormir", "family_time"}, {"su cama", "home_use"}}},
       {"softness", "safety", "easy_cleaning"}, kForChildren},
      {"books", {"novela", "novelas", kF}, kSame,
       20, "de misterio", "de aventuras",
       {{{"leer en vacaciones", "reading"}, {"desconectar", "reading"}}},
       {"design", "sustainable"}, kGift | kSmallPresent | kForTravel},
      {"books", {"libro de cocina", "libros de cocina", kM}, kSame,
       28, "para principiantes", "de recetas rápidas",
       {{{"aprender a cocinar", "cooking"}, {"variar el menú", "cooking"}}},
       {"design", "durable"}, kGift | kSmallPresent},
      {"books", {"cuento ilustrado", "cuentos ilustrados", kM}, kSame,
       16, "de animales", "de piratas",
       {{{"leer antes de dormir", "reading"}, {"aprender a leer", "study"}}},
       {"design", "durable"}, kForChildren},
      {"garden", {"barbacoa", "barbacoas", kF}, {"parrilla", "parrillas", kF},
       180, "de gas", "de carbón",
       {{{"el jardín", "outdoors"}, {"los domingos con amigos", "family_time"}}},
       {"easy_cleaning", "durable", "safety"}, kGift | kEquipment | kForHome},
      {"garden", {"maceta", "macetas", kF}, kSame,
       20, "de barro", "de plástico",
       {{{"el balcón", "home_use"}, {"la entrada de casa", "home_use"}}},
       {"lightweight", "design", "durable"}, kGift | kForHome | kForBusiness | kSmallPresent},
      {"office", {"agenda", "agendas", kF}, kSame,
       18, "de vista semanal", "de vista diaria",
       {{{"organizar el trabajo", "remote_work"}, {"la universidad", "study"}}},
       {"compact", "design", "sustainable"}, kGift | kForBusiness | kForDesk | kSmallPresent},
      {"office", {"pluma estilográfica", "plumas estilográficas", kF},
       {"pluma fuente", "plumas fuente", kF},
       60, "de punta fina", "de punta media",
       {{{"firmar documentos", "paperwork"}, {"escribir cartas", "daily_use"}}},
       {"design", "comfort", "durable"}, kGift | kEquipment | kForBusiness | kSmallPresent},
      {"office", {"destructora de papel", "destructoras de papel", kF}, kSame,
       80, "de corte recto", "de corte cruzado",
       {{{"tirar facturas viejas", "paperwork"}, {"documentos privados", "paperwork"}}},
       {"quiet", "safety", "compact"}, kEquipment | kForBusiness | kShared},
      // clang-format on
  };
}

}  // namespace

const std::vector<Product>& Products() {
  static const auto* const all = [] {
    auto* products = new std::vector<Product>(Technology());
    for (const auto& part : {HouseAndKitchen(), Personal(), LeisureAndOffice()}) {
      products->insert(products->end(), part.begin(), part.end());
    }
    return products;
  }();
  return *all;
}

const Noun& NounOf(const Product& product, Region region) {
  const bool local = region == Region::kLatinAmerica && product.latin.singular != nullptr;
  return local ? product.latin : product.spain;
}

}  // namespace tunegate::datasets::product_intent
