"""fit: exact, honest about what went wrong, and able to go on where it stopped."""

import copy
import math
import random
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset
from traitlets.config import Config

from course_utils.training import (
    History,
    TrainingInterrupted,
    evaluate,
    fit,
    last_history,
    load_checkpoint,
    seed_everything,
)

FEATURES, CLASSES = 6, 3


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Tiny tensors gain nothing from more, and lose much on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_data(n=50, seed=0):
    """n points whose class is the largest of three linear functions of them."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, FEATURES, generator=generator)
    W = torch.randn(FEATURES, CLASSES, generator=torch.Generator().manual_seed(99))
    return TensorDataset(X, (X @ W).argmax(dim=1))


def shuffled(data, batch_size=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(data, batch_size, shuffle=True, generator=generator)


def make_model(seed=0, dropout=0.0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(FEATURES, 16),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(16, CLASSES),
    )


def sgd(model, lr=0.1, **options):
    return torch.optim.SGD(model.parameters(), lr=lr, **options)


def quiet_fit(model, *data, **options):
    options = {"epochs": 1, "progress": False} | options
    if "optimizer" not in options:
        options["optimizer"] = sgd(model)
    return fit(model, *data, **options)


def weights(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(first, second):
    """Whether two state dicts agree bit for bit."""
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


# --- the numbers are those of a plain loop ------------------------------------------


def plain_loop(model, loader, optimizer, epochs, max_grad_norm=None, scheduler=None):
    """The loop that lesson 2 writes out; returns its mean losses and accuracies."""
    rows = []
    for _ in range(epochs):
        model.train()
        loss_sum = correct = count = 0
        for X, y in loader:
            logits = model(X)
            loss = F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            if max_grad_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), max_grad_norm)
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            loss_sum += F.cross_entropy(logits, y, reduction="sum").item()
            correct += (logits.argmax(1) == y).sum().item()
            count += len(y)
        rows.append((loss_sum / count, correct / count))
    return rows


@pytest.mark.parametrize(
    "make_optimizer",
    [
        sgd,
        lambda model: sgd(model, momentum=0.9),
        lambda model: torch.optim.Adam(model.parameters(), lr=0.01),
        lambda model: torch.optim.AdamW(model.parameters(), lr=0.01),
    ],
    ids=["SGD", "momentum", "Adam", "AdamW"],
)
def test_weights_equal_those_of_a_plain_loop_bit_for_bit(make_optimizer):
    data = make_data()
    expected, got = make_model(dropout=0.2), make_model(dropout=0.2)
    seed_everything(1)
    rows = plain_loop(expected, shuffled(data), make_optimizer(expected), epochs=3)
    seed_everything(1)
    history = quiet_fit(got, shuffled(data), epochs=3, optimizer=make_optimizer(got))
    assert same(weights(got), weights(expected))
    assert history["train_loss"] == pytest.approx([loss for loss, _ in rows], rel=1e-6)
    assert history["train_accuracy"] == [accuracy for _, accuracy in rows]


@given(n=st.integers(1, 40), batch_size=st.integers(1, 45))
@settings(max_examples=40, deadline=None)
def test_each_example_counts_once_whatever_the_batch_size(n, batch_size):
    """With a learning rate of 0 the training figures are those of the fixed model."""
    data, model = make_data(n), make_model()
    X, y = data.tensors
    logits = model(X).detach()
    history = quiet_fit(
        model, shuffled(data, batch_size), data, optimizer=sgd(model, lr=0.0)
    )
    loss = F.cross_entropy(logits.double(), y).item()
    accuracy = (logits.argmax(1) == y).float().mean().item()
    for part in ("train", "valid"):
        assert history[f"{part}_loss"] == pytest.approx([loss], rel=1e-5)
        assert history[f"{part}_accuracy"] == pytest.approx([accuracy])


@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(torch.tensor([0.1, 3.0, 1.0])),
        nn.CrossEntropyLoss(torch.tensor([0.1, 3.0, 1.0]), ignore_index=0),
        partial(F.cross_entropy, weight=torch.tensor([0.1, 3.0, 1.0])),
        nn.NLLLoss(torch.tensor([0.1, 3.0, 1.0])),
        nn.CrossEntropyLoss(ignore_index=2, label_smoothing=0.1),
    ],
)
@pytest.mark.parametrize("batch_size", [9, 13, 60])
def test_a_weighted_loss_does_not_depend_on_the_batch_size(loss, batch_size):
    """With a learning rate of 0, it is that of all examples at once."""
    data, model = make_data(60), make_model()
    X, y = data.tensors
    history = quiet_fit(
        model, shuffled(data, batch_size), data, loss_fn=loss, optimizer=sgd(model, 0.0)
    )
    expected = loss(model(X), y).item()
    assert history["train_loss"] == pytest.approx([expected], rel=1e-5)
    assert history["valid_loss"] == pytest.approx([expected], rel=1e-5)


def test_examples_that_the_loss_ignores_do_not_train_and_are_not_counted():
    X, y = make_data(60).tensors
    hidden = y.clone()
    hidden[30:] = -100
    expected, got = make_model(), make_model()
    loss = nn.CrossEntropyLoss()
    alone = quiet_fit(expected, DataLoader(TensorDataset(X[:30], y[:30]), 30))
    history = quiet_fit(got, DataLoader(TensorDataset(X, hidden), 60), loss_fn=loss)
    assert history["train_accuracy"] == alone["train_accuracy"]
    assert history["train_loss"] == pytest.approx(alone["train_loss"])
    for name, value in weights(expected).items():
        torch.testing.assert_close(weights(got)[name], value)


def test_first_loss_of_zero_weights_is_the_logarithm_of_the_number_of_classes():
    model = nn.Linear(FEATURES, CLASSES)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    history = quiet_fit(model, make_data(), optimizer=sgd(model, lr=0.0))
    assert history["train_loss"] == pytest.approx([math.log(CLASSES)])


def test_one_step_of_linear_regression_follows_the_closed_form():
    X = torch.tensor([[1.0], [2.0], [3.0]])
    y = torch.tensor([[2.0], [3.0], [7.0]])
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    history = quiet_fit(
        model, TensorDataset(X, y), optimizer=sgd(model, lr=0.1), loss_fn=F.mse_loss
    )
    # d/dw of mean (w x - y)^2 at w = 0 is -2 mean(x y) = -2 * 29 / 3
    assert model.weight.item() == pytest.approx(0.1 * 2 * 29 / 3)
    assert history["train_loss"] == pytest.approx([(4 + 9 + 49) / 3])


def test_regression_has_no_accuracy():
    X = torch.randn(20, FEATURES)
    data = TensorDataset(X, X.sum(dim=1, keepdim=True))
    model = nn.Linear(FEATURES, 1)
    history = quiet_fit(
        model, data, data, epochs=2, loss_fn=F.mse_loss, restore_best=True
    )
    assert math.isnan(history["train_accuracy"][0])
    assert math.isnan(history["valid_accuracy"][0])
    assert history["valid_loss"][1] < history["valid_loss"][0]


def test_gradients_are_clipped_as_asked():
    data = make_data()
    expected, got = make_model(), make_model()
    plain_loop(expected, shuffled(data), sgd(expected), 2, max_grad_norm=0.05)
    quiet_fit(got, shuffled(data), epochs=2, max_grad_norm=0.05)
    assert same(weights(got), weights(expected))
    unclipped = make_model()
    quiet_fit(unclipped, shuffled(data), epochs=2)
    assert not same(weights(got), weights(unclipped))


def test_clipping_measures_what_the_optimizer_trains():
    """A frozen part of the model gathers gradients that nobody clears."""
    data = make_data()
    alone, whole = make_model(), make_model()
    alone[0].requires_grad_(False)
    for model in (alone, whole):
        quiet_fit(
            model, shuffled(data), epochs=3, optimizer=sgd(model[3]), max_grad_norm=0.05
        )
    assert same(weights(whole), weights(alone))


# --- schedulers ---------------------------------------------------------------------


def test_a_scheduler_steps_once_per_epoch():
    model = make_model()
    optimizer = sgd(model, lr=1.0)
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    history = quiet_fit(
        model, make_data(), epochs=3, optimizer=optimizer, scheduler=scheduler
    )
    assert history["lr"] == [1.0, 0.5, 0.25]
    assert optimizer.param_groups[0]["lr"] == 0.125


def test_a_scheduler_steps_once_per_batch():
    data = make_data(50)  # 7 batches of 8 or fewer

    def parts(model):
        optimizer = sgd(model, lr=0.1, momentum=0.9)
        return optimizer, lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps=14)

    expected, got = make_model(), make_model()
    optimizer, scheduler = parts(expected)
    plain_loop(expected, shuffled(data), optimizer, 2, scheduler=scheduler)
    optimizer, scheduler = parts(got)
    quiet_fit(
        got, shuffled(data), epochs=2, optimizer=optimizer, scheduler=scheduler,
        scheduler_step="batch",
    )  # fmt: skip
    assert same(weights(got), weights(expected))


@pytest.mark.parametrize("monitor", ["valid_loss", "valid_accuracy"])
def test_reduce_on_plateau_gets_the_monitored_figure(monitor):
    model = make_model()
    optimizer = sgd(model, lr=1e-12)  # nothing ever improves by 1e-4
    mode = "min" if monitor == "valid_loss" else "max"
    scheduler = lr_scheduler.ReduceLROnPlateau(
        optimizer, mode, factor=0.1, patience=1, eps=0
    )
    history = quiet_fit(
        model, make_data(), make_data(20, seed=1), epochs=4, optimizer=optimizer,
        scheduler=scheduler, monitor=monitor,
    )  # fmt: skip
    assert history["lr"] == pytest.approx([1e-12, 1e-12, 1e-12, 1e-13])
    assert scheduler.best == history[monitor][0]


def test_reduce_on_plateau_follows_the_training_loss_without_validation_data():
    model = make_model()
    optimizer = sgd(model)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer)
    history = quiet_fit(
        model, make_data(), epochs=3, optimizer=optimizer, scheduler=scheduler
    )
    assert scheduler.best == min(history["train_loss"])


@pytest.mark.parametrize(
    ("mode", "options", "message"),
    [
        ("min", {"monitor": "valid_accuracy"}, r'valid_accuracy.*mode="max"'),
        ("max", {"monitor": "valid_loss"}, r'valid_loss.*mode="min"'),
        ("max", {"valid": None}, r'train_loss.*mode="min"'),
        ("min", {"scheduler_step": "batch"}, 'scheduler_step="epoch"'),
    ],
)
def test_reduce_on_plateau_must_go_the_way_of_the_figure(mode, options, message):
    model = make_model()
    before = weights(model)
    optimizer = sgd(model)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, mode)
    options = {"valid": make_data()} | options
    with pytest.raises(ValueError, match=message):
        quiet_fit(
            model, make_data(), optimizer=optimizer, scheduler=scheduler, **options
        )
    assert same(weights(model), before)


@pytest.mark.parametrize("kind", [torch.tensor, np.float32])
def test_rates_in_the_history_are_numbers_of_their_own(kind):
    """A rate that is a tensor is changed in place by its scheduler."""
    model = make_model()
    optimizer = sgd(model, lr=kind(1.0))
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    history = quiet_fit(
        model, make_data(), epochs=3, optimizer=optimizer, scheduler=scheduler
    )
    assert history["lr"] == [1.0, 0.5, 0.25]
    assert all(type(rate) is float for rate in history["lr"])


# --- what a learner brings ------------------------------------------------------------


class OwnDataset(Dataset):
    """Returns an array and a plain int, as hand-written data sets do."""

    def __len__(self):
        return 21

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError
        return np.full(FEATURES, index / 21, dtype=np.float32), index % CLASSES


class Stream(IterableDataset):
    """Knows its examples only while it yields them."""

    def __init__(self, data):
        self.data = data

    def __iter__(self):
        return (self.data[i] for i in range(len(self.data)))


class OwnModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(FEATURES, CLASSES))

    def forward(self, X):
        return X @ self.W


class Named(OwnModel):
    def forward(self, X):
        return {"logits": super().forward(X)}


def own_loss(logits, y):
    return -logits.log_softmax(dim=1)[torch.arange(len(y)), y].mean()


def test_own_dataset_model_and_loss():
    model = OwnModel()
    history = quiet_fit(model, OwnDataset(), OwnDataset(), epochs=2, loss_fn=own_loss)
    assert len(history) == 2
    assert history["train_loss"][0] == pytest.approx(math.log(CLASSES), abs=0.05)


@pytest.mark.parametrize("wrap", [lambda d: d, lambda d: DataLoader(d, batch_size=8)])
def test_a_data_set_without_a_length(wrap, capsys):
    data = make_data()
    expected, got = make_model(), make_model()
    ordered = DataLoader(data, batch_size=8)
    stream = wrap(Stream(data))
    if not isinstance(stream, DataLoader):
        ordered = DataLoader(data, batch_size=128)
    plain_loop(expected, ordered, sgd(expected), epochs=2)
    history = fit(got, stream, stream, epochs=2, optimizer=sgd(got))
    assert same(weights(got), weights(expected))
    assert history["valid_loss"][-1] == pytest.approx(evaluate(got, data).loss)
    assert "epoch 2/2" in capsys.readouterr().out


def test_a_data_set_without_validation():
    model = make_model()
    history = quiet_fit(model, make_data(), epochs=2)
    assert history.best_epoch is None
    assert list(history.rows[0]) == [
        "epoch", "train_loss", "train_accuracy", "lr", "seconds",
    ]  # fmt: skip


def test_a_dataset_is_shuffled_in_batches_of_128():
    seen = []

    class Watched(Dataset):
        def __len__(self):
            return 300

        def __getitem__(self, index):
            seen.append(index)
            return torch.zeros(FEATURES), 0

    class Counting(OwnModel):
        sizes = ()

        def forward(self, X):
            self.sizes = (*self.sizes, len(X))
            return super().forward(X)

    model = Counting()
    quiet_fit(model, Watched())
    assert model.sizes == (128, 128, 44)
    assert sorted(seen) == list(range(300))
    assert seen != sorted(seen)


def test_only_part_of_a_model_is_trained_when_the_optimizer_holds_only_that():
    model = make_model()
    before = weights(model)
    quiet_fit(model, make_data(), optimizer=sgd(model[3]))
    after = weights(model)
    assert torch.equal(before["0.weight"], after["0.weight"])
    assert not torch.equal(before["3.weight"], after["3.weight"])


# --- modes and random numbers -----------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
def test_every_module_gets_its_own_mode_back(training):
    model = make_model(dropout=0.5)
    model.train(training)
    model[2].train(not training)
    modes = [module.training for module in model.modules()]
    quiet_fit(model, make_data(), make_data(seed=1))
    assert [module.training for module in model.modules()] == modes


def test_modes_during_training_and_validation():
    seen = []

    class Watching(OwnModel):
        def forward(self, X):
            seen.append((self.training, torch.is_grad_enabled()))
            return super().forward(X)

    model = Watching().eval()
    quiet_fit(model, make_data(8), make_data(8))
    assert seen == [(True, True), (False, False)]


def test_validation_does_not_change_the_training():
    """Neither through random numbers (dropout) nor through batch statistics."""

    def train(*valid):
        model = make_model(dropout=0.3)
        model.append(nn.BatchNorm1d(CLASSES))
        seed_everything(5)
        quiet_fit(model, shuffled(make_data()), *valid, epochs=3)
        return weights(model)

    assert same(train(), train(make_data(20, seed=1)))


def test_seed_everything_repeats_all_three_libraries():
    def draw():
        seed_everything(3)
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    assert draw() == draw()


# --- the best weights, and stopping early ------------------------------------------------


def overfit(**options):
    """A run whose validation loss rises after a few epochs, and its weights."""
    torch.manual_seed(0)
    X, y = torch.randn(20, FEATURES), torch.randint(CLASSES, (20,))
    train, valid = TensorDataset(X, y), TensorDataset(X, y.roll(1))
    model = make_model()
    saved = []
    history = quiet_fit(
        model,
        train,
        valid,
        optimizer=sgd(model, lr=0.5, momentum=0.9),
        on_epoch=lambda row: saved.append(weights(model)),
        **({"epochs": 12} | options),
    )
    return model, history, saved, valid


@pytest.mark.parametrize("monitor", ["valid_loss", "valid_accuracy"])
def test_the_best_weights_are_those_of_the_best_epoch(monitor):
    model, history, saved, valid = overfit(restore_best=True, monitor=monitor)
    best = np.argmin if monitor == "valid_loss" else np.argmax
    assert history.best_epoch == best(history[monitor]) + 1
    assert history.best_epoch < 12
    assert same(weights(model), saved[history.best_epoch - 1])
    result = evaluate(model, valid)
    figure = result.loss if monitor == "valid_loss" else result.accuracy
    assert figure == history[monitor][history.best_epoch - 1]


def test_without_restore_best_the_last_weights_stay():
    model, _, saved, _ = overfit()
    assert same(weights(model), saved[-1])


def test_the_first_of_equally_good_epochs_is_the_best():
    model = make_model()
    history = quiet_fit(
        model, make_data(), make_data(), epochs=3, optimizer=sgd(model, lr=0.0)
    )
    assert history.best_epoch == 1


@pytest.mark.parametrize("patience", [1, 3])
def test_training_stops_after_epochs_without_improvement(patience):
    _, history, _, _ = overfit(patience=patience, epochs=50)
    assert history.stopped == "early"
    assert len(history) == history.best_epoch + patience
    best = min(history["valid_loss"])
    assert all(loss >= best for loss in history["valid_loss"][history.best_epoch :])


def test_a_run_that_improves_to_the_end_is_finished():
    history = quiet_fit(make_model(), make_data(), make_data(), epochs=4, patience=1)
    assert history.stopped == "finished"
    assert len(history) == 4
    losses = history["valid_loss"]
    assert all(after < before for before, after in pairwise(losses))


# --- interrupted ------------------------------------------------------------------------


def interrupt_at(epoch):
    def on_epoch(row):
        if row["epoch"] == epoch:
            raise KeyboardInterrupt

    return on_epoch


def test_an_interrupted_run_keeps_its_history():
    model = make_model()
    with pytest.raises(TrainingInterrupted, match="after 4 of 9 epochs") as caught:
        quiet_fit(model, make_data(), epochs=9, on_epoch=interrupt_at(4))
    history = caught.value.history
    assert (len(history), history.stopped) == (4, "interrupted")
    assert last_history() is history
    assert isinstance(caught.value, KeyboardInterrupt)


def test_an_interruption_ends_a_loop_over_seeds_too():
    """As anything else that is interrupted: the loop must not go on to the next."""
    histories = []
    with pytest.raises(KeyboardInterrupt):
        for seed in range(5):
            at = 2 if seed == 1 else None
            model = make_model(seed)
            history = quiet_fit(model, make_data(), epochs=3, on_epoch=interrupt_at(at))
            histories.append(history)
    assert [len(history) for history in histories] == [3]
    assert len(last_history()) == 2


def test_an_interrupted_run_keeps_the_weights_it_has_reached():
    model, saved = make_model(), []

    def on_epoch(row):
        saved.append(weights(model))
        interrupt_at(3)(row)

    with pytest.raises(TrainingInterrupted, match="the weights it has reached"):
        quiet_fit(model, make_data(), make_data(), epochs=9, on_epoch=on_epoch)
    assert same(weights(model), saved[2])


def test_a_notebook_shows_what_was_kept_and_no_traceback(capsys):
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.user_ns.update(
        fit=quiet_fit, model=make_model(), data=make_data(), on_epoch=interrupt_at(2)
    )
    result = shell.run_cell("history = fit(model, data, epochs=5, on_epoch=on_epoch)")
    assert isinstance(result.error_in_exec, TrainingInterrupted)
    shown = "".join(capsys.readouterr()).strip()
    assert shown == str(result.error_in_exec)
    assert "training.last_history()" in shown


def test_the_last_history_is_that_of_the_training_that_ran_last():
    first = quiet_fit(make_model(), make_data())
    assert last_history() is first
    assert last_history() is not quiet_fit(make_model(), make_data())
    assert last_history() is not first


class InterruptedLoss:
    """Cross-entropy, until someone presses Ctrl-C at the given call."""

    def __init__(self, call):
        self.left = call

    def __call__(self, outputs, targets):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return F.cross_entropy(outputs, targets)


class ExplodingLoss(InterruptedLoss):
    """Cross-entropy, and nan from the given call on."""

    def __call__(self, outputs, targets):
        self.left -= 1
        return F.cross_entropy(outputs, targets) * (1 if self.left > 0 else math.nan)


def test_an_interruption_before_the_first_epoch_ends_leaves_an_empty_history():
    model = make_model().eval()
    with pytest.raises(TrainingInterrupted) as caught:
        quiet_fit(model, shuffled(make_data()), loss_fn=InterruptedLoss(3))
    history = caught.value.history
    assert (len(history), history.stopped) == (0, "interrupted")
    assert not model.training


@pytest.mark.parametrize("how", [InterruptedLoss, ExplodingLoss])
def test_restore_best_holds_however_the_training_ends(how):
    model = make_model()
    saved = []
    with pytest.raises((TrainingInterrupted, FloatingPointError)) as caught:
        quiet_fit(
            model, shuffled(make_data()), make_data(20, seed=1), epochs=9,
            restore_best=True, loss_fn=how(8 + 8 + 1), optimizer=sgd(model),
            on_epoch=lambda _: saved.append(weights(model)),
        )  # fmt: skip
    history = caught.value.history
    assert len(history) == 2
    assert same(weights(model), saved[history.best_epoch - 1])
    if how is InterruptedLoss:
        assert f"those of epoch {history.best_epoch}" in str(caught.value)


# --- resumed bit for bit -----------------------------------------------------------------


class Jittered(Dataset):
    """Noise from three libraries, as augmentation draws it."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        x, y = self.data[index]
        noise = torch.randn(FEATURES) * np.random.rand() * random.random()  # noqa: NPY002
        return x + 0.1 * noise, y


