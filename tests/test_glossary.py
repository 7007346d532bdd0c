"""The glossary: complete, in order, and linked with the lessons in both directions."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
GLOSSARY = FOLDER / "glossary.md"
REQUIRED = """
    perceptron, neuron, unit, layer, bias, weight, activation function, sigmoid, tanh,
    ReLU, artificial neural network, MLP, one-hot encoding, logit, softmax,
    cross-entropy, loss function, training loss, validation loss, test loss, epoch,
    batch size, iteration, forward pass, backpropagation, chain rule, gradient descent,
    SGD, momentum, Adam, learning rate, optimizer, initialization, vanishing gradient,
    exploding gradient, overfitting, underfitting, dropout, batch normalization, L1, L2,
    weight decay, early stopping, augmentation, stratified split, distribution shift,
    convolution
"""
LINK = re.compile(r"\[([^]]*)\]\(([^)\s]+)\)")


def entries() -> dict[str, str]:
    """What stands below each heading of the glossary."""
    parts = re.split(r"^## (.+)$", GLOSSARY.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def lessons() -> dict[str, str]:
    """File name to all text of each lesson that learners open."""
    texts = {}
    for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts[path.name] = "\n\n".join(
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
        )
    return texts


def anchor(heading: str) -> str:
    """The anchor that Jupyter gives to a heading: spaces become hyphens."""
    return heading.strip().replace("`", "").replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, flags=re.M)}


def links(text: str) -> list[tuple[str, str]]:
    """File ("" for the same) and decoded anchor of each link in `text`."""
    targets = (target for _, target in LINK.findall(text))
    return [
        (file, unquote(fragment))
        for file, _, fragment in (target.partition("#") for target in targets)
    ]


ENTRIES, LESSONS = entries(), lessons()
TERMS = {anchor(term) for term in ENTRIES}


@pytest.mark.parametrize("term", re.findall(r"[^\s,][^,\n]*", REQUIRED))
def test_glossary_has_the_term(term):
    assert term in ENTRIES


def test_terms_stand_in_alphabetical_order():
    keys = [re.sub(r"[^a-z0-9]", "", term.casefold()) for term in ENTRIES]
    assert keys == sorted(keys)


@pytest.mark.parametrize("term", ENTRIES)
def test_an_entry_is_one_paragraph_and_the_place_that_introduces_it(term):
    paragraphs = ENTRIES[term].strip().split("\n\n")
    assert len(paragraphs) == 2
    assert paragraphs[1].startswith("Introduced in [lesson")
    assert len(paragraphs[0].split()) >= 5


@pytest.mark.parametrize("term", ENTRIES)
def test_links_of_an_entry_lead_to_headings(term):
    for file, fragment in links(ENTRIES[term]):
        if file:
            assert file in LESSONS, f"there is no lesson {file}"
            assert fragment in anchors(LESSONS[file]), (
                f"no heading {fragment} in {file}"
            )
        else:
            assert fragment in TERMS, f"the glossary has no entry {fragment}"


@pytest.mark.parametrize("term", ENTRIES)
def test_the_lesson_that_introduces_a_term_links_to_its_entry(term):
    introduced = ENTRIES[term].strip().split("\n\n")[-1]
    file, _ = links(introduced)[0]
    assert ("glossary.md", anchor(term)) in links(LESSONS[file])


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_links_to_the_glossary(lesson):
    assert "glossary.md" in [file for file, _ in links(LESSONS[lesson])]


@pytest.mark.parametrize("lesson", LESSONS)
def test_links_of_a_lesson_lead_to_glossary_entries(lesson):
    wanted = {f for file, f in links(LESSONS[lesson]) if file == "glossary.md" and f}
    assert wanted <= TERMS, f"no such entry: {wanted - TERMS}"
