"""What the registry holds of each number, and what the numbers are functions of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64, Integer, UInt8
from torch import Tensor

from mlcl_core.metrics.conventions import LAB, Conventions

Result = TypeVar("Result")


@dataclass(frozen=True)
class WatchedFrame:
    """The watched items at a frame: what every live metric is a function of.

    Attributes:
        h: Features before the projection head.
        z: Projected features, where the loss acts; of unit length.
        labels: Which of the ``c`` labels each item has.
        relation: ``relation_matrix(labels, labels)``.
        positive: The positives of each anchor under the training's loss; None where the loss has no pairs.
        train: Which items are of the training split.
        loss: The training's loss of these items, taken as one batch.
        seed: Of whatever a metric draws; the same in every frame of a run.
    """

    h: Float[Tensor, "n e"]
    z: Float[Tensor, "n d"]
    labels: Bool[Tensor, "n c"]
    relation: UInt8[Tensor, "n n"]
    positive: Bool[Tensor, "n n"] | None
    train: Bool[Tensor, " n"]
    loss: float
    seed: int

    _computed: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, function: Callable[["WatchedFrame"], Result]) -> Result:
        """``function(frame)``, computed once for all the metrics that need it."""
        if function not in self._computed:
            self._computed[function] = function(self)
        return self._computed[function]


@dataclass(frozen=True, eq=False)
class Predictions:
    """What is predicted for items whose labels are known: what every final metric is a function of.

    Attributes:
        labels: Which of the ``c`` labels each item has.
        scores: Higher is likelier; any scale.
        threshold: A label is predicted where its score reaches it; one for all labels, or one for each, on the scale
            of the scores.
        conventions: What metrics do where their definition leaves a choice.
    """

    labels: Bool[np.ndarray, "n c"]
    scores: Float64[np.ndarray, "n c"]
    threshold: float | Float64[np.ndarray, " c"]
    conventions: Conventions = LAB

    _computed: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, function: Callable[["Predictions"], Result]) -> Result:
        """``function(predictions)``, computed once for all the metrics that need it."""
        if function not in self._computed:
            self._computed[function] = function(self)
        return self._computed[function]

    @cached_property
    def predicted(self) -> Bool[np.ndarray, "n c"]:
        """Which labels are predicted."""
        return self.scores >= self.threshold

    @cached_property
    def carried(self) -> list[int]:
        """The labels that some item has."""
        return np.flatnonzero(self.labels.any(0)).tolist()

    def of_labels(self, columns: Int64[np.ndarray, " k"]) -> "Predictions":
        """The predictions of some labels alone."""
        threshold = self.threshold[columns] if isinstance(self.threshold, np.ndarray) else self.threshold
        return Predictions(self.labels[:, columns], self.scores[:, columns], threshold, self.conventions)

    def of_items(self, rows: Int64[np.ndarray, " k"]) -> "Predictions":
        """The predictions of some items, repeated as their rows are."""
        return Predictions(self.labels[rows], self.scores[rows], self.threshold, self.conventions)


@dataclass(frozen=True, kw_only=True)
class MetricRecord:
    """What a number means.

    Attributes:
        name: Its key in run files and in JSON.
        title: Its name on pages.
        summary: What it measures, in one sentence.
        direction: Which way is better; ``none``: neither.
        low, high: Its range; None: without a bound.
    """

    name: str
    title: str
    summary: str
    direction: Literal["up", "down", "none"]
    low: int | float | None = None
    high: int | float | None = None


@dataclass(frozen=True, kw_only=True)
class LiveMetric(MetricRecord):
    """A number of the watched items, measured at every frame.

    Attributes:
        measure: NaN or infinity where the frame has no such number; it is then left out.
        relation: The relation whose pairs it is about; such metrics are curves of one chart.
        headline: Whether the timeline marks where it was best; one metric alone.
    """

    measure: Callable[[WatchedFrame], float]
    relation: str = ""
    headline: bool = False


@dataclass(frozen=True, kw_only=True)
class FinalMetric(MetricRecord):
    """A number of predictions, measured when training has ended.

    It can be resampled in one of two ways. An additive one is a function of quantities of each item that add up::

        measure(predictions) = of_sums(sums(predictions).sum(0), predictions.conventions)

    A ranked one has ``weighted(predictions, counts)``: its value where item i is there ``counts[b, i]`` times, for
    each row b of ``counts``. :func:`mlcl_core.metrics.resampled` takes whichever there is.

    Attributes:
        measure: Finite, whatever the predictions.
        sums: The k quantities of each item.
        of_sums: The metric of their sums over items, and of the conventions (those of MLCL Lab by default); any number
            of sums at once.
        weighted: The metric of the items repeated as each row of counts says.
        of_runs: Whether each run measures it (``mlcl train``, tables of runs); the others are those of evaluations.
        explained: Whether the summary stands under the table of results.
    """

    measure: Callable[[Predictions], float]
    sums: Callable[[Predictions], Float64[np.ndarray, "n k"]] | None = None
    of_sums: Callable[..., Float64[np.ndarray, "*resamples"]] | None = None
    weighted: Callable[[Predictions, Integer[np.ndarray, "b n"]], Float64[np.ndarray, " b"]] | None = None
    of_runs: bool = False
    explained: bool = False
