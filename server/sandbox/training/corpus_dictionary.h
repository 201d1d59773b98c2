// CorpusDictionary: fastText's dictionary of one corpus, as fastText would make it. Its own way has
// room for thirty million words: 120 MB that it fills several times over, which takes longer than
// to train on a few hundred lines.
#ifndef TUNEGATE_SERVER_SANDBOX_TRAINING_CORPUS_DICTIONARY_H_
#define TUNEGATE_SERVER_SANDBOX_TRAINING_CORPUS_DICTIONARY_H_

#include <fasttext/dictionary.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

namespace tunegate::sandbox {

class CorpusDictionary : public fasttext::Dictionary {
 public:
  // Throws std::invalid_argument for a corpus without words, as fastText does.
  CorpusDictionary(std::shared_ptr<fasttext::Args> args, const std::string& corpus)
      : CorpusDictionary(std::move(args), corpus, std::istringstream()) {}

 private:
  // One that is loaded takes no more room than what it loads, here nothing.
  CorpusDictionary(std::shared_ptr<fasttext::Args> args, const std::string& corpus,
                   std::istringstream nothing)
      : Dictionary(std::move(args), nothing) {
    // A hash table with more places than there are words.
    word2int_.assign(std::min<size_t>(corpus.size() + 1, MAX_VOCAB_SIZE), -1);
    std::istringstream words(corpus);
    readFromFile(words);
  }
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_TRAINING_CORPUS_DICTIONARY_H_
