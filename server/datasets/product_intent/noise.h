// What people do to a well spelt sentence when they type it.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_NOISE_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_NOISE_H_

#include <array>
#include <string>

#include "common/random.h"

namespace tunegate::datasets::product_intent {

enum class Noise { kClean, kTypo, kMissingAccents, kMissingMarks, kAbbreviations };
inline constexpr std::array<Noise, 5> kNoises = {Noise::kClean, Noise::kTypo,
                                                 Noise::kMissingAccents, Noise::kMissingMarks,
                                                 Noise::kAbbreviations};
const char* NoiseLabel(Noise noise);

// `text` with this noise. The same text when there is nothing to spoil (no accent, no mark ...);
// then it is clean. Numbers are left alone: they mean something.
std::string WithNoise(const std::string& text, Noise noise, Random& random);

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_NOISE_H_
