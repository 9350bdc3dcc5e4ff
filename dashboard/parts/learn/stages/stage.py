"""A stage: what a lesson shows beside a card, a part of the other pages with the values that the card set."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.lessons import Picture, Recorded
from mlcl_core.runs.run import Run


@dataclass(frozen=True)
class Stage:
    """One kind of picture.

    Attributes:
        name: Its key, the ``stage`` of pictures.
        draw: Draws it; gets the recorded runs, the one of the picture's rule, and the picture.
        of_a_run: Whether it shows that run at the step of the timeline.
        every: Gives the seconds after which it is drawn again; None: when something is asked for.
    """

    name: str
    draw: Callable[[Recorded, Run, Picture], None]
    of_a_run: bool
    every: Callable[[], float | None] = lambda: None
