// A decided evaluation whose figures are consistent: 100 examples, 86 and 94 right, 11 gained and 3
// lost; intervals as Wilson's and Tango's for these counts.
#ifndef TUNEGATE_CLIENT_CLI_TESTING_VERDICT_FIXTURE_H_
#define TUNEGATE_CLIENT_CLI_TESTING_VERDICT_FIXTURE_H_

namespace tunegate::cli {

inline constexpr char kDecision[] = R"(
  name: "decisions/nov" task: "tasks/product_intent" evaluation: "evaluations/nov"
  create_time { seconds: 1795343225 }
  baseline { provider: "openai" model: "gpt-4o-mini-2024-07-18" }
  candidate { provider: "openai" model: "jobs/nov" }
  verdict: VERDICT_INCONCLUSIVE effective_verdict: VERDICT_INCONCLUSIVE
  policy_digest: "41c0deadbeef41c0deadbeef" example_count: 100
  explanation: "The evidence does not suffice; the baseline stays. improvement: +8.0 points is below "
               "the target of +10.0 points, but the interval reaches +15.4: better (p = .035, mid-p; "
               "11 gained, 3 lost), not shown to miss the target. At these rates about 1,290 examples "
               "would settle it as FAIL; no number as PASS. GO if 2 more of the candidate's 6 wrong "
               "answers were right."
  assured_gain: 0.005 look: 1
  next_step: "tunegate dataset generate --test 1300"
  policy {
    criteria { id: "improvement" metric: "overall_accuracy" improvement { target: 0.1 } }
    criteria { id: "accuracy" metric: "overall_accuracy" at_least: 0.85 }
    criteria { id: "structure" metric: "schema_valid_rate" no_worse_than: 0.05 }
    criteria { id: "latency" metric: "latency_ratio" no_worse_than: 0.25 }
  }
  criteria { criterion_id: "improvement" metric: "overall_accuracy" outcome: OUTCOME_INCONCLUSIVE
             observed { value: 0.08 lower: 0.005 upper: 0.154 confidence: 0.95 }
             required: 0.1 baseline: 0.86 candidate: 0.94 examples_needed: 1290
             explanation: "+8.0 points is below the target of +10.0 points, but the interval reaches "
                          "+15.4: better (p = .035, mid-p; 11 gained, 3 lost), not shown to miss the "
                          "target. At these rates about 1,290 examples would settle it as FAIL; no "
                          "number as PASS. GO if 2 more of the candidate's 6 wrong answers were "
                          "right." }
  criteria { criterion_id: "accuracy" metric: "overall_accuracy" outcome: OUTCOME_PASS
             observed { value: 0.94 lower: 0.875 upper: 0.972 confidence: 0.95 }
             required: 0.85 candidate: 0.94 }
  criteria { criterion_id: "structure" metric: "schema_valid_rate" outcome: OUTCOME_PASS
             observed { value: 0.01 lower: -0.027 upper: 0.054 confidence: 0.95 }
             required: -0.05 baseline: 0.99 candidate: 1 }
  criteria { criterion_id: "latency" metric: "latency_ratio" outcome: OUTCOME_PASS
             observed { value: 0.97 lower: 0.92 upper: 1.03 confidence: 0.95 } required: 1.25 })";

inline constexpr char kEvaluation[] = R"(
  name: "evaluations/nov" state: STATE_SUCCEEDED task: "tasks/product_intent"
  dataset: "datasets/nov-test" look: 1
  baseline { provider: "openai" model: "gpt-4o-mini-2024-07-18" }
  candidate { provider: "openai" model: "jobs/nov" }
  create_time { seconds: 1795343200 } end_time { seconds: 1795343203 nanos: 500000000 }
  progress { done: 200 total: 200 }
  usage { calls: 200 input_tokens: 30000 output_tokens: 8120
          cost { currency_code: "USD" micros: 4200 } price_table: "openai-2026-11-01" }
  report {
    example_count: 100 cluster_key: "family" cluster_count: 40 worst_slices: "noise=typo"
    changes { field: "intent_type" expected: "GIFT" answered: "URGENT" count: 2 }
    changes { field: "intent_type" expected: "BUSINESS" answered: "GIFT" gained: true count: 6 }
    changes { field: "intent_type" expected: "URGENT" gained: true count: 5 }
    changes { field: "intent_type" expected: "GIFT" answered: "BUSINESS" count: 1 }
    scores { field: "context_tags" grader: "set_f1" baseline { value: 0.84 sample_count: 100 }
             candidate { value: 0.93 sample_count: 100 } }
    calibrations { candidate: true count: 100 expected_calibration_error: 0.041
                   bins { count: 100 mean_confidence: 0.97 accuracy: 0.94 } }
    metrics { id: "overall_accuracy"
              baseline { value: 0.86 lower: 0.779 upper: 0.915 confidence: 0.95 sample_count: 100 }
              candidate { value: 0.94 lower: 0.875 upper: 0.972 confidence: 0.95 sample_count: 100 }
              paired { both_right: 83 gained: 11 lost: 3 both_wrong: 3 p_mid: 0.035
                       points { value: 0.08 lower: 0.005 upper: 0.154 confidence: 0.95 }
                       relative { value: 0.093 } error_reduction { value: 0.571 } } }
    metrics { id: "overall_accuracy" slice: "noise=typo"
              baseline { value: 0.73 sample_count: 11 }
              candidate { value: 0.8182 sample_count: 11 } }
    baseline_usage { answering_models: "gpt-4o-mini-2024-07-18" retries: 1
                     response_time { count: 100 mean { seconds: 1 nanos: 350000000 }
                                     p50 { seconds: 1 nanos: 310000000 } p95 { seconds: 2 }
                                     p99 { seconds: 3 } } }
    candidate_usage { answering_models: "ft:gpt-4o-mini-2024-07-18:acme:product-intent:B1x"
                      response_time { count: 100 p50 { seconds: 1 nanos: 270000000 } } }
  })";

inline constexpr char kTestSet[] = R"(
  name: "datasets/nov-test" split: SPLIT_TEST state: STATE_READY example_count: 100
  opening_count: 1)";

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_TESTING_VERDICT_FIXTURE_H_
