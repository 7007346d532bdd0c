"""Checkpoints: whole or not at all, and never code."""

import os
import pickle
import random
import stat

import numpy as np
import pytest
import torch

from course_utils.checkpoints import random_state, restore_random_state
from course_utils.training import load_checkpoint, save_checkpoint

STATE = {
    "weights": {"W": torch.arange(6.0).reshape(2, 3)},
    "rows": [{"epoch": 1, "train_loss": 0.5}, {"epoch": 2, "train_loss": 0.25}],
    "best": None,
    "pair": (1, "two"),
    "others": [True, 1j, b"bytes", {2, 3}, torch.float32, torch.Size([2])],
}


def test_what_is_saved_is_loaded(tmp_path):
    save_checkpoint(tmp_path / "run.pt", STATE)
    loaded = load_checkpoint(str(tmp_path / "run.pt"))
    assert torch.equal(loaded.pop("weights")["W"], STATE["weights"]["W"])
    assert loaded == {key: STATE[key] for key in ("rows", "best", "pair", "others")}


def test_the_folder_is_made_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "deep" / "er" / "run.pt"
    save_checkpoint(path, STATE)
    save_checkpoint(path, STATE)
    assert list(path.parent.iterdir()) == [path]


def test_others_may_read_it_as_any_file(tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    save_checkpoint(tmp_path / "run.pt", STATE)
    modes = [
        stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ("run.pt", "ordinary")
    ]
    assert modes[0] == modes[1]


def test_numpy_scalars_come_back_as_numbers_of_python(tmp_path):
    rate = np.logspace(-3, -1, 3)[1]
    state = {
        "groups": [{"lr": rate, "steps": np.int64(3), "fused": np.bool_(True)}],
        "pair": (np.float32(0.5), {"name": np.str_("adam")}),
    }
    save_checkpoint(tmp_path / "run.pt", state)
    loaded = load_checkpoint(tmp_path / "run.pt")
    assert loaded == {
        "groups": [{"lr": float(rate), "steps": 3, "fused": True}],
        "pair": (0.5, {"name": "adam"}),
    }
    values = [*loaded["groups"][0].values(), loaded["pair"][0]]
    assert [type(value) for value in values] == [float, int, bool, float]


def test_saving_leaves_the_state_as_it_was(tmp_path):
    state = {"rows": [{"lr": np.float64(0.1)}]}
    save_checkpoint(tmp_path / "run.pt", state)
    assert type(state["rows"][0]["lr"]) is np.float64


def test_what_torch_notes_on_the_weights_is_kept(tmp_path):
    weights = torch.nn.BatchNorm1d(2).state_dict()
    save_checkpoint(tmp_path / "run.pt", {"model": weights})
    loaded = load_checkpoint(tmp_path / "run.pt")["model"]
    assert type(loaded) is type(weights)
    assert loaded._metadata == weights._metadata


@pytest.mark.parametrize(
    ("value", "kind"),
    [(np.zeros(3), "ndarray"), (object(), "object"), (torch.relu, "builtin_function")],
)
def test_what_could_not_be_read_back_is_refused_by_its_name(tmp_path, value, kind):
    path = tmp_path / "run.pt"
    save_checkpoint(path, STATE)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"'rows' → 1 → 'extra' it.* type {kind}"):
        save_checkpoint(path, {"rows": [{"epoch": 1}, {"epoch": 2, "extra": value}]})
    assert path.read_bytes() == before


def test_a_key_that_could_not_be_read_back_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"'weights' → the key .*Path"):
        save_checkpoint(tmp_path / "run.pt", {"weights": {tmp_path: 1}})


