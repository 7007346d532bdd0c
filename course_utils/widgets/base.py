"""What all explorables have in common: their code, their state, and a still."""

from io import BytesIO
from typing import Any, ClassVar

import anywidget
import matplotlib as mpl
import traitlets
from matplotlib.figure import Figure

from course_utils.plotting import style
from course_utils.widgets.bundle import bundle

# The web site finds, under this MIME type, what to bring to life in place of the
# still: {"name": the module, "args": the state}.
MIME = "application/vnd.course.explorable+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Explorable(anywidget.AnyWidget):
    """A picture that answers to the hand, and the still that stands in for it.

    A subclass names its module, `name`, declares the state as traits with
    `.tag(sync=True)` whose defaults equal those in NAME.js, and says what it shows:
    `draw` for the eye, `alternative` in words.

    Args:
        veil: a question; the picture shows only after a guess was written down.
        state: the other traits, as each subclass documents them.
    """

    name: ClassVar[str] = ""
    figsize: ClassVar[tuple[float, float]] = (style.WIDTH, 3.4)

    veil = traitlets.Unicode("").tag(sync=True)
    guess = traitlets.Unicode("").tag(sync=True)
    start = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Not for the classes that traitlets makes when traits are added.
        if "name" in cls.__dict__:
            cls._esm = bundle(cls.name)
        super().__init_subclass__(**kwargs)

    def __init__(self, **state: Any) -> None:
        unknown = state.keys() - set(self.argument_names()) - {"veil"}
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no {', '.join(sorted(unknown))}; "
                f"it takes {', '.join(self.argument_names())} and veil."
            )
        super().__init__(**state)

    @traitlets.default("start")
    def _where_reset_leads(self) -> dict[str, Any]:
        # Asked for by the first message to the page, which may lose one that follows.
        return self.args()

    @classmethod
    def argument_names(cls) -> list[str]:
        """The names of the traits that make up the state."""
        own = set(cls.class_trait_names(sync=True)) - set(
            Explorable.class_trait_names()
        )
        # anywidget adds traits of its own: _esm, _css, _anywidget_id.
        return sorted(name for name in own if not name.startswith("_"))

    def args(self) -> dict[str, Any]:
        """Return the state as JSON takes it."""
        return {name: getattr(self, name) for name in self.argument_names()}

    def draw(self, figure: Figure) -> None:
        """Draw the state on an empty figure."""
        raise NotImplementedError(f"{type(self).__name__} needs draw(figure).")

    def alternative(self) -> str:
        """Say in one to three sentences what the still shows."""
        raise NotImplementedError(f"{type(self).__name__} needs alternative().")

    def still(self) -> bytes:
        """Return the PNG that stands for the explorable where there is no page."""
        buffer = BytesIO()
        with mpl.rc_context():
            style.set_look()
            # Not pyplot's: nothing else knows this figure, so nothing else shows it.
            figure = Figure(figsize=self.figsize, layout="constrained")
            if self.veil:
                # What a veil hides, the still must not give away.
                figure.set_size_inches(style.WIDTH, 0.8)
                figure.text(0.02, 0.5, self._words(), va="center", wrap=True)
            else:
                self.draw(figure)
            figure.savefig(buffer, format="png", dpi=style.DPI, bbox_inches="tight")
        return buffer.getvalue()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict, dict]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        args = self.args() | ({"veil": self.veil} if self.veil else {})
        text = self._words()
        data |= {
            "text/plain": text,
            "image/png": self.still(),
            MIME: {"name": self.name, "args": args},
        }
        return data, {**metadata, "image/png": {"alt": text}}

    def _words(self) -> str:
        """The text alternative; before a prediction, the question alone."""
        text = f"Predict first: {self.veil}" if self.veil else self.alternative()
        return " ".join(text.split())
