"""What a process has taken, by Linux's /proc."""

import os

_TICKS = os.sysconf("SC_CLK_TCK")


def peak_memory_mb(pid):
    """The most resident memory that it ever had, in MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise AssertionError(f"/proc/{pid}/status tells of no peak")


def memory_kib(pid):
    """{"Rss", "Pss"} now, in KiB."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        lines = [line.split() for line in file]
    return {line[0].rstrip(":"): int(line[1]) for line in lines if line[0] in ("Rss:", "Pss:")}


def cpu_seconds(pid):
    """CPU time of all its threads, in user and system mode."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
