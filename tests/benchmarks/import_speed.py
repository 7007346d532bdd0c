"""What does importing the course cost, in milliseconds and megabytes?

    python tests/benchmarks/import_speed.py [--rounds 7]

Each import happens in a fresh Python process. `course_utils.training` is imported
after torch: only what it adds is counted.
"""

import argparse
import json
import statistics
import subprocess
import sys

ONE_IMPORT = """
import importlib, json, sys, time
import psutil
before, what = sys.argv[1:]
for name in before.split():
    importlib.import_module(name)
memory, modules = psutil.Process().memory_info().rss, set(sys.modules)
start = time.perf_counter()
importlib.import_module(what)
seconds = time.perf_counter() - start
memory = psutil.Process().memory_info().rss - memory
new = sorted({name.split(".")[0] for name in set(sys.modules) - modules})
json.dump({"ms": 1000 * seconds, "MB": memory / 1e6, "new": new}, sys.stdout)
"""
IMPORTS = {
    "course_utils": "",
    "torch": "",
    "course_utils.training": "torch",
}


def measure(rounds: int = 7) -> dict[str, dict]:
    """Median milliseconds and megabytes of each import, and the packages it loads."""
    result = {}
    for what, before in IMPORTS.items():
        found = []
        for _ in range(rounds):
            words = [sys.executable, "-c", ONE_IMPORT, before, what]
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            found.append(json.loads(done.stdout))
        result[what] = {
            key: statistics.median(one[key] for one in found) for key in ("ms", "MB")
        } | {"new": found[-1]["new"]}
    return result


def as_text(found: dict[str, dict]) -> str:
    """A Markdown table."""
    lines = ["| import | after | ms | MB |", "| --- | --- | --- | --- |"]
    for what, one in found.items():
        after = IMPORTS[what] or "–"
        lines.append(f"| {what} | {after} | {one['ms']:.0f} | {one['MB']:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    found = measure(parser.parse_args().rounds)
    print(as_text(found))
    new = found["course_utils.training"]["new"]
    print(f"\nPackages that training loads beside torch's: {', '.join(new)}")