def recipe(name):
    """A fresh model and what trains it: ingredients that all have a state."""
    model = make_model(dropout=0.3)
    model.insert(1, nn.BatchNorm1d(16))
    if name == "Adam and cosine":
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        scheduler, step = lr_scheduler.CosineAnnealingLR(optimizer, 6), "epoch"
    elif name == "momentum and one-cycle":
        optimizer = sgd(model, momentum=0.9)
        scheduler = lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps=6 * 7)
        step = "batch"
    else:
        optimizer = sgd(model, lr=2.0)
        scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
        step = "epoch"
    return model, {
        "optimizer": optimizer,
        "scheduler": scheduler,
        "scheduler_step": step,
    }


RECIPES = ["Adam and cosine", "momentum and one-cycle", "plateau"]


def run(name, path=None, epochs=6, seed=7, **options):
    """One call of fit on fresh objects, as in a new Python process."""
    model, ingredients = recipe(name)
    seed_everything(seed)
    history = quiet_fit(
        model, shuffled(Jittered(make_data()), seed=seed), make_data(20, seed=1),
        epochs=epochs, checkpoint=path, **ingredients, **options,
    )  # fmt: skip
    return model, history, ingredients["optimizer"]


def figures(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history.rows]


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("restore_best", [False, True])
def test_a_resumed_run_equals_one_that_never_stopped(name, restore_best, tmp_path):
    path = tmp_path / "run.pt"
    expected, whole, expected_optimizer = run(name, restore_best=restore_best)
    run(name, path, epochs=2)
    run(name, path, epochs=4, seed=8, resume=True)
    got, parts, optimizer = run(
        name, path, seed=9, resume=True, restore_best=restore_best
    )
    assert same(weights(got), weights(expected))
    assert figures(parts) == figures(whole)
    assert parts.best_epoch == whole.best_epoch
    assert parts.stopped == "finished"
    torch.testing.assert_close(
        optimizer.state_dict(), expected_optimizer.state_dict(), rtol=0, atol=0
    )


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_interrupted_within_an_epoch_resumes_from_its_start(name, tmp_path):
    path = tmp_path / "run.pt"
    expected, whole, _ = run(name)
    with pytest.raises(TrainingInterrupted, match="resume=True") as caught:
        run(name, path, loss_fn=InterruptedLoss(3 * 8 + 5))
    cut = caught.value.history
    assert (len(cut), cut.stopped) == (3, "interrupted")
    got, parts, _ = run(name, path, seed=8, resume=True)
    assert same(weights(got), weights(expected))
    assert figures(parts) == figures(whole)