@pytest.mark.parametrize(
    "make_scheduler",
    [
        lambda o: torch.optim.lr_scheduler.MultiStepLR(o, [2, 4]),
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda epoch: 0.9**epoch),
        lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=9),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 3),
        lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.1, 0.2),
        lambda o: torch.optim.lr_scheduler.SequentialLR(
            o,
            [
                torch.optim.lr_scheduler.LinearLR(o),
                torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
            ],
            [3],
        ),
        lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o),
    ],
)
def test_the_states_of_torchs_schedulers_are_read_back(tmp_path, make_scheduler):
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    state = make_scheduler(optimizer).state_dict()
    save_checkpoint(tmp_path / "run.pt", {"scheduler": state})
    assert load_checkpoint(tmp_path / "run.pt")["scheduler"] == state


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_a_failure_while_writing_leaves_the_old_file_alone(
    tmp_path, monkeypatch, error
):
    path = tmp_path / "run.pt"
    save_checkpoint(path, STATE)
    before = path.read_bytes()

    def fail(state, file):
        file.write(before[:100])
        raise error

    monkeypatch.setattr(torch, "save", fail)
    kind = error if isinstance(error, type) else type(error)
    with pytest.raises(kind):
        save_checkpoint(path, {"big": torch.zeros(10_000)})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_at_the_last_step_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    save_checkpoint(path, STATE)
    before = path.read_bytes()

    def refuse(*arguments):
        raise PermissionError("the file is open elsewhere")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        save_checkpoint(path, {"other": 1})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stays_until_the_new_one_is_complete(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    save_checkpoint(path, {"epoch": 1})
    seen = []
    replace = os.replace

    def watched(source, target):
        seen.append((load_checkpoint(source), load_checkpoint(target)))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    save_checkpoint(path, {"epoch": 2})
    assert seen == [({"epoch": 2}, {"epoch": 1})]
    assert load_checkpoint(path) == {"epoch": 2}


# --- what is refused -------------------------------------------------------------------


class Attack:
    """Unpickled, it creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def plain_pickle(state, path):
    path.write_bytes(pickle.dumps(state, protocol=2))


@pytest.mark.parametrize("write", [torch.save, plain_pickle])
def test_a_file_that_would_run_code_is_refused(tmp_path, write):
    path, trace = tmp_path / "run.pt", tmp_path / "ran"
    write({"model": Attack(trace)}, path)
    with pytest.raises(ValueError, match=r"run\.pt is no checkpoint.*could run code"):
        load_checkpoint(path)
    assert not trace.exists()


def test_the_attack_is_real(tmp_path):
    torch.save({"model": Attack(tmp_path / "ran")}, tmp_path / "run.pt")
    torch.load(tmp_path / "run.pt", weights_only=False)["model"].close()
    assert (tmp_path / "ran").exists()


def test_the_message_does_not_recommend_to_read_it_anyway(tmp_path):
    path = tmp_path / "run.pt"
    torch.save({"model": Attack(tmp_path / "ran")}, path)
    with pytest.raises(ValueError, match="checkpoint") as caught:
        load_checkpoint(path)
    assert "weights_only" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -30])
def test_a_truncated_file_is_named(tmp_path, cut):
    path = tmp_path / "run.pt"
    save_checkpoint(path, STATE)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"run\.pt is no checkpoint.*delete it"):
        load_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x02.", bytes(range(256))])
def test_another_kind_of_file_is_named(tmp_path, content):
    path = tmp_path / "run.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"run\.pt is no checkpoint"):
        load_checkpoint(path)


def test_a_tensor_alone_is_no_checkpoint(tmp_path):
    torch.save(torch.zeros(3), tmp_path / "run.pt")
    with pytest.raises(ValueError, match="no checkpoint"):
        load_checkpoint(tmp_path / "run.pt")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*nothing\.pt"):
        load_checkpoint(tmp_path / "nothing.pt")


# --- random numbers ----------------------------------------------------------------------


def draw(generator):
    # Gaussians come in pairs: one of each pair is kept for the next call.
    return (
        torch.rand(2).tolist(),
        torch.rand(2, generator=generator).tolist(),
        np.random.normal(size=3).tolist(),  # noqa: NPY002
        [random.gauss(0, 1) for _ in range(3)],
    )


def test_random_numbers_go_on_where_they_were_also_through_a_file(tmp_path):
    generator = torch.Generator().manual_seed(4)
    draw(generator)
    save_checkpoint(tmp_path / "random.pt", random_state([generator]))
    expected = draw(generator)
    other = torch.Generator()
    restore_random_state(load_checkpoint(tmp_path / "random.pt"), [other])
    assert draw(other) == expected
