"""How many icons have each label."""

from dashboard.lessons import Picture, Recorded
from dashboard.lessons.recorded import SOURCE
from dashboard.parts.data.labels import show_labels
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.runs.run import Run


def _draw(recorded: Recorded, _: Run, __: Picture) -> None:
    show_labels(SOURCE, recorded.data, recorded.statistics, together=False)


TAIL = Stage("tail", _draw, of_a_run=False)