def test_random_numbers_drawn_in_on_epoch_are_part_of_the_run(tmp_path):
    path = tmp_path / "run.pt"
    expected, _, _ = run(RECIPES[0], on_epoch=lambda _: torch.rand(3))
    run(RECIPES[0], path, epochs=3, on_epoch=lambda _: torch.rand(3))
    got, _, _ = run(
        RECIPES[0], path, seed=8, resume=True, on_epoch=lambda _: torch.rand(3)
    )
    assert same(weights(got), weights(expected))


def test_a_sampler_with_its_own_generator_resumes_too(tmp_path):
    data = make_data()

    def train(path, epochs, seed):
        model = make_model()
        generator = torch.Generator().manual_seed(seed)
        sampler = torch.utils.data.RandomSampler(data, generator=generator)
        loader = DataLoader(data, 8, sampler=sampler)
        quiet_fit(model, loader, epochs=epochs, checkpoint=path, resume=True)
        return weights(model)

    expected = train(tmp_path / "whole.pt", 4, seed=0)
    train(tmp_path / "parts.pt", 2, seed=0)
    assert same(train(tmp_path / "parts.pt", 4, seed=1), expected)


class Pairs(torch.utils.data.Sampler):
    """Batches of two in an order of NumPy's making, as hand-written samplers do."""

    def __init__(self, n, seed):
        self.n, self.rng = n, np.random.default_rng(seed)

    def __len__(self):
        return self.n // 2

    def __iter__(self):
        return iter(self.rng.permutation(self.n).reshape(-1, 2).tolist())


