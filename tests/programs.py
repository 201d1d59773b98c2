"""The programs that the end-to-end tests drive: whatever is asked for here is built before they run."""

import os

# TUNEGATE_BIN names another output folder of Bazel.
FOLDER = os.environ.get("TUNEGATE_BIN", "bazel-bin")
LABELS = [
    "//client/examples:model_switch",
    "//client:tunegate",
    "//server/evaluations:sample_report",
    "//server/sandbox:openai_sandbox",
    "//server:tunegated",
    "//tests/bench/watch:subscribers",
    "//tests/crash:dying_tunegated",
    "//tests/drain:steady_callers",
]


def path_of(label):
    """Where the program `label` ("//server:tunegated") is once it is built."""
    if label not in LABELS:
        raise ValueError(f"{label} stands in no list of tests/programs.py, so that nothing builds it")
    return os.path.join(FOLDER, label.removeprefix("//").replace(":", "/"))
