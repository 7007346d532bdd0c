"""JupyterLab with notebooks that hold every explorable."""

import base64
import os
import re
import signal
import subprocess
import sys
import threading

import nbformat
from harness import explorable, names
from nbformat.v4 import new_code_cell, new_notebook, new_output

METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
IMPORTS = "import json\nfrom course_utils import widgets\nshown = {}"
REPORT = "# report\nprint(json.dumps({name: e.args() for name, e in shown.items()}))"


def live_notebook(arguments):
    """A notebook that makes each explorable in a cell of its own, and reports on them.

    arguments: for each name the arguments it is made with.
    """
    cells = [new_code_cell(IMPORTS)]
    for name in names():
        made = f"widgets.{explorable(name).__name__}(**{arguments[name]!r})"
        cells.append(
            new_code_cell(f"# {name}\nshown[{name!r}] = {made}\nshown[{name!r}]")
        )
    return new_notebook(cells=[*cells, new_code_cell(REPORT)], metadata=METADATA)


def stored_notebook():
    """Outputs as they are stored, of widgets that no kernel has."""
    cells = []
    for name in names():
        data, metadata = explorable(name)()._repr_mimebundle_()
        data["image/png"] = base64.b64encode(data["image/png"]).decode()
        output = new_output(
            "execute_result", data, metadata=metadata, execution_count=1
        )
        cells.append(new_code_cell(f"# {name}", outputs=[output], execution_count=1))
    return new_notebook(cells=cells, metadata=METADATA)


class PlainLab:
    """JupyterLab on a folder with the notebooks given, for this machine only."""

    def __init__(self, folder, notebooks):
        self.folder = folder
        for name, notebook in notebooks.items():
            nbformat.write(notebook, folder / f"{name}.ipynb")
        own = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
        own += (
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "JUPYTER_DATA_DIR",
        )
        environment = os.environ | {name: str(folder / ".jupyter") for name in own}
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"),
                *("--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"),
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                "--LabApp.news_url=None",
            ],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        printed = ""
        found = None
        for line in self._process.stdout:
            printed += line
            if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab", line):
                break
        assert found, printed
        self.address = found[1]
        # A full pipe would stop the server.
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def address_of(self, name):
        """Where a notebook opens, in a workspace of its own."""
        return f"{self.address}/lab/workspaces/{name}/tree/{name}.ipynb"

    def stop(self):
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()