class ResumablePairs(Pairs):
    def state_dict(self):
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state):
        self.rng.bit_generator.state = state["rng"]


def shuffling_batches(data, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.utils.data.RandomSampler(data, generator=generator)
    batches = torch.utils.data.BatchSampler(order, 8, drop_last=True)
    return DataLoader(data, batch_sampler=batches)


def two_generators(data, seed):
    """One of the loader, for what its workers draw, and one of the sampler."""
    first, second = (torch.Generator().manual_seed(seed + k) for k in range(2))
    order = torch.utils.data.SubsetRandomSampler(range(30), generator=first)
    return DataLoader(data, 8, sampler=order, generator=second, num_workers=1)


def weighted(data, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.utils.data.WeightedRandomSampler(
        torch.arange(1.0, 51), 30, generator=generator
    )
    return DataLoader(data, 8, sampler=order)


@pytest.mark.parametrize(
    "make_loader",
    [
        shuffling_batches,
        two_generators,
        weighted,
        lambda data, seed: DataLoader(data, batch_sampler=ResumablePairs(50, seed)),
        lambda data, seed: DataLoader(data, 8, sampler=list(range(40))),
    ],
    ids=["BatchSampler", "two generators", "weighted", "own state", "a list"],
)
def test_any_order_of_the_batches_resumes(make_loader, tmp_path):
    data = Jittered(make_data())

    def train(path, epochs, seed):
        model = make_model()
        seed_everything(seed)
        quiet_fit(
            model, make_loader(data, seed), epochs=epochs, checkpoint=path, resume=True
        )
        return weights(model)

    expected = train(tmp_path / "whole.pt", 4, seed=0)
    train(tmp_path / "parts.pt", 2, seed=0)
    assert same(train(tmp_path / "parts.pt", 4, seed=1), expected)


@pytest.mark.parametrize(
    ("loader", "message"),
    [
        (DataLoader(make_data(), batch_sampler=Pairs(50, 0)), "Pairs.*state_dict"),
        (DataLoader(make_data(), 8, sampler=Pairs(50, 0)), "Pairs.*state_dict"),
        (
            DataLoader(
                make_data(),
                batch_sampler=torch.utils.data.BatchSampler(Pairs(50, 0), 4, False),
            ),
            "Pairs.*state_dict",
        ),
        (
            DataLoader(make_data(), 8, num_workers=1, persistent_workers=True),
            "persistent_workers=False",
        ),
    ],
)
def test_an_order_that_could_not_be_resumed_is_refused_before_the_training(
    loader, message, tmp_path
):
    model = make_model()
    before = weights(model)
    with pytest.raises(ValueError, match=message):
        quiet_fit(model, loader, checkpoint=tmp_path / "run.pt")
    assert same(weights(model), before)
    assert not list(tmp_path.iterdir())


def test_without_a_checkpoint_any_sampler_may_be_used():
    loader = DataLoader(make_data(), batch_sampler=Pairs(50, 0))
    assert len(quiet_fit(make_model(), loader, epochs=2)) == 2


def test_a_scheduler_that_could_not_be_resumed_is_refused_before_the_training(tmp_path):
    model = make_model()
    optimizer = sgd(model)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler.started = np.datetime64("2025-01-01")
    before = weights(model)
    with pytest.raises(ValueError, match="'scheduler' → 'started'"):
        quiet_fit(
            model, make_data(), optimizer=optimizer, scheduler=scheduler,
            checkpoint=tmp_path / "run.pt",
        )  # fmt: skip
    assert same(weights(model), before)


def test_resuming_with_another_kind_of_order_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    quiet_fit(make_model(), shuffled(make_data()), checkpoint=path)
    with pytest.raises(ValueError, match="order of the batches"):
        quiet_fit(make_model(), make_data(), epochs=2, checkpoint=path, resume=True)


def test_a_data_set_alone_resumes_too(tmp_path):
    def train(path, epochs, seed):
        model = make_model()
        seed_everything(seed)
        quiet_fit(model, make_data(300), epochs=epochs, checkpoint=path, resume=True)
        return weights(model)

    expected = train(tmp_path / "whole.pt", 4, seed=0)
    train(tmp_path / "parts.pt", 2, seed=0)
    assert same(train(tmp_path / "parts.pt", 4, seed=1), expected)


def test_rates_and_figures_of_numpy_resume_too(tmp_path):
    def train(path, epochs):
        model = make_model()
        history = quiet_fit(
            model, shuffled(make_data()), epochs=epochs, checkpoint=path, resume=True,
            optimizer=torch.optim.Adam(model.parameters(), lr=np.logspace(-3, -1, 3)[1]),
            on_epoch=lambda row: row.update(norm=np.sqrt(row["train_loss"])),
        )  # fmt: skip
        return weights(model), figures(history)

    expected, rows = train(tmp_path / "whole.pt", 4)
    train(tmp_path / "parts.pt", 2)
    got, resumed = train(tmp_path / "parts.pt", 4)
    assert same(got, expected)
    assert resumed == rows


def test_resuming_a_complete_run_trains_no_more(tmp_path):
    path = tmp_path / "run.pt"
    expected, whole, _ = run(RECIPES[0], path)
    got, again, _ = run(RECIPES[0], path, seed=8, resume=True)
    assert same(weights(got), weights(expected))
    assert figures(again) == figures(whole)


def test_a_run_that_stopped_early_goes_on_only_with_more_patience(tmp_path):
    path = tmp_path / "run.pt"
    _, history, _, _ = overfit(patience=2, epochs=30, checkpoint=path)
    assert history.stopped == "early"
    _, again, _, _ = overfit(patience=2, epochs=30, checkpoint=path, resume=True)
    assert (len(again), again.stopped) == (len(history), "early")
    _, longer, _, _ = overfit(patience=4, epochs=30, checkpoint=path, resume=True)
    assert len(longer) == len(history) + 2


def test_restore_best_after_resuming_finds_the_best_epoch_of_the_earlier_part(tmp_path):
    path = tmp_path / "run.pt"
    _, _, saved, _ = overfit(epochs=8, checkpoint=path)
    model, history, _, _ = overfit(
        epochs=12, checkpoint=path, resume=True, restore_best=True
    )
    assert history.best_epoch < 8
    assert same(weights(model), saved[history.best_epoch - 1])


def test_without_resume_a_run_starts_afresh_and_replaces_the_file(tmp_path):
    path = tmp_path / "run.pt"
    run(RECIPES[0], path, epochs=5)
    _, history, _ = run(RECIPES[0], path, epochs=2)
    assert len(history) == 2
    assert len(load_checkpoint(path)["rows"]) == 2


def test_resume_without_a_file_starts_afresh(tmp_path):
    _, history, _ = run(RECIPES[0], tmp_path / "new.pt", epochs=2, resume=True)
    assert len(history) == 2


def test_resuming_with_fewer_epochs_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    run(RECIPES[0], path, epochs=3)
    with pytest.raises(ValueError, match=r"3 epochs already.*epochs=2"):
        run(RECIPES[0], path, epochs=2, resume=True)


def test_resuming_with_another_model_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    quiet_fit(make_model(), make_data(), checkpoint=path)
    with pytest.raises(ValueError, match="another model"):
        quiet_fit(OwnModel(), make_data(), epochs=2, checkpoint=path, resume=True)


def test_resuming_without_the_scheduler_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    model = make_model()
    optimizer = sgd(model)
    quiet_fit(
        model, make_data(), optimizer=optimizer, checkpoint=path,
        scheduler=lr_scheduler.ExponentialLR(optimizer, 0.5),
    )  # fmt: skip
    with pytest.raises(ValueError, match="no scheduler"):
        quiet_fit(make_model(), make_data(), epochs=2, checkpoint=path, resume=True)


@pytest.mark.parametrize("change", [{"monitor": "valid_accuracy"}, {"valid": None}])
def test_resuming_with_another_measure_of_best_is_refused(change, tmp_path):
    path = tmp_path / "run.pt"
    options = {"valid": make_data(), "checkpoint": path, "resume": True}
    quiet_fit(make_model(), make_data(), **options)
    with pytest.raises(ValueError, match="compared epochs by valid_loss"):
        quiet_fit(make_model(), make_data(), epochs=2, **(options | change))


def test_resuming_from_a_file_of_weights_is_refused(tmp_path):
    path = tmp_path / "weights.pt"
    torch.save(make_model().state_dict(), path)
    with pytest.raises(ValueError, match=r"not written by fit: it holds 0\.weight"):
        quiet_fit(make_model(), make_data(), checkpoint=path, resume=True)


# --- what went wrong, in words -------------------------------------------------------------


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_history():
    model = make_model()
    optimizer = sgd(model)

    def explode(row):
        if row["epoch"] == 2:
            optimizer.param_groups[0]["lr"] = 1e30

    with pytest.raises(FloatingPointError, match=r"epoch 3.*learning rate") as caught:
        quiet_fit(
            model,
            shuffled(make_data()),
            epochs=9,
            optimizer=optimizer,
            on_epoch=explode,
        )
    assert caught.value.history["epoch"] == [1, 2]


def test_nan_in_the_inputs_is_found_in_the_first_batch():
    X = torch.full((20, FEATURES), math.nan)
    data = TensorDataset(X, torch.zeros(20, dtype=torch.int64))
    with pytest.raises(FloatingPointError, match=r"epoch 1, by batch 1,.*nan"):
        quiet_fit(make_model(), DataLoader(data, 5))


def test_a_validation_loss_that_is_not_finite_ends_the_run():
    X = torch.full((20, FEATURES), math.nan)
    valid = TensorDataset(X, torch.zeros(20, dtype=torch.int64))
    with pytest.raises(FloatingPointError, match="validation loss of epoch 1"):
        quiet_fit(make_model(), make_data(), valid)


@pytest.mark.parametrize("label", [-1, CLASSES])
@pytest.mark.parametrize("part", ["train", "valid"])
def test_a_label_outside_the_classes_is_named(label, part):
    X, y = make_data(40).tensors
    y = y.clone()
    y[30] = label
    bad = TensorDataset(X, y)
    data = (bad,) if part == "train" else (make_data(), bad)
    with pytest.raises(ValueError, match=f"label {label}, .* {CLASSES} outputs"):
        quiet_fit(make_model(), *data)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (nn.Flatten(0), "(300,)"),
        (nn.Unflatten(1, (2, 3)), "(50, 2, 3)"),
    ],
)
def test_outputs_of_the_wrong_shape_are_named(model, shape):
    model.weight = nn.Parameter(torch.zeros(1))
    with pytest.raises(ValueError, match=r"returned the shape") as caught:
        quiet_fit(model, make_data())
    assert shape in str(caught.value)


