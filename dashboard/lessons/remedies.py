"""Remedies for rare labels: trainings with all else as in a recorded run."""

from dataclasses import dataclass
from typing import Any

from dashboard.lessons.recorded import RUN
from mlcl_core.demo_runs.make import sample_config
from mlcl_core.engine.config import TrainConfig

QUEUE = 512
# what pages watch: a batch is kept with every frame, and PCA maps are drawn alone
WATCHED = {"watch.batch_every": 30, "maps.umap": False}


@dataclass(frozen=True)
class Remedy:
    """One remedy.

    Attributes:
        name: Its key in ``REMEDIES``, and the name of its runs after "lesson".
        title: What is trained with.
        settings: What differs from the recorded run.
        always: A rare label has a positive without another item, because its prototype is one.
    """

    name: str
    title: str
    settings: dict[str, Any]
    always: bool = False

    def config(self) -> TrainConfig:
        """The configuration of its runs."""
        return sample_config(RUN).with_settings({**WATCHED, **self.settings})


WITH_QUEUE = Remedy("queue", "a queue", {"loss.momentum": 0.99, "loss.candidates": "both", "loss.queue_size": QUEUE})
WITH_PROTOTYPES = Remedy("prototypes", "prototypes", {"loss.name": "msc"}, always=True)
REMEDIES = {one.name: one for one in (WITH_QUEUE, WITH_PROTOTYPES)}
