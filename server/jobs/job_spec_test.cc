// Everything that is wrong with a job is said before anything is kept, by the path of its field.
#include "server/jobs/job_spec.h"

#include <limits>
#include <string>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/jobs/job_fixture.h"

namespace tunegate::jobs {
namespace {

class JobSpecTest : public JobTest {
 protected:
  // The reason and the field that the refusal names.
  std::pair<std::string, std::string> Refusal(const v1::Job& job) {
    const auto made = NewJob(repository_, providers_, {}, job, "jobs/x", "", "job");
    const ErrorDetails details = DetailsOf(made.status());
    return {details.reason,
            details.field_violations.empty() ? "" : details.field_violations[0].first};
  }
  void ExpectField(const v1::Job& job, const std::string& field) {
    EXPECT_EQ(Refusal(job), std::pair(std::string("INVALID_FIELD"), field));
  }
  static v1::Job Spec() { return Request().job(); }
};

TEST_F(JobSpecTest, ServersDefaultsFillWhatIsNotSaid) {
  const auto made = NewJob(repository_, providers_, {}, Spec(), "jobs/x", "workflows/w", "job");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->resource().base_model(), JobDefaults{}.base_model);
  EXPECT_EQ(made->resource().provider(), "fake");
  EXPECT_EQ(made->resource().owner(), "workflows/w");
  EXPECT_EQ(made->resource().state(), v1::Job::STATE_PENDING);
  EXPECT_FALSE(made->record.intent_id().empty());
  EXPECT_GT(made->resource().quote().micros(), 0);
}

TEST_F(JobSpecTest, EachBadSettingIsNamed) {
  v1::Job job = Spec();
  job.mutable_supervised()->set_n_epochs(0);
  ExpectField(job, "job.supervised.n_epochs");
  job.mutable_supervised()->set_n_epochs(51);
  ExpectField(job, "job.supervised.n_epochs");
  job.mutable_supervised()->clear_n_epochs();
  job.mutable_supervised()->set_batch_size(257);
  ExpectField(job, "job.supervised.batch_size");
  job.mutable_supervised()->clear_batch_size();
  for (const double rate : {0.0, -1.0, 10.5, std::numeric_limits<double>::quiet_NaN()}) {
    job.mutable_supervised()->set_learning_rate_multiplier(rate);
    ExpectField(job, "job.supervised.learning_rate_multiplier");
  }
  job = Spec();
  job.set_suffix(std::string(65, 'x'));
  ExpectField(job, "job.suffix");
  job = Spec();
  job.mutable_provider_method();
  ExpectField(job, "job.provider_method");
  job = Spec();
  job.set_provider("nobody");
  ExpectField(job, "job.provider");
  job = Spec();
  (*job.mutable_labels())["Team"] = "x";
  ExpectField(job, "job.labels");
}

TEST_F(JobSpecTest, DatasetsAreChecked) {
  v1::Job job = Spec();
  job.clear_training_dataset();
  ExpectField(job, "job.training_dataset");
  job.set_training_dataset("train");
  ExpectField(job, "job.training_dataset");
  job.set_training_dataset("datasets/none");
  EXPECT_EQ(Refusal(job).first, "RESOURCE_NOT_FOUND");
  job.set_training_dataset("datasets/validation");
  ExpectField(job, "job.training_dataset");
}

TEST_F(JobSpecTest, TestSetsAreNeverUploaded) {
  v1::Job job = Spec();
  job.set_training_dataset("datasets/test");
  EXPECT_EQ(Refusal(job),
            std::pair(std::string("TEST_NEVER_UPLOADED"), std::string("job.training_dataset")));
  job = Spec();
  job.set_validation_dataset("datasets/test");
  EXPECT_EQ(Refusal(job),
            std::pair(std::string("TEST_NEVER_UPLOADED"), std::string("job.validation_dataset")));
}

TEST_F(JobSpecTest, ABudgetBelowNothingIsRefused) {
  v1::Job job = Spec();
  job.mutable_budget()->set_max_tokens(-5);
  ExpectField(job, "job.budget.max_tokens");
  job = Spec();
  job.mutable_budget()->mutable_max_cost()->set_currency_code("USD");
  job.mutable_budget()->mutable_max_cost()->set_micros(-1);
  ExpectField(job, "job.budget.max_cost.micros");
}

TEST_F(JobSpecTest, QuoteAboveTheBudgetIsRefused) {
  v1::Job job = Spec();
  job.mutable_budget()->mutable_max_cost()->set_currency_code("USD");
  job.mutable_budget()->mutable_max_cost()->set_micros(1);
  EXPECT_EQ(Refusal(job),
            std::pair(std::string("BUDGET_TOO_SMALL"), std::string("job.budget.max_cost")));
}

TEST_F(JobSpecTest, OtherMethodsGoThroughVerbatim) {
  v1::Job job = Spec();
  auto& fields = *job.mutable_provider_method()->mutable_fields();
  fields["type"].set_string_value("dpo");
  (*fields["dpo"].mutable_struct_value()->mutable_fields())["beta"].set_number_value(0.5);
  EXPECT_EQ(json::WriteCanonical(MethodOf(job)), R"({"dpo":{"beta":0.5},"type":"dpo"})");
  EXPECT_TRUE(MethodOf(Spec()).IsNull()) << "nothing said: the provider's choice";
}

}  // namespace
}  // namespace tunegate::jobs
