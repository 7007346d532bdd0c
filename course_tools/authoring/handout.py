"""What a class gets: the course without anything that leads to a key.

`course exercises --student-bundle class.zip` writes the lessons, the exercise sets,
what they import and what opens them, with a README for students. No badge and no
address leads to the repository that the course comes from, because that holds the keys.
With `--repository`, badges open the place where the class's own copy is published.

With `--variants STUDENTS.csv`, sets in which students have numbers of their own are not
in class.zip. They lie beside it in the folder class/, in an archive for each student
that is unpacked over it.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_tools.authoring.clean import without_author_cells
from course_tools.authoring.colab import BADGE_IMAGE, stamped
from course_tools.authoring.pairs import notebook_text, read_notebook
from course_tools.authoring.variants import Students, read_variants, varied_notebook
from course_tools.files import write_atomically
from course_tools.project import NOTEBOOK_NAMES, UserError, repository
from course_utils.progress import track

# Neither the key, nor the tests (which hold wrong answers and references), nor what
# only authors and instructors run.
BUNDLED = (
    "LICENSE", "requirements.txt", "course_utils/**/*",
    "notebooks/*.md", "notebooks/*.png", "course_tools/*.py", "course_tools/desk/*.py",
    *(f"course_tools/authoring/{name}.py"
      for name in ("__init__", "clean", "outputs", "pairs")),
)  # fmt: skip
NOT_BUNDLED = ("__pycache__", ".ipynb_checkpoints", "keys.py", "widgets/README.md")
FOR_STUDENTS = Path(__file__).with_name("students")
SECTIONS_FOR_AUTHORS = re.compile(r"^\[tool\.(?:pytest|ruff|course)\b", re.M)
SETS = "exercises"
TEXTS = (".py", ".md", ".toml", ".txt", ".ipynb", ".js", ".json", "Makefile", "LICENSE")
# What would lead to a key, or is one. `course exercises` writes of solutions/.
SECRET = re.compile(
    r"(?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)|\*\*Rubric|solutions/|tests/answers"
)
# Of lesson 11, for those who have the whole course.
TO_KEYS = re.compile(
    r" What they did stands in\s+`solutions/\S+` and its two neighbors: read it after "
    r"yours\."
)


def write_bundle(
    root: Path, target: Path, name: str = "", own: Path | None = None
) -> int:
    """Write what a class gets. The same files give the same bytes.

    Args:
        root: the checkout, with exercises/ up to date.
        target: the zip.
        name: of the repository, `OWNER/NAME`, where it is published for Colab; "" for
            none.
        own: the students, where they have numbers of their own.

    Returns:
        How many files the zip holds.

    Raises:
        UserError: a file holds what must stay secret, or leads to a key; or two
            students would get one archive.
    """
    if name == repository(root):
        raise UserError(
            f"{name} holds the keys. Publish the bundle elsewhere, and name that place."
        )
    students = Students(own) if own else None
    contents = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in _paths(root)
    }
    contents["pyproject.toml"] = _settings(root).encode()
    sets: dict[str, NotebookNode] = {}
    for path in _notebooks(root):
        place = path.relative_to(root).as_posix()
        notebook = _without_author(read_notebook(path), place, name)
        if students and path.parent.name == SETS and _variants(root, path.stem):
            sets[place] = notebook
        contents[place] = notebook_text(notebook).encode()
    readme = (FOR_STUDENTS / "README.md").read_text(encoding="utf-8")
    lessons = _table(root, contents)
    contents["README.md"] = readme.replace("{lessons}", lessons).encode()
    contents["Makefile"] = (FOR_STUDENTS / "Makefile").read_bytes()
    contents = {p: _unlinked(p, c, repository(root)) for p, c in contents.items()}
    for place in sets:
        del contents[place]
    _write(target, contents)
    if students:
        _write_own(root, target.with_suffix(""), students, sets)
    return len(contents)


def _paths(root: Path) -> list[Path]:
    found = {path for pattern in BUNDLED for path in root.glob(pattern)}
    places = {path: f"/{path.relative_to(root).as_posix()}/" for path in found}
    return sorted(
        path
        for path, place in places.items()
        if path.is_file() and not any(f"/{name}/" in place for name in NOT_BUNDLED)
    )


def _notebooks(root: Path) -> list[Path]:
    return [
        path
        for folder in ("notebooks", SETS)
        for path in sorted((root / folder).glob(f"{NOTEBOOK_NAMES}.ipynb"))
    ]


def _variants(root: Path, stem: str) -> tuple:
    return read_variants(root / "solutions" / f"{stem}.py")


def _settings(root: Path) -> str:
    """pyproject.toml without what only authors need."""
    blocks = (root / "pyproject.toml").read_text(encoding="utf-8").split("\n\n")
    kept = [block for block in blocks if not SECTIONS_FOR_AUTHORS.search(block)]
    return "\n\n".join([*kept, "# This is the course.\n[tool.course]\n"])


def _without_author(notebook: NotebookNode, place: str, name: str) -> NotebookNode:
    """A notebook without cells for authors; with a badge if it is published."""
    notebook = without_author_cells(notebook, setup=bool(name))
    notebook.metadata.pop("course", None)
    if name:
        notebook = stamped(notebook, name, place)
    else:
        notebook.cells = [c for c in notebook.cells if BADGE_IMAGE not in c.source]
    for cell in notebook.cells:
        cell.metadata.pop("course", None)
        cell.source = TO_KEYS.sub("", cell.source)
    return notebook


def _unlinked(place: str, content: bytes, home: str) -> bytes:
    """A file whose links into the repository stay inside the bundle."""
    if not place.endswith(TEXTS):
        return content
    text = content.decode("utf-8").replace(
        f"https://github.com/{home}/blob/main/", "../"
    )
    pages = "{}.github.io/{}".format(*home.split("/"))
    for secret in (*SECRET.findall(text), *(t for t in (home, pages) if t in text)):
        raise UserError(
            f"{place} holds {secret!r}, which students must not see. Take it out of "
            "that file."
        )
    return text.encode()


def _table(root: Path, contents: Mapping[str, bytes]) -> str:
    lines = ["| lesson | exercises |", "| --- | --- |"]
    for place in sorted(p for p in contents if p.startswith("notebooks/")):
        if not place.endswith(".ipynb"):
            continue
        source = read_notebook(root / place).cells
        title = next(c.source for c in source if c.source.startswith("# "))
        title = title.partition("\n")[0].removeprefix("# ")
        of_set = f"{SETS}/{Path(place).name}"
        number = Path(place).name[:2].lstrip("0")
        link = f"[set {number}]({of_set})" if of_set in contents else ""
        lines.append(f"| [{title}]({place}) | {link} |")
    return "\n".join(lines)


def _write(target: Path, contents: Mapping[str, bytes]) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(f"course/{name}", date_time=(2026, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, content)
    write_atomically(target, file.getvalue())


def _write_own(
    root: Path, folder: Path, students: Students, sets: Mapping[str, NotebookNode]
) -> None:
    """Write an archive for each student, with the sets of their own numbers."""
    names = _file_names(students.ids)
    folder.mkdir(exist_ok=True)
    for student in track(students.ids, "writing"):
        own = {}
        for place, notebook in sets.items():
            stem = Path(place).stem
            made = varied_notebook(notebook, stem, _variants(root, stem), student)
            own[place] = nbformat.v4.writes(made).encode() + b"\n"
        _write(folder / f"{names[student]}.zip", own)


def _file_names(ids: Iterable[str]) -> dict[str, str]:
    names = {i: re.sub(r"[^\w.@+-]", "_", i) for i in ids}
    used = [name.casefold() for name in names.values()]
    if twice := [i for i, name in names.items() if used.count(name.casefold()) > 1]:
        raise UserError(
            f"the archives of {' and '.join(map(repr, twice[:2]))} would have one name. "
            "Give them ids that differ in letters or digits."
        )
    return names
