"""Install what the course needs, with PyTorch in the build that suits the machine.

    python -m course_tools.install            what learners need: requirements.txt
    python -m course_tools.install --all      and what authors and instructors need

`make lab` and `make test` run it in their virtual environment, before any package is
there. From PyPI, PyTorch for Linux brings 5 GB of libraries for a GPU of NVIDIA's. Where
there is none, PyTorch's own index has a build without them, which is taken if the index
can be reached. The variable TORCH decides otherwise: `cpu`, `cuda` (what PyPI has), or
`default` (whatever pip finds). Installing is uv's work where it is on the PATH, else
pip's.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CHOICES = ("cpu", "cuda", "default")
SECONDS = 5  # to wait for an answer of the index
TORCH = re.compile(r"^(torch|torchvision)\b")
NVIDIA = Path("/proc/driver/nvidia/version")


def build_of_torch(wanted: str, index: str) -> str:
    """Return which build of PyTorch to install: "cpu" or "default".

    Args:
        wanted: what the variable TORCH says; "" leaves it to the machine.
        index: where the build without a GPU's libraries is.

    Raises:
        SystemExit: TORCH has another value, or asks for an index that doesn't answer.
    """
    if wanted not in ("", *CHOICES):
        sys.exit(f"TORCH={wanted} is not known. Give one of {', '.join(CHOICES)}.")
    if wanted == "cpu":
        if not _answers(index):
            sys.exit(
                f"TORCH=cpu: {index} can't be reached. Check the network, or leave "
                "TORCH out to take the larger build."
            )
        return "cpu"
    has_gpu = NVIDIA.exists() or shutil.which("nvidia-smi")
    if wanted or sys.platform != "linux" or has_gpu:
        return "default"
    if _answers(index):
        return "cpu"
    print(f"{index} can't be reached, so PyTorch comes in the larger build.")
    return "default"


def _answers(index: str) -> bool:
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=SECONDS):
            return True
    except (OSError, ValueError):  # a refusal is an OSError as well
        return False


def commands(root: Path, everything: bool, build: str, index: str) -> list[list[str]]:
    """Return the commands that install.

    Args:
        root: the checkout.
        everything: also what authors and instructors need.
        build: as `build_of_torch` returns it.
        index: where the build "cpu" is.
    """
    uv = shutil.which("uv")
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    install = [uv, "pip", "install", "--python", sys.executable] if uv else pip
    if not sys.stdout.isatty():
        install.append("--quiet")
    needed = ["-r", str(root / "requirements.txt")]
    if everything:
        needed += ["-e", f"{root}[all]"]
    if build != "cpu":
        return [[*install, *needed]]
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    torch = [line.partition("#")[0].strip() for line in lines if TORCH.match(line)]
    return [[*install, "--index-url", index, *torch], [*install, *needed]]


def main() -> int:
    """Install; return the exit status of the first command that failed, or 0."""
    parser = argparse.ArgumentParser(description="Install what the course needs.")
    parser.add_argument(
        "--all", action="store_true", help="also what authors and instructors need"
    )
    asked = parser.parse_args()
    index = os.environ.get("TORCH_INDEX", CPU_INDEX).rstrip("/")
    build = build_of_torch(os.environ.get("TORCH", ""), index)
    kind = " in the build for the CPU" if build == "cpu" else ""
    print(
        f"Installing PyTorch{kind} and the rest; this takes some minutes.", flush=True
    )
    for command in commands(ROOT, asked.all, build, index):
        if status := subprocess.run(command).returncode:
            print(f"This command failed: {' '.join(command)}", file=sys.stderr)
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
