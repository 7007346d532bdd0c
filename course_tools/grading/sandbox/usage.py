"""What a process and all that it has started use, as Linux tells it in /proc."""

import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, log
from pathlib import Path

# One step of `nice` is a quarter of a share; 19 is the last.
STEP, LAST_STEP = 1.25, 19
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# Without files that it reads: all processes share those with the system.
_OF_ONE = re.compile(r"^(?:RssAnon|RssShmem|VmSwap|VmPTE):\s+(\d+) kB", re.M)
_SHARED_OUT = re.compile(r"^(?:Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+) kB", re.M)
_TABLES = re.compile(r"^VmPTE:\s+(\d+) kB", re.M)


@dataclass
class Usage:
    """What a process and its descendants use.

    Attributes:
        processes: the numbers of those that still run.
        tasks: how many processes and threads these are.
        cpu_seconds: of the processor, those that have ended included.
    """

    processes: list[int]
    tasks: int = 0
    cpu_seconds: float = 0.0


def usages(roots: Collection[int]) -> dict[int, Usage]:
    """Return what each of some processes uses, with all that it has started.

    Args:
        roots: their numbers; none is a descendant of another.
    """
    found = {root: Usage([]) for root in roots}
    table = _processes()
    for pid, fields in table.items():
        root = pid
        while root and root not in found:
            root = table[root][0] if root in table else 0
        if root:
            _, seconds, tasks = fields
            found[root].processes.append(pid)
            found[root].tasks += tasks
            found[root].cpu_seconds += seconds
    return found


def _processes() -> dict[int, tuple[int, float, int]]:
    """By process: its parent, its seconds of the processor, its threads."""
    table = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            # The name, in parentheses, may hold anything.
            rest = path.read_text(errors="replace").rpartition(")")[2].split()
            ticks = sum(map(int, rest[11:15]))
            table[int(path.parent.name)] = (int(rest[1]), ticks / _TICKS, int(rest[17]))
    return table


def memory_mb(processes: Collection[int]) -> float:
    """Return the memory of processes together, without files that they read, in MB.

    Args:
        processes: their numbers.
    """
    # Looking up who shares what takes time. Of one process, all is its own.
    if len(processes) == 1:
        return sum(map(resident_mb, processes))
    return sum(
        _sum_mb(pid, "status", _TABLES) + _sum_mb(pid, "smaps_rollup", _SHARED_OUT)
        for pid in processes
    )


def resident_mb(pid: int) -> float:
    """Return the memory of a process that is no file's, in MB; 0 if it can't be told.

    Args:
        pid: its number.
    """
    return _sum_mb(pid, "status", _OF_ONE)


def _sum_mb(pid: int, file: str, wanted: re.Pattern[str]) -> float:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/{file}").read_text(errors="replace")
        return sum(map(int, wanted.findall(text))) / 2**10
    return 0.0


def waited_seconds(pid: int) -> float:
    """Return how long a process was ready to run and waited for a processor.

    Args:
        pid: its number.

    Returns:
        Seconds; 0 where the system doesn't tell.
    """
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def share_fairly(group: int, tasks: int) -> None:
    """Let a group of processes together have the share of the processor that one has.

    Args:
        group: its number.
        tasks: how many processes and threads it has.
    """
    if tasks > 2:
        step = min(LAST_STEP, ceil(log(tasks, STEP)))
        with suppress(OSError):
            os.setpriority(os.PRIO_PGRP, group, step)
