"""Every figure that more than one lesson draws, and the course's look.

Each function takes data. It returns a new figure; one that is given `ax` draws there
and returns that. Nothing is drawn on import.
"""

from course_utils.plotting.curves import (
    direct_labels,
    show_bars,
    show_history,
)
from course_utils.plotting.images import (
    show_confusion,
    show_images,
    show_pixels,
    show_predictions,
)
from course_utils.plotting.style import (
    BAD,
    BLUE,
    CHECK,
    CROSS,
    GOOD,
    GREEN,
    GREY,
    INKS,
    LIGHT,
    ORANGE,
    PALETTE,
    PINK,
    RED,
    WIDTH,
    describe,
    text_alternative,
    use_style,
)
