"""The sources of the lessons' numbers: recorded runs, the icons, small batches, through the functions that train."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from dashboard.figures.anchor import anchor_pairs, most_informative_anchors
from dashboard.figures.batch_sources import example_batch
from dashboard.figures.formatting import escaped, label_set
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.methods import Method
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.relations import Verdict, verdict
from mlcl_core.errors import InputError
from mlcl_core.runs.records import Frame, WatchedItems
from mlcl_core.runs.run import Run

MANY_SIDED = 20
RUN = "similarity_dissimilarity"
SOURCE = "icons"  # the data set that the runs were trained on


class _Known(dict[str, float]):
    """Numbers by name; a missing one means that a recorded file was changed, which ``missing`` reports."""

    def __init__(self, numbers: Mapping[str, float], missing: Callable[[str], NoReturn]):
        super().__init__(numbers)
        self._lacks = missing

    def __missing__(self, name: str) -> float:
        self._lacks(name)


class Recorded:
    """The recorded runs by their rule, and the data set that they were trained on."""

    def __init__(self, runs: Mapping[str, Run], data: Callable[[], tuple[Any, dict[str, Any]]]):
        """Take the runs, and the function that loads the data set and its statistics when they are needed."""
        self.runs = runs
        self._data = data

    @property
    def data(self) -> Any:
        """The icons (MultiLabelData)."""
        return self._data()[0]

    @property
    def statistics(self) -> dict[str, Any]:
        """The statistics of the icons, as on the Data page."""
        return self._data()[1]

    @cached_property
    def watched_items(self) -> WatchedItems:
        """The watched items; the same in each run."""
        return self.runs[RUN].watched_items()

    @cached_property
    def anchor(self) -> int:
        """Row of the anchor that lessons begin with: of the most informative items, the one with the shortest name."""
        telling = most_informative_anchors(self.watched_items.labels)[:MANY_SIDED]
        return int(min(telling, key=lambda row: len(self.watched_items.names[row])))

    def named(self, row: int) -> str:
        """A watched item in words: its name and labels."""
        labels = [
            name
            for name, has in zip(self.watched_items.label_names, self.watched_items.labels[row], strict=True)
            if has
        ]
        return f"{escaped(self.watched_items.names[row])} {escaped(label_set(labels))}"

    def steps(self, rule: str = RUN) -> list[int]:
        """Steps of the frames of a run."""
        return self.runs[rule].frame_steps()

    def step(self, at: str, rule: str = RUN) -> int:
        """Step of the ``first``, ``middle`` or ``last`` frame of a run."""
        steps = self.steps(rule) or self._lacks(rule, "its frames")
        return steps[{"first": 0, "middle": len(steps) // 3, "last": -1}[at]]

    def frame(self, step: int, rule: str = RUN) -> Frame:
        """The watched items at a step."""
        return self.runs[rule].frame(step)

    def metrics(self, at: str, rule: str = RUN) -> dict[str, float]:
        """The engine's metrics at a frame."""
        step = self.step(at, rule)
        found = [event for event in self.runs[rule].events("frame") if event["step"] == step]
        return self._known(rule, found[-1].get("metrics", {}) if found else {}, f"of step {step}")

    def finished(self, rule: str = RUN) -> dict[str, dict[str, float]]:
        """The linear probe's numbers on the test items, ``test`` and ``untrained``."""
        ended = self.runs[rule].finished() or {}
        return {part: self._known(rule, ended.get(part, {}), "at its end") for part in ("test", "untrained")}

    def scores(self, map_name: str, rule: str = RUN) -> dict[str, float]:
        """How far the last map of a kind can be trusted."""
        run = self.runs[rule]
        steps = run.map_steps(map_name) or self._lacks(rule, f"its {map_name} maps")
        return self._known(rule, run.map(map_name, steps[-1]).scores, f"of its last {map_name} map")

    def _known(self, rule: str, numbers: Mapping[str, float], where: str) -> dict[str, float]:
        return _Known(numbers, lambda name: self._lacks(rule, f"{name} {where}"))

    def _lacks(self, rule: str, what: str) -> NoReturn:
        run = self.runs[rule]
        raise InputError(
            f"the recorded run {run.id} in the home directory lacks {what}; delete it (mlcl delete {run.id}), and the "
            "lessons restore it"
        )

    def loss(self, rule: str = RUN) -> Any:
        """The loss of a run (PairLoss)."""
        from mlcl_core.engine.build import contrastive_part, training_loss

        return contrastive_part(training_loss(self.runs[rule].config().loss))

    def pairs(self, at: str, rule: str = RUN, *, anchor: int | None = None) -> AnchorPairs:
        """All pairs of an anchor (None: that of the lessons) among the watched items at a frame."""
        row = self.anchor if anchor is None else anchor
        return anchor_pairs(self.loss(rule), self.frame(self.step(at, rule), rule).z, self.watched_items.labels, row)

    def watched_batch(self, at: str = "last") -> HandBatch:
        """All watched items with labels as one batch, at a frame, for a verdict under any method."""
        z, labels = self.frame(self.step(at)).z.astype(np.float32), self.watched_items.labels
        rows = labels.any(1)
        ids = tuple(int(item) for item in self.watched_items.ids[rows])
        names = tuple(str(item) for item in ids)
        return HandBatch("watched", ids, names, self.watched_items.label_names, labels[rows], z[rows], "", None)


def example(name: str) -> HandBatch:
    """A batch of the Relations page, with the embeddings used there."""
    return example_batch(name, key=name, readiness="learning", seed=0)


def under(batch: HandBatch, rule: str, **settings: Any) -> Verdict:
    """The verdict on a batch under a rule."""
    return verdict(batch, Method(rule, **settings))


def sets_of(batch: HandBatch) -> list[str]:
    """The label set of each item, in words."""
    return [
        escaped(label_set([name for name, has in zip(batch.label_names, row, strict=True) if has]))
        for row in batch.labels
    ]
