#include "server/sandbox/training/corpus_dictionary.h"

#include <fasttext/args.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace tunegate::sandbox {
namespace {

std::shared_ptr<fasttext::Args> Settings() {
  auto args = std::make_shared<fasttext::Args>();
  args->model = fasttext::model_name::sup;
  args->minCount = 1;
  args->minCountLabel = 0;
  args->wordNgrams = 2;
  args->minn = 4;
  args->maxn = 5;
  args->bucket = 8000;
  args->verbose = 0;
  return args;
}

// Many words that are equally frequent, so that their order is the sort's own.
std::string Corpus() {
  std::string corpus;
  for (int line = 0; line < 300; ++line) {
    corpus += "__label__" + std::to_string(line % 7) + " palabra" + std::to_string(line % 50) +
              " única" + std::to_string(line) + " quiero\n";
  }
  return corpus;
}

std::string Stored(const fasttext::Dictionary& dictionary) {
  std::ostringstream stored;
  dictionary.save(stored);
  return stored.str();
}

std::vector<int32_t> WordsOf(const fasttext::Dictionary& dictionary, const std::string& text) {
  std::istringstream line(text + "\n");
  std::vector<int32_t> words, labels;
  dictionary.getLine(line, words, labels);
  return words;
}

TEST(CorpusDictionaryTest, IsTheOneThatFastTextMakes) {
  fasttext::Dictionary theirs(Settings());
  std::istringstream corpus(Corpus());
  theirs.readFromFile(corpus);
  const CorpusDictionary ours(Settings(), Corpus());
  EXPECT_EQ(Stored(ours), Stored(theirs));
  EXPECT_EQ(WordsOf(ours, "quiero palabra7 y otra"), WordsOf(theirs, "quiero palabra7 y otra"));
}

TEST(CorpusDictionaryTest, HoldsACorpusOfSingleLetters) {
  const CorpusDictionary dictionary(Settings(), "a b c d e f g h i j\n");
  EXPECT_EQ(dictionary.nwords(), 11);  // and the line's end
}

TEST(CorpusDictionaryTest, RefusesACorpusWithoutWords) {
  EXPECT_THROW(CorpusDictionary(Settings(), ""), std::invalid_argument);
}

}  // namespace
}  // namespace tunegate::sandbox
