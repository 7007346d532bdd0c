"""The benchmarks compare equal work, and say honestly what they found."""

import importlib
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from course_utils.datasets.mnist import load_mnist

HERE = Path(__file__).parent / "benchmarks"


@pytest.fixture(scope="module")
def benchmarks():
    """Their modules, which import each other by name."""
    sys.path.insert(0, str(HERE))
    names = ("contenders", "fit_speed", "accuracy_speed", "import_speed")
    yield {name: importlib.import_module(name) for name in names}
    sys.path.remove(str(HERE))


@pytest.fixture(scope="module")
def task(benchmarks):
    raw = load_mnist()
    images, labels = raw.train_images[:3000], raw.train_labels[:3000]
    contenders = benchmarks["contenders"]
    net = contenders.Net((784, 32, 10), 20)
    return contenders.Task(net, images / 255, labels, images[:, 0].numpy())


def trained_loss(benchmarks, task, name, seed=0):
    seconds, predict = benchmarks["contenders"].CONTENDERS[name](task, seed)
    assert seconds > 0
    with torch.no_grad():
        return F.cross_entropy(predict(task.images), task.labels).item()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "name",
    ["training.fit", "JAX, compiled", "scikit-learn", "TensorDataset", "Lightning", "skorch", "fastai",
     "Keras", "published loop"],
)  # fmt: skip
def test_every_contender_does_the_work_of_the_bare_loop(benchmarks, task, name):
    here, absent = benchmarks["fit_speed"].installed()
    assert name in here + absent
    if name in absent:
        pytest.skip(f"{name} is not installed: tests/benchmarks/requirements.txt")
    expected = trained_loss(benchmarks, task, "bare loop")
    untrained = F.cross_entropy(task.net.model()(task.images), task.labels).item()
    assert expected < untrained / 2
    loss = trained_loss(benchmarks, task, name)
    if name == "training.fit":  # the same batches in the same order
        assert loss == expected
    else:
        assert loss == pytest.approx(expected, rel=0.1)


def test_the_bare_loop_visits_the_images_in_the_order_of_the_loader(benchmarks, task):
    losses = [trained_loss(benchmarks, task, "bare loop", seed) for seed in (0, 1)]
    assert losses[0] != losses[1]
    assert losses[1] == trained_loss(benchmarks, task, "training.fit", 1)


def test_ratios_compare_runs_of_the_same_round(benchmarks):
    runs = benchmarks["fit_speed"].Runs
    assert runs([3.0, 8.0]).over(runs([1.0, 4.0, 5.0])) == [3.0, 2.0]


def test_the_time_to_an_accuracy_is_that_of_the_first_epoch_that_has_it(benchmarks):
    reached = benchmarks["accuracy_speed"].reached
    curve = [(1.0, 0.90), (2.0, 0.97), (3.0, 0.96), (4.0, 0.975)]
    assert reached(curve, 0.97) == 2.0
    assert reached(curve, 0.972) == 4.0
    assert reached(curve, 0.98) is None


def test_importing_the_training_loop_loads_little_beside_torch(benchmarks):
    found = benchmarks["import_speed"].measure(rounds=1)
    assert "torch" not in found["course_utils"]["new"]
    assert set(found["course_utils.training"]["new"]) <= {
        "__editable___course_utils_0_1_0_finder", "course_utils", "tqdm",
    }  # fmt: skip
