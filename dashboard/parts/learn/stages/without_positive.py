"""How many anchors of the icons find no positive, by rule and batch size."""

from dashboard.lessons import Picture, Recorded
from dashboard.lessons.recorded import SOURCE
from dashboard.parts.data.pairs import show_without_positive
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.runs.run import Run


def _draw(recorded: Recorded, _: Run, __: Picture) -> None:
    show_without_positive(SOURCE, recorded.statistics)


WITHOUT_POSITIVE = Stage("without a positive", _draw, of_a_run=False)
