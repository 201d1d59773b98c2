#include "client/cli/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/usage.h"

namespace tunegate::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

struct Bake : Command {
  std::string what;
  std::vector<std::string> toppings;
  std::optional<int64_t> minutes;
  std::optional<double> share;
  std::optional<int64_t> micros;
  std::map<std::string, std::string> labels;
  std::string oven;
  bool watch = false;
  absl::Status Check() const override {
    if (watch && minutes == 1) return UsageError("--watch", "not worth it for a minute");
    return absl::OkStatus();
  }
  absl::StatusOr<Ending> Run(Session&) const override { return Ending::kDone; }
};

class ParserTest : public testing::Test {
 protected:
  ParserTest() : parser_("9.9") {
    auto [verb, bake] = parser_.Noun("bread", "Loaves").Verb<Bake>("bake", "Bakes one");
    verb.Argument("WHAT", "the loaf", Name(&bake.what, "loaves"));
    verb.Argument("TOPPINGS", "on it", TextList(&bake.toppings)).Optional();
    verb.Option("--minutes", "N", "how long", Whole(&bake.minutes, 1, 50)).Required();
    verb.Option("--share", "SHARE", "of it", Number(&bake.share, -1, 1));
    verb.Option("--usd", "AMOUNT", "its price", Dollars(&bake.micros));
    verb.Option("--label", "KEY=VALUE", "for filters", Pairs(&bake.labels));
    verb.Option("--oven", "hot|cold", "where", Choice(&bake.oven, {"hot", "cold"}));
    verb.Flag("--watch", "look at it", &bake.watch);
  }

  // The options, or the usage error.
  absl::StatusOr<Bake> Parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"bread", "bake"});
    absl::StatusOr<Invocation> invocation = parser_.Parse(arguments);
    if (!invocation.ok()) return invocation.status();
    globals_ = invocation->options;
    return dynamic_cast<Bake&>(*invocation->command);
  }
  std::string Fault(std::vector<std::string> arguments) {
    const auto bake = Parse(std::move(arguments));
    EXPECT_TRUE(IsUsageError(bake.status())) << bake.status();
    return std::string(bake.status().message());
  }

  Parser parser_;
  GlobalOptions globals_;
};

TEST_F(ParserTest, TakesOptionsAnywhereAndInBothSpellings) {
  const auto bake = Parse({"rye", "--minutes=40", "--label", "a=b", "seeds", "--label", "c=d=e",
                           "--usd", "2.50", "--share", "-0.5", "--watch", "salt"});
  ASSERT_TRUE(bake.ok()) << bake.status();
  EXPECT_EQ(bake->what, "loaves/rye");
  EXPECT_THAT(bake->toppings, ElementsAre("seeds", "salt"));
  EXPECT_EQ(bake->minutes, 40);
  EXPECT_EQ(bake->share, -0.5);
  EXPECT_EQ(bake->micros, 2'500'000);
  EXPECT_EQ(bake->labels.at("c"), "d=e");
  EXPECT_TRUE(bake->watch);
}

TEST_F(ParserTest, NamesMayBeThoseOfNounsAndVerbs) {
  const auto bake = Parse({"bread", "bake", "--minutes", "2"});
  ASSERT_TRUE(bake.ok()) << bake.status();
  EXPECT_EQ(bake->what, "loaves/bread");
  EXPECT_THAT(bake->toppings, ElementsAre("bake"));
}

TEST_F(ParserTest, GlobalOptionsStandBeforeOrBehindTheNoun) {
  absl::StatusOr<Invocation> before = parser_.Parse(
      {"--server", "h:1", "--tls", "bread", "bake", "rye", "--minutes", "2", "--output=json"});
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->options.server, "h:1");
  EXPECT_TRUE(before->options.tls);
  EXPECT_TRUE(before->options.json);
}

TEST_F(ParserTest, FaultsSayWhichOptionAndWhatWasExpected) {
  EXPECT_THAT(Fault({"rye", "--minutes", "51"}),
              StartsWith("--minutes: expected a whole number from 1 to 50, got '51'\nusage: "));
  EXPECT_THAT(Fault({"rye", "--minutes", "4x"}), HasSubstr("got '4x'"));
  EXPECT_THAT(Fault({"rye"}), StartsWith("--minutes: missing; expected: how long"));
  EXPECT_THAT(Fault({"--minutes", "3"}), StartsWith("WHAT: missing; expected: the loaf"));
  EXPECT_THAT(Fault({"rye", "--minutes", "3", "--oven", "warm"}),
              StartsWith("--oven: expected hot or cold, got 'warm'"));
  EXPECT_THAT(Fault({"rye", "--minutes", "3", "--label", "x"}),
              StartsWith("--label: expected KEY=VALUE, got 'x'"));
  EXPECT_THAT(Fault({"rye", "--minutes", "3", "--usd", "-1"}), HasSubstr("above 0"));
  EXPECT_THAT(Fault({"rye", "--minutes", "3", "--usd", "0.0000001"}), HasSubstr("US dollars"));
  EXPECT_THAT(Fault({"rye", "--minutes"}), StartsWith("--minutes: expected N after it"));
  EXPECT_THAT(Fault({"rye", "--minutes", "3", "--minutes", "4"}),
              StartsWith("--minutes: given more than once"));
  EXPECT_THAT(Fault({"rye", "--minutes", "3", "--color"}), StartsWith("--color: no such option"));
  EXPECT_THAT(Fault({"jobs/rye", "--minutes", "3"}), StartsWith("WHAT: expected loaves/ID"));
  EXPECT_THAT(Fault({"rye", "--minutes", "1", "--watch"}), StartsWith("--watch: not worth it"));
}

TEST_F(ParserTest, UnknownWordsGetTheKnownOnes) {
  EXPECT_EQ(parser_.Parse({}).status().message(), "what about? Nouns: bread");
  EXPECT_EQ(parser_.Parse({"bred"}).status().message(), "unknown noun 'bred'; nouns: bread");
  EXPECT_EQ(parser_.Parse({"bread", "eat"}).status().message(),
            "bread: unknown verb 'eat'; verbs: bake");
  EXPECT_EQ(parser_.Parse({"bread"}).status().message(), "bread: missing verb; verbs: bake");
}

TEST_F(ParserTest, HelpAndVersionAreTextNotCommands) {
  EXPECT_THAT(parser_.Parse({"--help"})->text, HasSubstr("bread"));
  EXPECT_THAT(parser_.Parse({"bread", "-h"})->text, HasSubstr("bake"));
  EXPECT_THAT(parser_.Parse({"bread", "bake", "--help"})->text, HasSubstr("--minutes N"));
  EXPECT_EQ(parser_.Parse({"--version"})->text, "tunegate 9.9\n");
}

}  // namespace
}  // namespace tunegate::cli