@pytest.mark.parametrize(
    ("model", "kind"), [(nn.LSTM(FEATURES, CLASSES), "tuple of 2"), (Named(), "dict")]
)
def test_a_model_that_returns_no_tensor_is_told(model, kind):
    with pytest.raises(TypeError, match=f"model returned a {kind}, not a tensor"):
        quiet_fit(model, make_data())


def test_a_loss_that_is_a_number_is_told():
    with pytest.raises(TypeError, match=r"returned the float 1\.\d+.*\.item\(\)"):
        quiet_fit(
            make_model(), make_data(), loss_fn=lambda o, y: F.cross_entropy(o, y).item()
        )


def test_a_loss_without_a_gradient_is_told():
    with pytest.raises(ValueError, match=r"no gradient.*detach.*no_grad"):
        quiet_fit(
            make_model(), make_data(),
            loss_fn=lambda o, y: F.cross_entropy(o.detach(), y),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss_fn": nn.CrossEntropyLoss}, r"loss_fn=CrossEntropyLoss\(\.\.\.\)"),
        ({"optimizer": torch.optim.SGD}, r"optimizer=SGD\(\.\.\.\)"),
        ({"scheduler": lr_scheduler.StepLR}, r"scheduler=StepLR\(\.\.\.\)"),
    ],
)
def test_a_class_instead_of_an_object_is_told(options, message):
    with pytest.raises(TypeError, match=f"is a class.*{message}"):
        quiet_fit(make_model(), make_data(), **options)


