// The program's version, by semantic versioning. Until 1.0.0 the API may still change.
#ifndef TUNEGATE_COMMON_VERSION_H_
#define TUNEGATE_COMMON_VERSION_H_

namespace tunegate {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_VERSION_H_
