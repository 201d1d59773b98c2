// The nouns: each declares its verbs in a file of its own. A new kind of resource adds a line here.
#ifndef TUNEGATE_CLIENT_CLI_NOUNS_H_
#define TUNEGATE_CLIENT_CLI_NOUNS_H_

namespace tunegate::cli {

class Parser;

void AddTask(Parser& parser);
void AddDataset(Parser& parser);
void AddJob(Parser& parser);
void AddEvaluation(Parser& parser);
void AddDecision(Parser& parser);
void AddWorkflow(Parser& parser);
void AddEvent(Parser& parser);
void AddAdmin(Parser& parser);
void AddDoctor(Parser& parser);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_NOUNS_H_
