// The rules of dataset validation: each with its stable name, how bad a breach is, and what to do.
#ifndef TUNEGATE_SERVER_DATASETS_FINDINGS_H_
#define TUNEGATE_SERVER_DATASETS_FINDINGS_H_

#include <cstdint>
#include <functional>
#include <string_view>

#include "tunegate/v1/dataset.pb.h"

namespace tunegate::datasets {

// Takes findings as they come: by line, then those of the file as a whole (line 0).
using FindingSink = std::function<void(v1::Finding)>;

struct Rule {
  const char* name;
  v1::Finding::Severity severity;
  const char* remedy;
};

namespace rules {

inline constexpr v1::Finding::Severity kError = v1::Finding::SEVERITY_ERROR;
inline constexpr v1::Finding::Severity kWarning = v1::Finding::SEVERITY_WARNING;

// Bytes and lines.
inline constexpr Rule kByteOrderMark = {"BYTE_ORDER_MARK", kError,
                                        "save the file as UTF-8 without a byte order mark"};
inline constexpr Rule kWrongEncoding = {"WRONG_ENCODING", kError, "save the file as UTF-8"};
inline constexpr Rule kInvalidUtf8 = {"INVALID_UTF8", kError, "save the file as UTF-8"};
inline constexpr Rule kBlankLine = {"BLANK_LINE", kError, "delete the line"};
inline constexpr Rule kLineTooLong = {"LINE_TOO_LONG", kError, "shorten or split the example"};
inline constexpr Rule kNotJson = {"NOT_JSON", kError,
                                  "write one JSON object a line: {\"messages\": [...]}"};
inline constexpr Rule kNotAnObject = {"NOT_AN_OBJECT", kError,
                                      "write one JSON object a line: {\"messages\": [...]}"};

// The chat format.
inline constexpr Rule kUnknownKey = {"UNKNOWN_KEY", kError, "remove the key or mend its spelling"};
inline constexpr Rule kMetadataInUpload = {
    "METADATA_NOT_ALLOWED", kError,
    "remove \"metadata\": providers refuse it; it belongs to test sets, which are never uploaded"};
inline constexpr Rule kBadMetadata = {
    "BAD_METADATA", kError, "write an object of texts, e.g. {\"noise\": \"typo\"}, or remove it"};
inline constexpr Rule kMessagesMissing = {
    "MESSAGES_MISSING", kError, "add \"messages\": a user's and an assistant's, at least"};
inline constexpr Rule kMessagesEmpty = {"MESSAGES_EMPTY", kError,
                                        "add a user's and an assistant's message, at least"};
inline constexpr Rule kMessageNotAnObject = {"MESSAGE_NOT_AN_OBJECT", kError,
                                             "write {\"role\": \"user\", \"content\": \"...\"}"};
inline constexpr Rule kUnknownRole = {"UNKNOWN_ROLE", kError,
                                      "use system, developer, user, assistant, tool or function"};
inline constexpr Rule kContentMissing = {"CONTENT_MISSING", kError,
                                         "add \"content\" with the message's text"};
inline constexpr Rule kContentEmpty = {"CONTENT_EMPTY", kError,
                                       "write the message's text, or remove the message"};
inline constexpr Rule kContentNotText = {"CONTENT_NOT_TEXT", kError,
                                         "write a string, or an array of parts with \"type\""};
inline constexpr Rule kBadWeight = {"BAD_WEIGHT", kError, "write 0 or 1, or remove \"weight\""};
inline constexpr Rule kWeightNotAssistant = {
    "WEIGHT_NOT_ASSISTANT", kError, "remove \"weight\": only assistant messages may have one"};
inline constexpr Rule kLastNotAssistant = {"LAST_NOT_ASSISTANT", kError,
                                           "end the example with the assistant's right answer"};
inline constexpr Rule kNoUserMessage = {"NO_USER_MESSAGE", kError,
                                        "add the user's message that the answer belongs to"};
inline constexpr Rule kAnswerNotTrained = {
    "ANSWER_NOT_TRAINED", kWarning,
    "give the last message weight 1, or nothing is learned from this example"};

// The task.
inline constexpr Rule kAnswerNotText = {"ANSWER_NOT_TEXT", kError,
                                        "write the answer as text: tasks score no tool calls"};
inline constexpr Rule kAnswerNotJson = {"ANSWER_NOT_JSON", kError,
                                        "write the task's fields as one JSON object"};
inline constexpr Rule kFieldMissing = {"FIELD_MISSING", kError, "add the field to the answer"};
inline constexpr Rule kUnknownField = {
    "UNKNOWN_FIELD", kError, "remove it, mend its spelling, or add the field to the task"};
inline constexpr Rule kFieldWrongType = {"FIELD_WRONG_TYPE", kError,
                                         "write the type that the task's field has"};
inline constexpr Rule kUnknownValue = {"UNKNOWN_VALUE", kError,
                                       "use an allowed value, or add this one to the task's field"};
inline constexpr Rule kBadPattern = {
    "BAD_PATTERN", kError,
    "mend it: where the task's grader has no pattern, right answers are some"};
inline constexpr Rule kRepeatedElement = {"REPEATED_ELEMENT", kWarning,
                                          "name each element of the set once"};
inline constexpr Rule kOtherSystemPrompt = {
    "OTHER_SYSTEM_PROMPT", kWarning,
    "train with the prompt that will be used: the task's, or make a task with this one"};
inline constexpr Rule kSeveralSystemPrompts = {"SEVERAL_SYSTEM_PROMPTS", kWarning,
                                               "use one system prompt in all examples"};

// The file as a whole.
inline constexpr Rule kDuplicate = {"DUPLICATE_EXAMPLE", kWarning,
                                    "remove one of the two: it counts twice"};
inline constexpr Rule kContradiction = {"CONTRADICTION", kWarning,
                                        "decide which answer is right and mend the other"};
inline constexpr Rule kTooFewExamples = {"TOO_FEW_EXAMPLES", kError,
                                         "add examples: providers refuse fewer than 10"};
inline constexpr Rule kNoExamples = {"NO_EXAMPLES", kError, "give a file with examples"};
inline constexpr Rule kSingleClass = {
    "SINGLE_CLASS", kWarning,
    "add examples of other values: always giving this one would be right"};
inline constexpr Rule kValueNeverUsed = {"VALUE_NEVER_USED", kWarning,
                                         "add examples of it, or take it out of the task"};
inline constexpr Rule kImbalanced = {"IMBALANCED", kWarning, "add examples of the rare value"};
inline constexpr Rule kInOtherSplit = {
    "QUERY_IN_OTHER_SPLIT", kWarning,
    "remove it from one of the two: a query that was trained on proves nothing"};
inline constexpr Rule kLeakage = {"LEAKAGE", kError,
                                  "make a test set from queries that training has not seen"};

// Tables.
inline constexpr Rule kQuoteNotClosed = {"QUOTE_NOT_CLOSED", kError,
                                         "close the quote, or double a quote inside a cell"};
inline constexpr Rule kTextAfterQuote = {
    "TEXT_AFTER_QUOTE", kError, "put the whole cell in quotes and double the quotes inside it"};
inline constexpr Rule kStrayQuote = {"STRAY_QUOTE", kWarning,
                                     "put the cell in quotes and double the quotes inside it"};
inline constexpr Rule kCellCount = {
    "CELL_COUNT", kError, "give every row the header's cells; quote cells that hold the separator"};
inline constexpr Rule kColumnMissing = {"COLUMN_MISSING", kError,
                                        "name a column of the header, or its 1-based number"};
inline constexpr Rule kColumnTwice = {"COLUMN_TWICE", kError,
                                      "rename one of the two, or map the column by its number"};
inline constexpr Rule kTargetMissing = {
    "TARGET_MISSING", kError,
    "map the columns, e.g. --column 1=assistant --column 2=user, or name them in the header"};
inline constexpr Rule kEmptyCell = {"EMPTY_CELL", kError, "fill the cell or remove the row"};
inline constexpr Rule kNotANumber = {"NOT_A_NUMBER", kError,
                                     "write a number with a decimal point, e.g. -12.5 or 3e4"};
inline constexpr Rule kCellNotJson = {
    "CELL_NOT_JSON", kError, "write one JSON value, texts in double quotes, or null for nothing"};
inline constexpr Rule kLabelsDropped = {
    "LABELS_DROPPED", kWarning,
    "nothing, if that is meant: only test sets, which are never uploaded, keep slices"};

}  // namespace rules

// Where a finding stands; 0 and empty: nowhere in particular.
struct Place {
  int64_t line = 0;
  int32_t column = 0;
  std::string_view path = {};
};

v1::Finding MakeFinding(const Rule& rule, const Place& place, std::string_view message);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_FINDINGS_H_
