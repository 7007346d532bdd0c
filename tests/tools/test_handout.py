"""What a class gets: complete for students, and nothing that leads to a key."""

import ast
import json
import re
import shutil
import zipfile

import cells
import nbformat
import pytest

from course_tools.__main__ import main
from course_tools.authoring import pairs
from course_tools.authoring.handout import _write, write_bundle
from course_tools.desk.delivery import contents
from course_tools.project import repository

HOME = repository(cells.ROOT)
SET_3 = "03_mlp"


def unpacked(path):
    """By name, the content of every file of an archive."""
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The bundle of the real course."""
    path = tmp_path_factory.mktemp("bundle") / "course.zip"
    write_bundle(cells.ROOT, path)
    return unpacked(path)


def readable(name, content):
    """All text of a file; that of a notebook without JSON's escapes."""
    text = content.decode("utf-8", errors="ignore")
    if not name.endswith(".ipynb"):
        return text
    texts = []

    def collect(value):
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            texts.append("".join(value))
        elif isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                collect(item)

    collect(json.loads(text))
    return "\n".join(texts)


@pytest.fixture(scope="module")
def texts(bundle):
    """By name, the text of every file; pictures and data have none."""
    return {name: readable(name, content) for name, content in bundle.items()}


def secret_lines(path):
    """Lines of a key that no set and no lesson shows."""
    shown = "\n".join(
        c.source for key in cells.KEYS for c in cells.untouched(key).cells
    )
    lessons = pairs.find_sources(cells.ROOT, ["notebooks"])
    shown += "".join(lesson.read_text("utf-8") for lesson in lessons)
    lines = {
        line.strip()
        for cell in cells.key(path).cells
        for line in cell.source.split("\n")
    }
    return {line for line in lines if len(line) > 25 and line not in shown}


def test_the_bundle_holds_what_a_learner_needs(bundle):
    for name in (
        "README.md",
        "requirements.txt",
        "notebooks/02_softmax_regression.ipynb",
        "exercises/02_softmax_regression.ipynb",
        "course_utils/checks/compare.py",
        "course_utils/datasets/files/mnist/train-labels-idx1-ubyte.xz",
    ):
        assert f"course/{name}" in bundle


def test_every_module_of_the_bundle_finds_those_of_the_course_that_it_imports(texts):
    here = {n.removeprefix("course/").removesuffix(".py") for n in texts}
    here |= {n.removesuffix("/__init__") for n in here}
    for name, text in texts.items():
        for node in ast.walk(ast.parse(text)) if name.endswith(".py") else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("course_tools", "course_utils")
            ):
                assert node.module.replace(".", "/") in here, (name, node.module)


def test_the_bundle_fills_a_desk_as_the_course_does(bundle, tmp_path):
    for name, content in bundle.items():
        if "/notebooks/" in name or "/exercises/" in name:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    desk, whole = contents(tmp_path / "course"), contents(cells.ROOT)
    assert set(desk) == set(whole)
    for name in desk:
        same = [desk[name], whole[name]]
        if name.endswith(".ipynb") and not name.startswith("11"):
            same = [[c["source"] for c in json.loads(t)["cells"]] for t in same]
            assert same[0] == same[1], name


def test_the_bundle_holds_no_file_of_the_key_the_tests_or_instructors(bundle):
    folders = {name.split("/")[1] for name in bundle if name.count("/") > 1}
    assert folders == {"course_tools", "course_utils", "exercises", "notebooks"}
    tools = {name for name in bundle if name.startswith("course/course_tools/")}
    assert not [n for n in tools if re.search("grad|keys|site|exercises|handout", n)]
    assert not [name for name in bundle if "/.git" in name or name.endswith(".toml~")]


def test_no_text_leads_to_a_key(texts):
    owner = HOME.split("/")[0]
    for place, text in texts.items():
        for lead in (
            HOME, f"{owner}.github.io", "solutions/", "tests/answers", "course grade --",
            "colab.research.google.com/github", "BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "**Rubric",
        ):  # fmt: skip
            assert lead not in text, (place, lead)


def test_the_readme_speaks_to_students_alone(texts):
    readme = texts["course/README.md"]
    for word in (
        "grade",
        "instructor",
        "teach",
        "rubric",
        "solution",
        "hidden",
        "test",
    ):
        assert word not in readme.lower(), word
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert len(links) > 20
    assert not [link for link in links if f"course/{link}" not in texts]


