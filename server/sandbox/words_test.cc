#include "server/sandbox/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(WordsTest, CaseAndAccentsAreGone) {
  EXPECT_THAT(Words("Envío URGENTE, año-2"), ElementsAre("envio", "urgente", "ano", "2"));
}

TEST(WordsTest, PunctuationOfAnyLanguageCuts) {
  EXPECT_THAT(Words("¿qué?¡ya! «a»—b…c\u00a0d_e"),
              ElementsAre("que", "ya", "a", "b", "c", "d", "e"));
  EXPECT_THAT(Words("?! "), IsEmpty());
  EXPECT_THAT(Words("\xff\xc3"), IsEmpty());
}

}  // namespace
}  // namespace tunegate::sandbox
