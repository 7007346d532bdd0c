"""Explorables: pictures that answer to the hand.

Each works in a notebook and, from the same module, on a web page. Naming one
(`widgets.SoftmaxBars`) imports it; importing this package imports none, and neither
PyTorch nor anywidget.
"""

import importlib
from typing import Any

# The module of each class.
MODULES = {
    "BackpropStepper": "backprop_stepper",
    "Convolve": "convolve",
    "Descent": "descent",
    "DigitPad": "digit_pad",
    "Hinges": "hinges",
    "Playground": "playground",
    "Shrinkage": "shrinkage",
    "Signal": "signal",
    "SoftmaxBars": "softmax_bars",
}

__all__ = ["MODULES", *MODULES]


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
