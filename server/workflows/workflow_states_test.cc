#include "server/workflows/workflow_states.h"

#include <map>
#include <string>

#include "gtest/gtest.h"

namespace tunegate::workflows {
namespace {

using Workflow = v1::Workflow;

const std::map<char, Workflow::State> kLetters = {
    {'R', Workflow::STATE_RUNNING},    {'B', Workflow::STATE_BLOCKED},
    {'c', Workflow::STATE_CANCELLING}, {'S', Workflow::STATE_SUCCEEDED},
    {'F', Workflow::STATE_FAILED},     {'C', Workflow::STATE_CANCELLED},
};

// Started Finished Failed Blocked Resumed CancelRequested Cancelled; '-' changes nothing.
const std::map<Workflow::State, std::string> kTable = {
    {Workflow::STATE_UNSPECIFIED, "-------"}, {Workflow::STATE_PENDING, "R-FB-c-"},
    {Workflow::STATE_RUNNING, "-SFB-c-"},     {Workflow::STATE_BLOCKED, "--F-Rc-"},
    {Workflow::STATE_CANCELLING, "------C"},  {Workflow::STATE_SUCCEEDED, "-------"},
    {Workflow::STATE_FAILED, "----R--"},      {Workflow::STATE_CANCELLED, "-------"},
};

TEST(WorkflowStatesTest, EveryFactInEveryStateLeadsWhereTheTableSays) {
  for (int number = Workflow::State_MIN; number <= Workflow::State_MAX; ++number) {
    const auto state = static_cast<Workflow::State>(number);
    ASSERT_EQ(kTable.count(state), 1u) << Workflow::State_Name(state) << " is not in the table";
    const std::string& row = kTable.at(state);
    ASSERT_EQ(row.size(), std::size(kAllWorkflowFacts));
    for (size_t i = 0; i < row.size(); ++i) {
      const auto next = NextState(state, kAllWorkflowFacts[i]);
      const std::string where = Workflow::State_Name(state) + ", fact " + std::to_string(i);
      ASSERT_EQ(next.has_value(), row[i] != '-') << where;
      if (next.has_value()) {
        EXPECT_EQ(*next, kLetters.at(row[i])) << where;
      }
    }
  }
}

TEST(WorkflowStatesTest, OnlyAResumeLeavesATerminalStateAndOnlyFailed) {
  for (const auto& [state, row] : kTable) {
    if (!IsTerminal(state)) continue;
    for (const WorkflowFact fact : kAllWorkflowFacts) {
      const bool resumed = state == Workflow::STATE_FAILED && fact == WorkflowFact::kResumed;
      EXPECT_EQ(NextState(state, fact).has_value(), resumed) << Workflow::State_Name(state);
    }
  }
}

}  // namespace
}  // namespace tunegate::workflows
