"""What explorables share: numbers, the random generator, the joined module, outputs."""

import json
import subprocess
import sys

import numpy as np
import pytest
from harness import javascript, names, node, run_node
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import widgets
from course_utils.widgets.bundle import bundle
from course_utils.widgets.seeded import Random

MIME = "application/vnd.course.explorable+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def rng():
    return np.random.default_rng(0)


# ---------------------------------------------------------------------- numbers
def test_linear_algebra_is_numpys():
    cases = []
    for n in (1, 2, 3, 6):
        A, B, x = (rng().normal(size=shape).tolist() for shape in ((n, n), (n, 4), n))
        cases.append((A, B, x))
    products = run_node("numbers", "matmul", [[A, B] for A, B, _ in cases])
    images = run_node("numbers", "matvec", [[A, x] for A, _, x in cases])
    solutions = run_node("numbers", "solve", [[A, x] for A, _, x in cases])
    for (A, B, x), product, image, solution in zip(
        cases, products, images, solutions, strict=True
    ):
        np.testing.assert_allclose(product, np.array(A) @ B, rtol=1e-10)
        np.testing.assert_allclose(image, np.array(A) @ x, rtol=1e-10)
        np.testing.assert_allclose(solution, np.linalg.solve(A, x), rtol=1e-8)


def test_elimination_exchanges_rows_where_a_pivot_is_zero():
    [solution] = run_node("numbers", "solve", [[[[0, 2], [3, 1]], [4, 5]]])
    np.testing.assert_allclose(solution, [1, 2])


def test_mean_and_spread_are_numpys():
    values = rng().normal(3, 2, 50).tolist()
    assert run_node("numbers", "mean", [[values]])[0] == pytest.approx(np.mean(values))
    assert run_node("numbers", "spread", [[values]])[0] == pytest.approx(np.std(values))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(-0.001, 2, "0.00"), (-1.5, 1, "−1.5"), (3.14159, 3, "3.142"), (2, 0, "2")],
)
def test_how_a_number_is_written(value, digits, text):
    assert run_node("numbers", "written", [[value, digits]]) == [text]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0312, "0.031"), (1234, "1234"), (1.24e-7, "1.2 × 10⁻⁷")],
)
def test_how_a_small_number_is_written(value, text):
    assert run_node("numbers", "scientific", [[value]]) == [text]


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (-7.5, 7.5, 3, ["−5", "0", "5"]),
        (0, 1, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 0.004, 4, ["0.000", "0.001", "0.002", "0.003", "0.004"]),
    ],
)
def test_ticks_are_round(low, high, count, expected):
    [found] = run_node("numbers", "ticks", [[low, high, count]])
    assert [tick["text"] for tick in found] == expected
    assert all(low <= tick["value"] <= high + 1e-12 for tick in found)


# ------------------------------------------------------------------------ random
def in_page(seed, calls):
    """What `random(seed)` of the page gives for a list of (method, arguments)."""
    each = ", ".join(f"r.{name}(...{json.dumps(args)})" for name, args in calls)
    return javascript("numbers", f"((r) => [{each}])(module.random({seed}))")


