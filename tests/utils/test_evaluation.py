"""evaluate: every example once, in evaluation mode, with exact figures."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, recall_score
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from course_utils.evaluation import Result, Tally, evaluate

FEATURES, CLASSES = 4, 5


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Tiny tensors gain nothing from more, and lose much on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_data(n, seed=0, classes=CLASSES):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, FEATURES, generator=generator)
    return TensorDataset(X, torch.randint(classes, (n,), generator=generator))


def make_model():
    torch.manual_seed(0)
    return nn.Linear(FEATURES, CLASSES)


# --- exact figures ----------------------------------------------------------------------


@given(
    n=st.integers(1, 80),
    batch_size=st.integers(1, 90),
    seed=st.integers(0, 1000),
    classes=st.integers(1, CLASSES),
)
@settings(deadline=None)
def test_figures_equal_those_of_scikit_learn(n, batch_size, seed, classes):
    data, model = make_data(n, seed, classes), make_model()
    X, y = data.tensors
    result = evaluate(model, DataLoader(data, batch_size))
    probabilities = model(X).detach().double().softmax(dim=1).numpy()
    predictions = probabilities.argmax(axis=1)
    labels = list(range(CLASSES))
    assert result.loss == pytest.approx(
        log_loss(y, probabilities, labels=labels), rel=1e-5
    )
    assert result.accuracy == accuracy_score(y, predictions)
    np.testing.assert_array_equal(
        result.confusion, confusion_matrix(y, predictions, labels=labels)
    )
    np.testing.assert_allclose(
        result.per_class_accuracy,
        recall_score(y, predictions, labels=labels, average=None, zero_division=np.nan),
        rtol=1e-6,
    )
    np.testing.assert_array_equal(result.predictions, predictions)
    assert torch.equal(result.labels, y)
    torch.testing.assert_close(result.outputs, model(X).detach())


def test_types_and_shapes():
    result = evaluate(make_model(), make_data(30))
    assert isinstance(result, Result)
    assert type(result.loss) is type(result.accuracy) is float
    assert result.per_class_accuracy.shape == (CLASSES,)
    assert result.confusion.shape == (CLASSES, CLASSES)
    assert result.confusion.dtype == result.predictions.dtype == torch.int64
    assert result.labels.dtype == torch.int64
    assert result.outputs.shape == (30, CLASSES)
    assert not result.outputs.requires_grad
    assert repr(result).startswith("Result(loss=")
    assert "n=30" in repr(result)


def test_a_class_without_examples_has_no_accuracy():
    data = TensorDataset(torch.zeros(3, FEATURES), torch.tensor([0, 1, 1]))
    per_class = evaluate(make_model(), data).per_class_accuracy
    assert per_class.isnan().tolist() == [False, False, True, True, True]


def test_byte_labels_are_counted_like_others():
    """With 26 classes, class times 26 does not fit into a byte."""
    y = torch.arange(26).repeat(2)
    X = F.one_hot(y).float()
    result = evaluate(nn.Identity(), TensorDataset(X, y.to(torch.uint8)))
    assert result.accuracy == 1
    assert torch.equal(result.confusion, 2 * torch.eye(26, dtype=torch.int64))


def test_the_loss_of_uniform_predictions_is_the_logarithm_of_the_classes():
    model = make_model()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    assert evaluate(model, make_data(7)).loss == pytest.approx(math.log(CLASSES))


def test_regression_gives_loss_and_predictions_alone():
    X = torch.randn(10, FEATURES)
    y = X.sum(dim=1, keepdim=True)
    model = nn.Linear(FEATURES, 1)
    result = evaluate(
        model, DataLoader(TensorDataset(X, y), batch_size=3), loss_fn=F.mse_loss
    )
    predicted = model(X).detach()
    assert result.loss == pytest.approx(((predicted - y) ** 2).mean().item())
    torch.testing.assert_close(result.predictions, predicted)
    assert math.isnan(result.accuracy)
    assert len(result.confusion) == len(result.per_class_accuracy) == 0


CLASS_WEIGHTS = torch.tensor([0.1, 3.0, 1.0, 0.5, 7.0])
LOSSES = {
    "weighted": nn.CrossEntropyLoss(weight=CLASS_WEIGHTS),
    "weighted and smoothed": nn.CrossEntropyLoss(CLASS_WEIGHTS, label_smoothing=0.2),
    "some ignored": nn.CrossEntropyLoss(ignore_index=2),
    "weighted, some ignored": nn.CrossEntropyLoss(CLASS_WEIGHTS, ignore_index=2),
    "of log-probabilities": nn.NLLLoss(CLASS_WEIGHTS, ignore_index=0),
    "partial": partial(F.cross_entropy, weight=CLASS_WEIGHTS, ignore_index=2),
    "of one's own": lambda o, y: F.cross_entropy(o, y, weight=CLASS_WEIGHTS),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("batch_size", [1, 7, 30])
def test_a_weighted_loss_is_that_of_all_examples_at_once(name, batch_size):
    """The weighted sum over all examples, divided by the sum of their weights."""
    data, model = make_data(30), make_model()
    X, y = data.tensors
    result = evaluate(model, DataLoader(data, batch_size), loss_fn=LOSSES[name])
    log_p = model(X).detach().double()
    if name != "of log-probabilities":
        log_p = log_p.log_softmax(dim=1)
    weight = torch.ones(30, dtype=torch.float64)
    if "some" not in name or "weighted" in name:
        weight = CLASS_WEIGHTS.double()[y]
    ignored = {"some ignored": 2, "weighted, some ignored": 2, "partial": 2}.get(name)
    ignored = 0 if name == "of log-probabilities" else ignored
    if ignored is not None:
        weight = weight * (y != ignored)
    example_losses = -log_p[torch.arange(30), y] * weight
    if "smoothed" in name:
        spread = -(log_p * CLASS_WEIGHTS.double()).sum(dim=1) / CLASSES
        example_losses = 0.8 * example_losses + 0.2 * spread
    expected = (example_losses.sum() / weight.sum()).item()
    assert result.loss == pytest.approx(expected, rel=1e-5)


def test_ignored_labels_are_no_mistakes():
    data, model = make_data(40), make_model()
    X, y = data.tensors
    hidden = y.clone()
    hidden[::3] = -100
    loss = nn.CrossEntropyLoss()
    result = evaluate(model, DataLoader(TensorDataset(X, hidden), 7), loss_fn=loss)
    seen = hidden >= 0
    expected = evaluate(model, TensorDataset(X[seen], y[seen]))
    assert result.accuracy == expected.accuracy
    assert result.loss == pytest.approx(expected.loss)
    assert torch.equal(result.confusion, expected.confusion)
    assert torch.equal(result.labels, hidden)
    assert len(result.predictions) == 40


def test_ignoring_every_label_is_refused():
    data = TensorDataset(torch.zeros(4, FEATURES), torch.full((4,), -100))
    with pytest.raises(ValueError, match="all 4 labels are -100, which the loss"):
        evaluate(make_model(), data, loss_fn=nn.CrossEntropyLoss())


def test_a_label_to_ignore_must_be_named_by_the_loss():
    data = make_data(40)
    data.tensors[1][3] = -100
    with pytest.raises(ValueError, match=r"label -100.*ignore_index=-100"):
        evaluate(make_model(), data)


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.integers(1, 5000)), min_size=1),
)
@settings(deadline=None)
def test_a_tally_weights_each_batch_by_its_size(batches):
    tally = Tally(F.cross_entropy)
    for loss, size in batches:
        outputs = torch.zeros(size, 2)
        tally.add(torch.tensor(loss), outputs, torch.zeros(size, dtype=torch.int64))
    losses, weights = np.array(batches).T
    expected = np.average(losses.astype(np.float32).astype(float), weights=weights)
    assert tally.loss == pytest.approx(expected, rel=1e-12)
    assert tally.accuracy == 1


# --- what a learner brings -----------------------------------------------------------------


class Stream(IterableDataset):
    def __init__(self, data):
        self.data = data

    def __iter__(self):
        return (self.data[i] for i in range(len(self.data)))


@pytest.mark.parametrize(
    "wrap", [Stream, lambda d: DataLoader(Stream(d), batch_size=7)]
)
def test_a_data_set_without_a_length(wrap):
    data, model = make_data(30), make_model()
    expected = evaluate(model, data)
    result = evaluate(model, wrap(data))
    assert result.loss == pytest.approx(expected.loss)
    assert torch.equal(result.predictions, expected.predictions)


def test_a_function_of_the_inputs_without_parameters():
    class Constant(nn.Module):
        def forward(self, X):
            return torch.tensor([0.0, 0, 1, 0, 0]).expand(len(X), CLASSES)

    data = make_data(40)
    share = (data.tensors[1] == 2).double().mean().item()
    assert evaluate(Constant(), data).accuracy == pytest.approx(share)


# --- nothing is left changed ------------------------------------------------------------------


def test_dropout_and_batch_normalization_are_in_evaluation_mode():
    model = nn.Sequential(nn.Dropout(0.9), nn.BatchNorm1d(FEATURES), make_model())
    before = model[1].running_mean.clone()
    data = make_data(20)
    first, second = evaluate(model, data), evaluate(model, data)
    assert torch.equal(first.outputs, second.outputs)
    assert torch.equal(model[1].running_mean, before)
    assert model[1].num_batches_tracked == 0


@pytest.mark.parametrize("fails", [False, True])
def test_every_module_gets_its_own_mode_back(fails):
    model = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5), make_model())
    model[0].eval()
    data = make_data(5, classes=CLASSES)
    if fails:
        data.tensors[1][0] = CLASSES
        with pytest.raises(ValueError, match="label 5"):
            evaluate(model, data)
    else:
        evaluate(model, data)
    assert [m.training for m in model.modules()] == [True, False, True, True]


def test_no_graph_is_built_and_no_gradient_left():
    seen = []

    class Watching(nn.Linear):
        def forward(self, X):
            seen.append(torch.is_grad_enabled())
            return super().forward(X)

    model = Watching(FEATURES, CLASSES)
    evaluate(model, make_data(5))
    assert seen == [False]
    assert model.weight.grad is None
    assert torch.is_grad_enabled()


def test_measuring_a_data_set_leaves_the_random_numbers_alone():
    data, model = make_data(9), make_model()
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    evaluate(model, data)
    assert torch.equal(torch.rand(3), expected)


# --- what went wrong, in words -----------------------------------------------------------------


@pytest.mark.parametrize("label", [-1, CLASSES])
def test_a_label_outside_the_classes_is_named(label):
    data = make_data(40)
    data.tensors[1][33] = label
    with pytest.raises(
        ValueError, match=f"label {label}, .* labels 0 to {CLASSES - 1}"
    ):
        evaluate(make_model(), DataLoader(data, batch_size=8))


@pytest.mark.parametrize("shape", [(10, 2, CLASSES), (10,), (9, CLASSES)])
def test_outputs_of_the_wrong_shape_are_named(shape):
    class Wrong(nn.Module):
        def forward(self, X):
            return torch.zeros(shape)

    with pytest.raises(ValueError, match="returned the shape") as caught:
        evaluate(Wrong(), make_data(10))
    assert str(shape) in str(caught.value)
    assert "(batch, classes)" in str(caught.value)


def test_a_model_that_returns_no_tensor_is_told():
    with pytest.raises(TypeError, match="model returned a tuple of 2, not a tensor"):
        evaluate(nn.LSTM(FEATURES, CLASSES), make_data(10))


def test_a_loss_that_is_a_number_is_told():
    with pytest.raises(TypeError, match=r"returned the float .*\.item\(\)"):
        evaluate(
            make_model(),
            make_data(10),
            loss_fn=lambda o, y: F.cross_entropy(o, y).item(),
        )


def test_a_loss_class_instead_of_an_object_is_told():
    with pytest.raises(TypeError, match=r"class.*loss_fn=CrossEntropyLoss\(\.\.\.\)"):
        evaluate(make_model(), make_data(10), loss_fn=nn.CrossEntropyLoss)


def test_the_class_of_a_model_is_told():
    with pytest.raises(TypeError, match=r"class.*model=Identity\(\.\.\.\)"):
        evaluate(nn.Identity, make_data(10))


def test_values_of_another_shape_are_not_broadcast():
    data = TensorDataset(torch.randn(10, FEATURES), torch.randn(10))
    with pytest.raises(ValueError, match=r"\(10, 1\) for targets of shape \(10,\)"):
        evaluate(nn.Linear(FEATURES, 1), data, loss_fn=F.mse_loss)


@pytest.mark.parametrize(
    "loss", [nn.CrossEntropyLoss(reduction="sum"), partial(F.nll_loss, reduction="sum")]
)
def test_a_sum_over_the_batch_is_refused(loss):
    with pytest.raises(ValueError, match=r'"sum".*grows? with .*reduction="mean"'):
        evaluate(make_model(), make_data(10), loss_fn=loss)


def test_a_loss_for_each_example_is_refused():
    loss = nn.CrossEntropyLoss(reduction="none")
    with pytest.raises(ValueError, match=r'shape \(10,\).*reduction="mean"'):
        evaluate(make_model(), make_data(10), loss_fn=loss)


@pytest.mark.parametrize(
    ("empty", "message"),
    [
        (make_data(0), "evaluation data is empty"),
        (DataLoader(make_data(3), 5, drop_last=True), "drop_last=True"),
        (Stream(make_data(0)), "yielded no batch"),
    ],
)
def test_no_examples_are_refused(empty, message):
    with pytest.raises(ValueError, match=message):
        evaluate(make_model(), empty)


def test_what_is_no_data_is_named():
    with pytest.raises(
        TypeError, match=r"DataLoader or a Dataset of torch, not Tensor"
    ):
        evaluate(make_model(), torch.zeros(3, FEATURES))


@pytest.mark.parametrize(
    ("tensors", "kind"),
    [((torch.zeros(9, 2),), "a list of 1"), ((torch.zeros(9, 2),) * 3, "a list of 3")],
)
def test_batches_must_be_pairs(tensors, kind):
    with pytest.raises(ValueError, match=f"pair of tensors.*not {kind}"):
        evaluate(make_model(), TensorDataset(*tensors))