def test_the_class_of_a_model_is_told():
    with pytest.raises(TypeError, match=r"model=OwnModel\(\.\.\.\)"):
        quiet_fit(OwnModel, make_data(), optimizer=sgd(make_model()))


def test_labels_in_a_column_are_told():
    X, y = make_data().tensors
    with pytest.raises(ValueError, match=r"labels have the shape \(50, 1\).*squeeze"):
        quiet_fit(make_model(), TensorDataset(X, y[:, None]))


def test_labels_that_are_no_whole_numbers_are_told():
    X, y = make_data().tensors
    with pytest.raises(ValueError, match=r"class labels.*whole numbers.*\.long\(\)"):
        quiet_fit(make_model(), TensorDataset(X, y.float()))


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.int16])
def test_labels_may_be_any_whole_numbers(dtype):
    X, y = make_data().tensors
    expected, got = make_model(), make_model()
    quiet_fit(expected, DataLoader(TensorDataset(X, y), 8))
    quiet_fit(got, DataLoader(TensorDataset(X, y.to(dtype)), 8))
    assert same(weights(got), weights(expected))


def test_values_of_another_shape_are_not_broadcast():
    data = TensorDataset(torch.randn(10, FEATURES), torch.randn(10))
    with pytest.raises(ValueError, match=r"\(10, 1\) for targets of shape \(10,\)"):
        quiet_fit(nn.Linear(FEATURES, 1), data, loss_fn=F.mse_loss)


