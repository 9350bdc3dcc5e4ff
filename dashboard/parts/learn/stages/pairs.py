"""The matrices of two methods on an example batch, with their settings."""

from dashboard.lessons import Picture, Recorded
from dashboard.parts.learn.stages.stage import Stage
from dashboard.parts.relations.lab import show_lab
from mlcl_core.runs.run import Run


def _draw(_: Recorded, __: Run, ___: Picture) -> None:
    show_lab(wide=False)


PAIRS = Stage("pairs", _draw, of_a_run=False)
