#include "server/store/store.h"

namespace tunegate::store {

std::string_view KindOf(std::string_view name) { return name.substr(0, name.find('/')); }

}  // namespace tunegate::store