@pytest.mark.parametrize(
    "loss",
    [nn.CrossEntropyLoss(reduction="sum"), partial(F.cross_entropy, reduction="sum")],
)
def test_a_sum_over_the_batch_is_refused(loss):
    with pytest.raises(ValueError, match=r'"sum".*reduction="mean"'):
        quiet_fit(make_model(), make_data(), loss_fn=loss)


def test_a_loss_for_each_example_is_refused():
    with pytest.raises(ValueError, match=r'shape \(50,\).*reduction="mean"'):
        quiet_fit(
            make_model(), make_data(), loss_fn=nn.CrossEntropyLoss(reduction="none")
        )


@pytest.mark.parametrize(
    "empty",
    [
        TensorDataset(torch.zeros(0, FEATURES), torch.zeros(0, dtype=torch.int64)),
        DataLoader(make_data(5), batch_size=8, drop_last=True),
    ],
)
def test_empty_data_is_refused_before_the_training(empty):
    for data in [(empty,), (make_data(), empty)]:
        with pytest.raises(ValueError, match=r"(training|validation) data is empty"):
            quiet_fit(make_model(), *data)


def test_a_stream_that_yields_nothing_is_refused():
    empty = TensorDataset(torch.zeros(0, FEATURES), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ValueError, match="yielded no batch"):
        quiet_fit(make_model(), Stream(empty))


