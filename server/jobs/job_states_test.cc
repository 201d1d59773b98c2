#include "server/jobs/job_states.h"

#include <map>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tunegate::jobs {
namespace {

using Job = v1::Job;

// One letter a state: what stands in a row below is where the fact of that column leads.
const std::map<char, Job::State> kLetters = {
    {'P', Job::STATE_PENDING}, {'U', Job::STATE_UPLOADING},  {'V', Job::STATE_VALIDATING},
    {'Q', Job::STATE_QUEUED},  {'R', Job::STATE_RUNNING},    {'Z', Job::STATE_PAUSED},
    {'B', Job::STATE_BLOCKED}, {'c', Job::STATE_CANCELLING}, {'S', Job::STATE_SUCCEEDED},
    {'F', Job::STATE_FAILED},  {'C', Job::STATE_CANCELLED},
};

// Started Validating Queued Running Paused Succeeded Failed Cancelled CancelRequested Blocked
// Unblocked, in the order of kAllJobFacts; '-' changes nothing.
const std::map<Job::State, std::string> kTable = {
    {Job::STATE_UNSPECIFIED, "-----------"}, {Job::STATE_PENDING, "UVQRZSFCcB-"},
    {Job::STATE_UPLOADING, "-VQRZSFCcB-"},   {Job::STATE_VALIDATING, "--QRZSFCcB-"},
    {Job::STATE_QUEUED, "-V-RZSFCcB-"},      {Job::STATE_RUNNING, "--Q-ZSFCcB-"},
    {Job::STATE_PAUSED, "--QR-SFCcB-"},      {Job::STATE_BLOCKED, "------F-c-P"},
    {Job::STATE_CANCELLING, "-----SFC---"},  {Job::STATE_SUCCEEDED, "-----------"},
    {Job::STATE_FAILED, "-----------"},      {Job::STATE_CANCELLED, "-----------"},
};

TEST(JobStatesTest, EveryFactInEveryStateLeadsWhereTheTableSays) {
  for (int number = Job::State_MIN; number <= Job::State_MAX; ++number) {
    const auto state = static_cast<Job::State>(number);
    ASSERT_EQ(kTable.count(state), 1u) << Job::State_Name(state) << " is not in this test's table";
    const std::string& row = kTable.at(state);
    ASSERT_EQ(row.size(), std::size(kAllJobFacts));
    for (size_t i = 0; i < row.size(); ++i) {
      const auto next = NextState(state, kAllJobFacts[i]);
      const std::string where = Job::State_Name(state) + ", fact " + std::to_string(i);
      ASSERT_EQ(next.has_value(), row[i] != '-') << where;
      if (next.has_value()) {
        EXPECT_EQ(*next, kLetters.at(row[i])) << where;
      }
    }
  }
}

TEST(JobStatesTest, TerminalStatesAreNeverLeft) {
  for (const auto& [state, row] : kTable) {
    if (!IsTerminal(state)) continue;
    for (const JobFact fact : kAllJobFacts) EXPECT_EQ(NextState(state, fact), std::nullopt);
  }
  EXPECT_TRUE(IsTerminal(Job::STATE_SUCCEEDED));
  EXPECT_TRUE(IsTerminal(Job::STATE_FAILED));
  EXPECT_TRUE(IsTerminal(Job::STATE_CANCELLED));
  EXPECT_FALSE(IsTerminal(Job::STATE_BLOCKED));
}

TEST(JobStatesTest, CancellingLeadsOnlyToAnEnd) {
  for (const JobFact fact : kAllJobFacts) {
    const auto next = NextState(Job::STATE_CANCELLING, fact);
    EXPECT_TRUE(!next.has_value() || IsTerminal(*next));
  }
}

TEST(JobStatesTest, EveryStateAtWorkCanBeCancelled) {
  for (const auto& [letter, state] : kLetters) {
    if (IsTerminal(state) || state == Job::STATE_CANCELLING) continue;
    EXPECT_EQ(NextState(state, JobFact::kCancelRequested), Job::STATE_CANCELLING) << letter;
  }
}

TEST(JobStatesTest, NoFactLeadsFromAStateToItself) {
  for (const auto& [state, row] : kTable) {
    for (const JobFact fact : kAllJobFacts) EXPECT_NE(NextState(state, fact), state);
  }
}

TEST(JobStatesTest, ProvidersWordsBecomeFacts) {
  const std::map<std::string_view, JobFact> words = {{"validating_files", JobFact::kValidating},
                                                     {"queued", JobFact::kQueued},
                                                     {"running", JobFact::kRunning},
                                                     {"pausing", JobFact::kRunning},
                                                     {"paused", JobFact::kPaused},
                                                     {"succeeded", JobFact::kSucceeded},
                                                     {"failed", JobFact::kFailed},
                                                     {"cancelled", JobFact::kCancelled}};
  for (const auto& [word, fact] : words) EXPECT_EQ(FactOfProviderStatus(word), fact) << word;
}

TEST(JobStatesTest, UnknownWordsOfAProviderMeanNothing) {
  for (const std::string_view word : {"", "Running", "canceled", "thinking_hard", "running "}) {
    EXPECT_EQ(FactOfProviderStatus(word), std::nullopt) << word;
  }
}

}  // namespace
}  // namespace tunegate::jobs
