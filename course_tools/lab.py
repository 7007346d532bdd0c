"""JupyterLab on the first lesson, on a desktop, a server or in a container."""

from __future__ import annotations

import argparse
import importlib.util
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from course_tools.project import UserError, find_root

FIRST_LESSON = "notebooks/01_data_visualization.ipynb"
LOG_OPTIONS = ("--debug", "--log-level", "--Application.log_level")


def jupyter_command(
    root: Path, others: Sequence[str], environment: Mapping[str, str]
) -> list[str]:
    """Return the command line that starts JupyterLab here.

    Args:
        root: the checkout, the folder that JupyterLab shows.
        others: further arguments, handed on as they are.
        environment: environment variables; without DISPLAY and WAYLAND_DISPLAY, on
            Linux, no browser is opened.
    """
    line = [sys.executable, "-m", "jupyterlab", str(root / FIRST_LESSON)]
    # Ctrl-C ends it at once, instead of asking whether it may.
    line += [f"--ServerApp.root_dir={root}", "--ServerApp.answer_yes=True"]
    # A learner has come for a lesson, not to be asked about news and updates.
    line += [
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if not any(option.startswith(LOG_OPTIONS) for option in others):
        line.append("--Application.log_level=ERROR")
    has_display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not has_display:
        line.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        line.append("--allow-root")
    return [*line, *others]


def lesson_address(server: Mapping[str, str]) -> str:
    """Return where a running server shows the first lesson.

    Args:
        server: what the server wrote down about itself: `url` and `token`.
    """
    token = f"?token={server['token']}" if server["token"] else ""
    return f"{server['url']}lab/tree/{FIRST_LESSON}{token}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare that `course lab` hands what it does not know on to Jupyter."""
    parser.epilog = "Further options go to `jupyter lab`, such as --port=9000."
    parser.set_defaults(passes_on=True)


def command(arguments: argparse.Namespace) -> int:
    """Carry out `course lab`."""
    root = find_root()
    if importlib.util.find_spec("jupyterlab") is None:
        raise UserError(
            "JupyterLab is not installed for this Python. Install it with "
            f"`{sys.executable} -m pip install -r requirements.txt`."
        )
    if not (root / FIRST_LESSON).exists():
        raise UserError(f"{root / FIRST_LESSON} is missing. Run `course pairs`.")
    print("Starting JupyterLab ...", flush=True)
    # With a token of ours, the server need not log the address to make it known.
    environment = {"JUPYTER_TOKEN": secrets.token_hex(16), **os.environ}
    line = jupyter_command(root, arguments.others, os.environ)
    # Whoever ends this process ends the server with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = subprocess.Popen(line, env=environment)
    try:
        address = _wait_for_address(server)
        if address:
            print(
                f"\nJupyterLab is running. Open this address in a browser:\n\n"
                f"    {address}\n\nTo stop it, press Ctrl-C here.",
                flush=True,
            )
        return server.wait()
    except KeyboardInterrupt:
        # A terminal sends Ctrl-C to the server as well, `kill` does not. On Windows
        # there is only the terminal, and `terminate` would leave kernels behind.
        if sys.platform != "win32":
            server.terminate()
        server.wait()
        return 0


def _wait_for_address(server: subprocess.Popen) -> str | None:
    """Return the address once the server answers; None if it has ended instead."""
    from jupyter_server.serverapp import list_running_servers

    while server.poll() is None:
        for running in list_running_servers():
            if running["pid"] == server.pid:
                return lesson_address(running)
        time.sleep(0.1)
    return None