def test_all_loaders_at_once_are_no_data():
    loader = DataLoader(make_data())
    with pytest.raises(TypeError, match=r"not tuple.*loaders\.train"):
        quiet_fit(make_model(), (loader, loader, loader))


def test_batches_must_be_pairs():
    data = TensorDataset(torch.zeros(9, FEATURES))
    with pytest.raises(ValueError, match=r"pair of tensors.*not a list of 1"):
        quiet_fit(make_model(), data)


def test_a_single_example_and_batch_normalization_are_explained():
    model = nn.Sequential(nn.BatchNorm1d(FEATURES), nn.Linear(FEATURES, CLASSES))
    with pytest.raises(ValueError, match="drop_last=True"):
        quiet_fit(model, DataLoader(make_data(9), batch_size=8))


def test_the_optimizer_of_another_model_is_refused():
    with pytest.raises(ValueError, match="no trainable parameter of this model"):
        quiet_fit(make_model(), make_data(), optimizer=sgd(make_model()))


def test_a_model_without_trainable_parameters_is_refused():
    model = make_model().requires_grad_(False)
    with pytest.raises(ValueError, match="no trainable parameter"):
        quiet_fit(model, make_data(), optimizer=sgd(model))


def test_the_scheduler_of_another_optimizer_is_refused():
    model = make_model()
    scheduler = lr_scheduler.ExponentialLR(sgd(model), 0.5)
    with pytest.raises(ValueError, match="belongs to another optimizer"):
        quiet_fit(model, make_data(), scheduler=scheduler)


@pytest.mark.parametrize("name", ["epochs", "patience"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3"])
def test_counts_must_be_whole_numbers_from_1_on(name, value):
    with pytest.raises(ValueError, match=f"{name} must be a whole number.*{value!r}"):
        quiet_fit(make_model(), make_data(), make_data(), **{name: value})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 2}, "pass loaders.valid"),
        ({"restore_best": True}, "pass loaders.valid"),
        ({"resume": True}, "checkpoint=PATH"),
        ({"scheduler_step": "step"}, "'step'"),
        ({"monitor": "train_loss"}, "'train_loss'"),
        ({"max_grad_norm": 0}, "max_grad_norm must be above 0; got 0"),
    ],
)
def test_arguments_that_do_not_fit_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        quiet_fit(make_model(), make_data(), **options)


def test_accuracy_cannot_be_monitored_without_class_labels():
    data = TensorDataset(torch.randn(10, FEATURES), torch.randn(10, 1))
    with pytest.raises(ValueError, match='monitor="valid_loss"'):
        quiet_fit(
            nn.Linear(FEATURES, 1), data, data, loss_fn=F.mse_loss,
            monitor="valid_accuracy",
        )  # fmt: skip


def test_nothing_is_trained_when_the_arguments_are_wrong():
    model = make_model()
    before = weights(model)
    with pytest.raises(ValueError, match="patience"):
        quiet_fit(model, make_data(), patience=1)
    assert same(weights(model), before)


# --- the history ------------------------------------------------------------------------------


def test_the_columns_of_the_history():
    history = quiet_fit(make_model(), make_data(), make_data(), epochs=3)
    assert list(history.rows[0]) == [
        "epoch", "train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "lr",
        "seconds",
    ]  # fmt: skip
    assert history["epoch"] == [1, 2, 3]
    assert history.seconds == pytest.approx(sum(history["seconds"]))
    assert history.seconds > 0


def test_an_unknown_column_is_named_with_those_there_are():
    history = quiet_fit(make_model(), make_data())
    with pytest.raises(KeyError, match="no column 'val_loss'; there are epoch, train"):
        history["val_loss"]


def test_an_empty_history_can_be_looked_at():
    history = History(stopped="interrupted")
    assert history["train_loss"] == []
    assert repr(history) == "History(no finished epoch, interrupted)"
    assert history.seconds == 0


def test_on_epoch_gets_each_row():
    rows = []
    history = quiet_fit(
        make_model(),
        make_data(),
        epochs=3,
        on_epoch=lambda r: rows.append(copy.copy(r)),
    )
    assert rows == history.rows


# --- what is shown ------------------------------------------------------------------------------


def test_progress_ends_with_the_last_figures(capsys):
    model = make_model()
    history = fit(model, make_data(), make_data(), epochs=2, optimizer=sgd(model))
    out = capsys.readouterr().out
    assert "100%" in out
    assert f"epoch 2/2, valid loss {history['valid_loss'][-1]:.3f}" in out
    assert f"accuracy {history['valid_accuracy'][-1]:.1%}" in out


def test_nothing_is_shown_when_asked(capsys):
    quiet_fit(make_model(), make_data(), make_data())
    assert capsys.readouterr() == ("", "")