@pytest.mark.parametrize("path", cells.KEYS, ids=lambda path: path.stem)
def test_no_file_of_the_bundle_holds_a_line_of_the_key(path, texts):
    secrets = secret_lines(path)
    assert len(secrets) > 20
    for name, text in texts.items():
        assert [line for line in secrets if line in text] == [], name


# --- a course of one set --------------------------------------------------------------


@pytest.fixture
def one_set(checkout):
    """A checkout with the key of set 3, and the set made from it."""
    for name in (f"{SET_3}.py", "variants.toml"):
        shutil.copy(cells.ROOT / "solutions" / name, checkout / "solutions")
    assert main(["exercises"]) == 0
    return checkout


def test_the_same_course_gives_the_same_bundle(one_set):
    for name in ("a.zip", "b.zip"):
        assert main(["exercises", "--student-bundle", name]) == 0
    assert (one_set / "a.zip").read_bytes() == (one_set / "b.zip").read_bytes()


def test_badges_open_the_place_where_a_bundle_is_published(one_set, capsys):
    words = ["exercises", "--student-bundle", "class.zip", "--repository"]
    assert main([*words, "ada/class"]) == 0
    text = readable(".ipynb", unpacked("class.zip")[f"course/exercises/{SET_3}.ipynb"])
    place = f"exercises/{SET_3}.ipynb"
    assert f"research.google.com/github/ada/class/blob/main/{place}" in text
    assert "git+https://github.com/ada/class" in text
    assert HOME not in text
    assert main([*words, HOME]) == 2
    assert f"{HOME} holds the keys" in capsys.readouterr().err


def test_each_student_gets_sets_of_their_own_in_an_archive(one_set):
    (one_set / "class.csv").write_text("id,name\nada,Ada L.\nben,Ben\n", "utf-8")
    words = ["exercises", "--student-bundle", "class.zip", "--variants", "class.csv"]
    assert main(words) == 0
    place = f"course/exercises/{SET_3}.ipynb"
    assert place not in unpacked("class.zip")
    ada, ben = (unpacked(f"class/{n}.zip") for n in ("ada", "ben"))
    assert list(ada) == [place]
    assert ada != ben
    notebook = nbformat.reads(ada[place].decode(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata["course_variant"]["student"] == "ada"
    assert "those of **ada**" in readable(place, ada[place])
    assert "HIDDEN" not in readable(place, ada[place])
    before = (one_set / "class/ada.zip").read_bytes()
    assert main(words) == 0
    assert (one_set / "class/ada.zip").read_bytes() == before


def test_two_students_never_get_one_archive(one_set, capsys):
    (one_set / "class.csv").write_text("id\na/b\na:b\n", "utf-8")
    words = ["exercises", "--student-bundle", "class.zip", "--variants", "class.csv"]
    assert main(words) == 2
    assert "'a/b' and 'a:b' would have one name" in capsys.readouterr().err


def test_no_bundle_is_made_of_sets_that_are_out_of_date(one_set, capsys):
    path = one_set / "solutions" / f"{SET_3}.py"
    path.write_text(path.read_text("utf-8").replace("## 3.1 How", "## 3.1 So how"))
    assert main(["exercises", "--student-bundle", "class.zip"]) == 2
    assert "Run `course exercises`" in capsys.readouterr().err
    assert not (one_set / "class.zip").exists()


def test_no_bundle_is_made_with_a_secret_in_another_file(one_set, capsys):
    (one_set / "LICENSE").write_text("### BEGIN SOLUTION\n", "utf-8")
    assert main(["exercises", "--student-bundle", "class.zip"]) == 2
    assert "LICENSE holds 'BEGIN SOLUTION'" in capsys.readouterr().err
    assert not (one_set / "class.zip").exists()


def test_a_bundle_that_is_interrupted_leaves_the_one_before(tmp_path):
    path = tmp_path / "class.zip"
    _write(path, {"a": b"1"})
    before = path.read_bytes()
    with pytest.raises(TypeError):
        _write(path, {"a": b"2", "b": None})
    assert path.read_bytes() == before