def test_python_and_page_draw_the_same_numbers():
    calls = [("uniform", [])] * 5 + [("normal", [1, 2])] * 5 + [("integer", [7])] * 5
    calls += [("shuffled", [[1, 2, 3, 4, 5, 6]]), ("uniform", [-1, 1])]
    for seed in (0, 1, 42, 2**32 - 1):
        drawn = Random(seed)
        expected = [getattr(drawn, name)(*args) for name, args in calls]
        for mine, theirs in zip(expected, in_page(seed, calls), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def test_mulberry32_is_the_published_one():
    # The reference in C, with seed 0: the first outputs of a 32-bit counter.
    first = [Random(0).uniform() * 2**32]
    assert first == [1144304738]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_normal_numbers_have_mean_0_and_deviation_1(seed):
    drawn = Random(seed)
    values = [drawn.normal() for _ in range(4000)]
    # Five standard errors of the mean and of the deviation.
    assert abs(np.mean(values)) < 5 / 4000**0.5
    assert abs(np.std(values) - 1) < 5 / 8000**0.5


# ------------------------------------------------------------------ joined module
@pytest.mark.parametrize("name", names())
def test_the_joined_module_exports_what_the_module_does(name, tmp_path):
    path = tmp_path / "joined.mjs"
    path.write_text(bundle(name), encoding="utf-8")
    code = (
        f"const joined = await import({json.dumps(path.as_uri())});"
        "console.log(JSON.stringify(Object.keys(joined).sort()))"
    )
    done = subprocess.run(
        [node(), "--input-type=module", "-e", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == javascript(name, "Object.keys(module).sort()")


@pytest.mark.parametrize("name", [*names(), "shared", "numbers", "page", "style"])
def test_each_module_is_under_25_kb_and_imports_nothing_from_elsewhere(name):
    text = (widgets.bundle.FOLDER / f"{name}.js").read_text(encoding="utf-8")
    assert len(text.encode()) < 25_000
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def written(folder, **modules):
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")


def run(text, tmp_path):
    path = tmp_path / "run.mjs"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([node(), path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_names_of_joined_modules_do_not_clash(tmp_path):
    written(
        tmp_path,
        a='import { one as first,\n  two } from "./b.js";\nconst hidden = 1;\n'
        "console.log(first, two(), hidden);\n",
        b="const hidden = 5;\nexport const one = hidden;\nexport function two() {\n  return 2 * hidden;\n}\n",
    )
    assert run(bundle("a", tmp_path), tmp_path) == "5 10 1"


def test_a_module_that_two_import_is_there_once(tmp_path):
    written(
        tmp_path,
        a='import { b } from "./b.js";\nimport { c } from "./c.js";\nconsole.log(b === c);\n',
        b='import { state } from "./d.js";\nexport const b = state;\n',
        c='import { state } from "./d.js";\nexport const c = state;\n',
        d="export const state = {};\n",
    )
    assert run(bundle("a", tmp_path), tmp_path) == "true"


@pytest.mark.parametrize(
    "line",
    ['import * as b from "./b.js";', 'import "./b.js";', "export { x };"],
)
def test_what_cannot_be_joined_is_refused(tmp_path, line):
    written(tmp_path, a=f"const x = 1;\n{line}\n", b="export const y = 1;\n")
    with pytest.raises(ValueError, match="can't be joined"):
        bundle("a", tmp_path)


# ------------------------------------------------------------------------ Python
def test_importing_the_package_loads_neither_torch_nor_anywidget():
    code = (
        "import sys, course_utils.widgets as w; dir(w);"
        "print([m for m in ('torch', 'anywidget', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Softmax'"):
        _ = widgets.Softmax


@pytest.mark.parametrize("name", widgets.MODULES)
def test_an_output_has_widget_still_words_and_what_the_site_needs(name):
    explorable = getattr(widgets, name)()
    data, metadata = explorable._repr_mimebundle_()
    assert set(data) == {WIDGET_VIEW, "image/png", "text/plain", MIME}
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"] == {"alt": data["text/plain"]}
    assert len(data["text/plain"]) > 40
    state = {"name": explorable.name, "args": explorable.args()}
    assert json.loads(json.dumps(data[MIME])) == json.loads(json.dumps(state))


@pytest.mark.parametrize("name", widgets.MODULES)
def test_where_reset_leads_comes_with_the_first_message(name, monkeypatch):
    """What is sent later, a page that is busy loses: Reset then did nothing."""
    sent = []

    def publish(_, kind, data=None, **rest):
        sent.append((kind, data or {}))

    monkeypatch.setattr("comm.DummyComm.publish_msg", publish)
    explorable = getattr(widgets, name)()
    kinds, messages = zip(*sent, strict=True)
    assert set(kinds) == {"comm_open"}
    assert messages[-1]["state"]["start"] == explorable.args()


@pytest.mark.parametrize("name", widgets.MODULES)
def test_a_still_leaves_no_figure_and_no_setting_behind(name):
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    explorable = getattr(widgets, name)()
    before, open_before = dict(mpl.rcParams), plt.get_fignums()
    explorable.still()
    assert plt.get_fignums() == open_before
    assert dict(mpl.rcParams) == before


def test_with_a_veil_still_and_words_only_ask():
    question = "Which probability is largest?"
    veiled = widgets.SoftmaxBars(veil=question)
    data, metadata = veiled._repr_mimebundle_()
    assert data["text/plain"] == f"Predict first: {question}"
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert len(data["image/png"]) < len(widgets.SoftmaxBars().still()) / 2
    assert data[MIME]["args"]["veil"] == question


def test_an_output_shows_what_was_found_not_where_it_started():
    bars = widgets.SoftmaxBars()
    bars.temperature = 5.0
    data, _ = bars._repr_mimebundle_()
    assert data[MIME]["args"]["temperature"] == 5.0
    assert bars.start["temperature"] == 1.0


def test_an_unknown_argument_is_refused_by_name():
    with pytest.raises(TypeError, match="has no temprature; it takes labels, logits"):
        widgets.SoftmaxBars(temprature=2)
