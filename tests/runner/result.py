"""What every suite reports to."""


class Tally:
    """Counts cases and prints each as it ends."""

    def __init__(self):
        self.passed = 0
        self.failed = []

    def add(self, name, problem="", seconds=None):
        """Counts the case `name`; a `problem` that is not empty makes it a failed one."""
        took = "" if seconds is None else f"  {seconds:.1f}s"
        if problem:
            self.failed.append(name)
            print(f"FAIL {name}{took}\n{indented(problem)}", flush=True)
        else:
            self.passed += 1
            print(f"ok   {name}{took}", flush=True)

    def is_empty(self):
        return self.passed == 0 and not self.failed


def indented(text):
    return "\n".join("     " + line for line in text.rstrip().splitlines())
