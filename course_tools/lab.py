"""JupyterLab on the learner's desk, on a desktop, a server or in a container."""

import argparse
import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from course_tools.desk import update, welcome
from course_tools.desk.delivery import FOLDER, OWN
from course_tools.files import write_atomically
from course_tools.project import UserError, find_root

LOG_OPTIONS = ("--debug", "--log-level", "--Application.log_level")


# What JupyterLab does on the desk unless its user has chosen otherwise: Markdown is
# shown as a page, explorables are still there when a notebook is opened again, no one
# is asked about news.
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": "Markdown Preview"}
    },
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
# nbgrader's menus are for those who teach.
PAGE = {"disabledExtensions": {"@jupyter/nbgrader": True}}
SERVER_EXTENSIONS = {
    f"nbgrader.server_extensions.{name}": False
    for name in ("formgrader", "validate_assignment", "assignment_list", "course_list")
}


def write_settings(desk: Path) -> Path:
    """Write the desk's settings for JupyterLab; return their folder.

    Args:
        desk: the folder that JupyterLab shows.
    """
    folder = desk / OWN / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("overrides.json", SETTINGS), ("page_config.json", PAGE)):
        write_atomically(folder / name, json.dumps(content, indent=2))
    return folder


def jupyter_command(
    desk: Path, others: Sequence[str], environment: Mapping[str, str]
) -> list[str]:
    """Return the command line that starts JupyterLab on the desk.

    Args:
        desk: the folder that JupyterLab shows.
        others: further arguments, handed on as they are.
        environment: environment variables; without DISPLAY and WAYLAND_DISPLAY, on
            Linux, no browser is opened.
    """
    line = [sys.executable, "-m", "jupyterlab", str(desk / welcome.NAME)]
    # Ctrl-C ends it at once, instead of asking whether it may.
    line += [f"--ServerApp.root_dir={desk}", "--ServerApp.answer_yes=True"]
    line.append(f"--LabApp.app_settings_dir={desk / OWN / 'lab'}")
    # What was open elsewhere is not opened here, where its files are missing.
    line.append(f"--LabApp.workspaces_dir={desk / OWN / 'lab' / 'workspaces'}")
    line.append(f"--ServerApp.jpserver_extensions={SERVER_EXTENSIONS}")
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


def desk_address(server: Mapping[str, str]) -> str:
    """Return where a running server shows the desk.

    Args:
        server: what the server wrote down about itself: `url` and `token`.
    """
    token = f"?token={server['token']}" if server["token"] else ""
    return f"{server['url']}lab/tree/{welcome.NAME}{token}"


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
    desk = root / FOLDER
    update.bring(root, desk)
    write_settings(desk)
    print("Starting JupyterLab ...", flush=True)
    # With a token of ours, the server need not log the address to make it known.
    environment = {"JUPYTER_TOKEN": secrets.token_hex(16), **os.environ}
    line = jupyter_command(desk, arguments.others, os.environ)
    # Whoever ends this process ends the server with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True)
    threading.Thread(target=_pass_on, args=[server.stderr], daemon=True).start()
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


def _pass_on(errors: TextIO) -> None:
    """Show what the server has to say, without what kernels say of themselves."""
    for text in errors:
        if "[IPKernelApp] WARNING" not in text:
            sys.stderr.write(text)


def _wait_for_address(server: subprocess.Popen) -> str | None:
    """Return the address once the server answers; None if it has ended instead."""
    from jupyter_server.serverapp import list_running_servers

    while server.poll() is None:
        for running in list_running_servers():
            if running["pid"] == server.pid:
                return desk_address(running)
        time.sleep(0.1)
    return None
