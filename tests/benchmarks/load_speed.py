"""How long does loading the built-in MNIST take, and how much memory?

    python tests/benchmarks/load_speed.py [--rounds 5]

Each round is a fresh Python process: what it imports is excluded, what it reads,
decompresses, checks, splits and scales is counted. The goal is 2 s on two cores.
"""

import argparse
import json
import statistics
import subprocess
import sys

GOAL = 2.0

ONE_LOAD = """
import json, sys, threading, time
import psutil
from course_utils import data
me, peak = psutil.Process(), 0
before = me.memory_info().rss
done = threading.Event()
def watch():
    global peak
    while not done.wait(0.005):
        peak = max(peak, me.memory_info().rss)
watcher = threading.Thread(target=watch)
watcher.start()
start = time.perf_counter()
splits = data.load("mnist")
seconds = time.perf_counter() - start
done.set()
watcher.join()
images = sum(p.images.nbytes for p in (splits.train, splits.valid, splits.test))
json.dump({"seconds": seconds, "peak": peak - before, "images": images}, sys.stdout)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    found = []
    for number in range(1, rounds + 1):
        output = subprocess.run(
            [sys.executable, "-c", ONE_LOAD], check=True, capture_output=True, text=True
        ).stdout
        found.append(json.loads(output))
        print(f"round {number}: {found[-1]['seconds']:.2f} s", flush=True)
    seconds = [round_["seconds"] for round_ in found]
    print(
        f"data.load('mnist'): median {statistics.median(seconds):.2f} s, fastest "
        f"{min(seconds):.2f} s, slowest {max(seconds):.2f} s (goal: {GOAL:g} s)."
    )
    megabytes = [
        max(round_[key] for round_ in found) / 1e6 for key in ("peak", "images")
    ]
    print("Peak memory {:.0f} MB, for {:.0f} MB of images.".format(*megabytes))


if __name__ == "__main__":
    main()
