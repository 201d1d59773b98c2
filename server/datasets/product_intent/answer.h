// The right answer to a query, from what it speaks of. The rules are those that the task's prompt
// tells a model.
#ifndef TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_ANSWER_H_
#define TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_ANSWER_H_

#include "server/datasets/product_intent/family.h"
#include "server/datasets/product_intent/scene.h"
#include "server/datasets/product_intent/sentence.h"

namespace tunegate::datasets::product_intent {

Answer AnswerOf(const Family& family, Tier tier, const Scene& scene);

}  // namespace tunegate::datasets::product_intent

#endif  // TUNEGATE_SERVER_DATASETS_PRODUCT_INTENT_ANSWER_H_
