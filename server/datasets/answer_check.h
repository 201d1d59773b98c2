// One answer against the task: every fault of it, where a JSON Schema would stop at the first.
#ifndef TUNEGATE_SERVER_DATASETS_ANSWER_CHECK_H_
#define TUNEGATE_SERVER_DATASETS_ANSWER_CHECK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "server/datasets/findings.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::datasets {

// Reports what is wrong with `answer`, whose text stands at `path` ("messages[2].content") of line
// `number`. Returns the values of the task's categories by field id, known values only.
std::map<std::string, std::string> CheckAnswer(const v1::Task& task, std::string_view answer,
                                               int64_t number, std::string_view path,
                                               const FindingSink& sink);

// What of `answer` is scored, as text: two answers with the same are equally right. The whole
// answer when it cannot be read.
std::string ScoredPart(const v1::Task& task, std::string_view answer);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_ANSWER_CHECK_H_
