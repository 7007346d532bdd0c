"""How much memory this process has needed."""

import re
import sys
from pathlib import Path

import psutil


def peak_megabytes() -> int:
    """Return the largest resident memory this process has had, in 10**6 bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss would not do on Linux: a process inherits its parent's peak.
        found = re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text(), re.MULTILINE)
        if found:
            return round(int(found[1]) * 1024 / 1e6)
    if sys.platform == "win32":
        return round(psutil.Process().memory_info().peak_wset / 1e6)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)
