"""What is asked of the server that dies, to the end: each drives a case and returns what must be there."""

import dataclasses

# A test set with more examples than a death can leave unrecorded (checks.MOST_INTENDED).
TEST_EXAMPLES = 50
# Response times differ from run to run, and with them a verdict that rests on them.
POLICY = """
criteria { id: "improvement" metric: "overall_accuracy" improvement { target: 0.10 } }
criteria { id: "absolute" metric: "overall_accuracy" at_least: 0.60 }
criteria { id: "structure" metric: "schema_valid_rate" no_worse_than: 0.05 }
"""


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`drive(case)` returns when all has ended; then the provider has jobs and batches in these states."""
    drive: object
    jobs: tuple = ()
    batches: tuple = ()
    sandbox_flags: tuple = ()


def _begin_workflow(case):
    case.create("workflow", "run", "--id", "w", "--policy", case.path("policy.textproto", POLICY),
                "--seed", "1", "--training-seed", "1", "--epochs", "1", "--batch", "4",
                "--train-count", "80", "--validation-count", "10", "--test-count", str(TEST_EXAMPLES),
                "--detach")


def _run_workflow(case):
    _begin_workflow(case)
    case.wait_for_end("workflows/w", "SUCCEEDED")


def _cancel_workflow(case):
    """Its training is under way at the provider when it is cancelled."""
    _begin_workflow(case)
    case.wait_for_event(lambda event: event.get("job", {}).get("state") == "STATE_RUNNING",
                        "the training to begin")
    # Its earlier try may have been carried out, and its answer lost: then there is nothing to cancel.
    answer = case.tunegate("workflow", "cancel", "workflows/w", code=None)
    case.assertIn(answer.code, (0, case.FAILED_PRECONDITION), answer.err)
    case.wait_for_end("workflows/w", "CANCELLED")


def _generate(case):
    case.create("dataset", "generate", "--id", "d", "--seed", "1", "--train", "20", "--validation", "10",
                "--test", str(TEST_EXAMPLES))


def _evaluate_in_batches(case):
    _generate(case)
    case.create("eval", "create", "--id", "e", "--test", "d-test", "--baseline", "sandbox-keyword-1",
                "--candidate", "gpt-4o-mini", "--seed", "3", "--mode", "batch")
    case.wait_for_end("evaluations/e", "SUCCEEDED")


def _delete_dataset(case):
    """Its bytes are here and at the provider when it is deleted."""
    _generate(case)
    case.tunegate("dataset", "upload", "d-train")
    case.wait_for_event(lambda event: any(file.get("fileId") for file in event.get("dataset", {})
                                          .get("providerFiles", [])), "the upload")
    case.tunegate("dataset", "delete", "d-train", "--yes")
    case.wait_for_end("datasets/d-train", "DELETED")


_ENDLESS_TRAINING = ("--train_ms_per_step", "60000")
SCENARIOS = {
    "workflow": Scenario(_run_workflow, jobs=("succeeded",)),
    "cancel": Scenario(_cancel_workflow, jobs=("cancelled",), sandbox_flags=_ENDLESS_TRAINING),
    "batch": Scenario(_evaluate_in_batches, batches=("completed", "completed")),
    "delete": Scenario(_delete_dataset),
}
