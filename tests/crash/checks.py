"""What must hold when a scenario has ended, wherever its server died."""

# Calls at the same time. Few, so that what a death may leave unrecorded is less than an evaluation asks.
CONCURRENCY = 2
# Calls whose intent is committed before their answers are: those that fit in flight and, where answers
# come faster than commits, at most sixteen times as many ahead (kMostAheadTimes in
# server/evaluations/run/evaluation_run.cc). After a death all of them count as maybe repeated.
MOST_INTENDED = 17 * CONCURRENCY


def check(case, scenario):
    """All of it; returns what must be the same in every case."""
    check_provider(case, scenario)
    datasets = listed(case, "dataset", "datasets")
    check_files(case, datasets)
    evaluations = listed(case, "eval", "evaluations")
    check_calls(case, evaluations)
    case.assert_stream_is_whole(case.subscriber)
    return {
        "datasets": [picked(d, "name", "state", "sha256", "exampleCount") for d in datasets],
        "jobs": [picked(j, "name", "state", "supervised") for j in listed(case, "job", "jobs")],
        "evaluations": [(*picked(e, "name", "state", "mode", "progress.done", "progress.total"),
                         pairs(case.get(e["name"]))) for e in evaluations],
        "decisions": [(*picked(d, "name", "evaluation", "verdict"),
                       [picked(c, "criterionId", "outcome") for c in d["criteria"]])
                      for d in listed(case, "decision", "decisions")],
        "workflows": [picked(w, "name", "state", "stage", "verdict", "job", "baselineEvaluation",
                             "evaluation", "decision") for w in listed(case, "workflow", "workflows")],
    }


def listed(case, noun, plural):
    return sorted(case.tunegate(noun, "list").message().get(plural, []), key=lambda one: one["name"])


def picked(resource, *fields):
    values = []
    for field in fields:
        value = resource
        for part in field.split("."):
            value = (value or {}).get(part)
        values.append(value)
    return tuple(values)


def pairs(evaluation):
    """How often baseline and candidate, or the baseline alone, were right, by example."""
    for metric in evaluation.get("report", {}).get("metrics", []):
        if metric["id"] == "overall_accuracy" and not metric.get("slice"):
            return picked(metric, "baseline.value", "paired.bothRight", "paired.gained", "paired.lost",
                          "paired.bothWrong")
    return None


def check_provider(case, scenario):
    """The provider is charged once."""
    jobs = case.sandbox.jobs()
    case.assertEqual(list(scenario.jobs), [job["status"] for job in jobs if job["id"] not in case.strangers])
    case.assertEqual({"succeeded"} if case.strangers else set(),
                     {job["status"] for job in jobs if job["id"] in case.strangers}, "a stranger's job")
    case.assertEqual(list(scenario.batches),
                     [batch["status"] for batch in case.sandbox.ask("/batches?limit=100")["data"]])


def check_files(case, datasets):
    """The provider has the files that records name, and no other but what it made itself."""
    named = {file["fileId"] for dataset in datasets for file in dataset.get("providerFiles", [])}
    there = {file["id"]: file["filename"] for file in case.sandbox.files()
             if file["id"] not in case.strangers and file["purpose"] != "fine-tune-results"}
    case.assertEqual(named, set(there), f"orphan files, or lost ones: {there}")


def check_calls(case, evaluations):
    """No recorded answer is asked for again; what may have been is counted."""
    expected = sum(int(e["progress"]["done"]) for e in evaluations if e.get("mode") != "MODE_BATCH")
    counted = sum(int(e["usage"].get("maybeRepeatedCalls", 0)) for e in evaluations)
    repeated = case.sandbox.requests_to("POST /chat/completions") - expected
    case.assertLessEqual(counted, MOST_INTENDED * case.server.deaths if expected else 0,
                         "more is counted than a death leaves without an answer")
    case.assertLessEqual(repeated, counted, "every call that was repeated is counted")
    points = case.server.points()
    case.assertLessEqual(most_in_flight(points), CONCURRENCY)
    case.assertLessEqual(repeated, unrecorded(points) if case.server.deaths else 0,
                         "a call was repeated whose answer was recorded")


def is_chat(point, when):
    return point.what == "Complete" and point.die.startswith(when)


def most_in_flight(points):
    most = now = 0
    for point in points:
        now += is_chat(point, "before call") - is_chat(point, "after call")
        most = max(most, now)
    return most


def unrecorded(points):
    """How many chat calls the end of this life may have left sent, and without a record."""
    sent = sum(is_chat(point, "before call") for point in points)
    return max(0, sent - sum(answers_in(point) for point in points))


def answers_in(point):
    """How many answers a commit has recorded; a batch's, too."""
    words = point.what.split()
    return int(words[2]) if point.die.startswith("after commit") and words[1:2] == ["answers"] else 0
