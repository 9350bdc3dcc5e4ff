"""What is left of a study: cells, minutes and disk space, by the cells that are done or by a short timed piece."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import RunFailed
from mlcl_core.evaluation import PROTOCOLS, best_moment
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.records import FAILED, OK, TUNING
from mlcl_core.studies.shared import Shared
from mlcl_core.studies.train_cell import MOMENTS, WATCHED_ITEMS, watching

PIECE_SECONDS = 0.5  # of each kind of training, after its first steps
FIRST_STEPS, MAX_STEPS = 2, 200
ADAM = 3  # numbers that a checkpoint holds for each parameter
FRAMES = 3
FRAME_BYTES, NUMBER_BYTES, SCORE_BYTES = 2, 4, 8


@dataclass(frozen=True)
class Cost:
    """Of one cell.

    Attributes:
        epoch: Seconds of an epoch.
        around: Seconds of what comes before and after its training.
        bytes: On the disk.
    """

    epoch: float
    around: float
    bytes: int

    def seconds(self, cell: Cell) -> float:
        """Of a cell."""
        return cell.config.training.epochs * self.epoch + self.around


@dataclass(frozen=True)
class Plan:
    """What is left to do.

    Attributes:
        total, done, failed: Cells, those with a result, and those of them that failed.
        left: Cells to be trained now.
        tunings: Trainings that tune, to be done before.
        seconds: Estimated, one after the other.
        disk: Bytes that will be written.
        by_cell: Estimated seconds by id.
    """

    total: int
    done: int
    failed: int
    left: int
    tunings: int
    seconds: float
    disk: int
    by_cell: dict[str, float]


def plan_of(folder: StudyFolder, cells: Sequence[Cell], tunings: Sequence[Cell], shared: Shared, retry: bool) -> Plan:
    """The plan of a study whose configurations are checked.

    Args:
        folder: The study; it may not exist yet.
        cells, tunings: All of them.
        shared: Data are opened by it.
        retry: Whether failed cells are trained again.
    """
    rows = {row["cell"]: row for row in folder.records()} if folder.exists else {}
    tuned = folder.tuning() if folder.exists else {}
    left = [cell for cell in cells if _is_left(rows.get(cell.id), retry)]
    groups = {(cell.data, cell.method) for cell in left}
    first = [cell for cell in tunings if (cell.data, cell.method) in groups and _is_left(tuned.get(cell.id), retry)]
    known = _of_rows([*rows.values(), *tuned.values()])
    costs: dict[str, Cost] = {}
    by_cell, disk = {}, 0
    for cell in (*left, *first):
        key = _kind(cell.config.model_dump())
        if key not in costs:
            costs[key] = known.get(key) or timed_cost(cell, shared)
        by_cell[cell.id] = costs[key].seconds(cell)
        disk += 0 if cell.kind == TUNING else costs[key].bytes
    failed = sum(row["state"] == FAILED for row in rows.values())
    return Plan(len(cells), len(rows), failed, len(left), len(first), sum(by_cell.values()), disk, by_cell)


def _is_left(row: Any, retry: bool) -> bool:
    return row is None or (retry and row["state"] == FAILED)


def _kind(config: dict[str, Any]) -> str:
    """What trainings that take about as long have in common."""
    return json.dumps([config["data"], config["model"], config["pretrained"], config["training"]["batch_size"]])


def _of_rows(rows: Iterable[dict[str, Any]]) -> dict[str, Cost]:
    """Mean costs of trainings that are done."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row["state"] == OK:
            config = json.loads(row["config"])
            epoch = row["train_seconds"] / config["training"]["epochs"]
            found.setdefault(_kind(config), []).append((epoch, row["evaluate_seconds"]))
    mean = {key: [sum(each) / len(each) for each in zip(*pairs, strict=True)] for key, pairs in found.items()}
    return {key: Cost(epoch, around, 0) for key, (epoch, around) in mean.items()}


def timed_cost(cell: Cell, shared: Shared) -> Cost:
    """Train a short piece of a cell, and evaluate it once.

    Args:
        cell: A cell whose configuration is checked.
        shared: Data are opened by it.
    """
    config = watching(cell.config, record=cell.keep_run)
    given = shared.given(config)
    begun = perf_counter()
    trainer = Trainer(given.trained_by(config), data=given.data)
    before = perf_counter() - begun
    state = {name: tensor.detach().clone() for name, tensor in trainer.network.state_dict().items()}
    step = _seconds_of_a_step(trainer)
    begun = perf_counter()
    states = [(number, state) for number in range(len(MOMENTS))]
    found = best_moment(trainer.network, states, trainer.data, trainer.device)
    protocol = PROTOCOLS[cell.protocol]
    if protocol.takes == "features":
        protocol.run(found.features, trainer.data, trainer.device)
    after = perf_counter() - begun
    return Cost(step * trainer.total / config.training.epochs, before + after, _bytes(trainer, cell))


def _seconds_of_a_step(trainer: Trainer) -> float:
    ends = [perf_counter()]
    with suppress(RunFailed):  # a loss that becomes NaN is a failed cell, later
        for _, done in trainer.steps():
            _ = done.loss  # waits for a GPU
            ends.append(perf_counter())
            if len(ends) > MAX_STEPS or (len(ends) > FIRST_STEPS + 1 and ends[-1] - ends[FIRST_STEPS] > PIECE_SECONDS):
                break
    if len(ends) == 1:
        return 0.0
    first = min(FIRST_STEPS, len(ends) - 2)
    return (ends[-1] - ends[first]) / (len(ends) - 1 - first)


def _bytes(trainer: Trainer, cell: Cell) -> int:
    """Predictions; of a run directory the checkpoint and the frames too."""
    data, model = trainer.data, trainer.config.model
    scores = SCORE_BYTES * len(data.indices("test")) * len(data.label_names)
    if not cell.keep_run:
        return scores
    parameters = sum(parameter.numel() for parameter in trainer.network.parameters())
    row = FRAME_BYTES * (model.feature_dim + model.projection_dim)
    frames = FRAMES * min(WATCHED_ITEMS, len(data)) * row
    return scores + NUMBER_BYTES * ADAM * parameters + frames


__all__ = ["Cost", "Plan", "plan_of", "timed_cost"]
