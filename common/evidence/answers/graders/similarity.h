// Measures of how alike two texts are, each in [0, 1], 1 for the same text; Task.Grader's and
// OpenAI's, under OpenAI's names. One file a measure.
//
// Those of words (words.h) agree on the ends: texts with the same words score 1, a text without
// words beside one with words 0, and two different texts without any word 0.
//
// All are linear in the lengths but the fuzzy match and ROUGE-L, which align no more than the first
// kMaxAligned code points or words (common_subsequence.h). Thread-safe; texts may be ill-formed
// UTF-8.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_SIMILARITY_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_SIMILARITY_H_

#include <string>
#include <string_view>

#include "common/evidence/answers/graders/words.h"

namespace tunegate::graders {

using Measure = double (*)(std::string_view right, std::string_view answered);

// 1 - d / (m + n), where d counts the code points to insert and delete. Case and accents matter.
double FuzzyMatch(std::string_view right, std::string_view answered);

// The cosine of the angle between the vectors of word counts.
double Cosine(std::string_view right, std::string_view answered);

// BLEU (Papineni et al. 2002) of one sentence: the geometric mean of the precisions of runs of 1 to
// 4 words, or as many as the answer has, times exp(1 - m / n) for an answer of n words that is
// shorter than the m right ones. A precision of 0 counts as 0.1 matches (Chen and Cherry 2014,
// method 1); without a common word the score is 0.
double Bleu(std::string_view right, std::string_view answered);

// Google's BLEU (Wu et al. 2016): the lesser of precision and recall of all runs of 1 to 4 words.
double Gleu(std::string_view right, std::string_view answered);

// METEOR (Banerjee and Lavie 2005) on exact words: 10 P R / (R + 9 P), less half of it times the
// cube of chunks per match; texts with the same words lose nothing.
double Meteor(std::string_view right, std::string_view answered);

// ROUGE-N (Lin 2004): F1 of the runs of N words.
template <int kN>
double Rouge(std::string_view right, std::string_view answered);

// ROUGE-L: F1 of the longest common subsequence of words.
double RougeL(std::string_view right, std::string_view answered);

// The measure of this name ("fuzzy_match", "rouge_1" ...), or nullptr.
Measure FindMeasure(std::string_view name);
// All names, "a, b, c".
std::string MeasureNames();

// For the files of the measures: settles the ends that they agree on, and asks `alike` where both
// texts have words and not the same ones.
double CompareWords(std::string_view right, std::string_view answered,
                    double (*alike)(const SymbolPair& words));
// 2 common / (m + n), the harmonic mean of common / m and common / n; 0 for two empty texts.
double F1(size_t common, size_t m, size_t n);

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_SIMILARITY_H_
