"""Two runs, or two steps of one, compared; kept by run and step until a file behind them is written again."""

from pathlib import Path
from typing import Any

import numpy as np

from dashboard.loaders.cached import cached_by_file, written_at
from dashboard.loaders.run_files import events, frame, frame_file, store
from dashboard.loaders.run_loss import loss_of
from mlcl_core.engine.config import LossConfig, TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run

SPACES = ("h", "z")
PLAIN = ("probe.parquet", "data.json", "data.safetensors", "config.json")


def _both_written(a: Run, b: str, *_: Any) -> int:
    files = [Path(folder) / name for folder in (a.path, b) for name in PLAIN]
    return hash(tuple(written_at(file) for file in files))


def common_items(a: Run, b: Run) -> Any:
    """The items that both runs watch (CommonItems).

    Raises:
        InputError: A list of items cannot be read, or nothing is in common.
    """
    return _common(a, str(b.path))


@cached_by_file(_both_written, entries=16)
def _common(a: Run, b: str) -> Any:
    from mlcl_core.runs.compare import common_items as found

    return found(a, Run(Path(b)))


def unshared(a: Run, b: Run, configs: tuple[TrainConfig, TrainConfig]) -> Any:
    """What two runs do not share (Unshared), with these settings in force.

    Raises:
        InputError: A configuration cannot be read.
    """
    return _unshared(a, str(b.path), *(config.model_dump_json() for config in configs))


@cached_by_file(_both_written, entries=32)
def _unshared(a: Run, b: str, first: str, second: str) -> Any:
    from mlcl_core.runs.compare import unshared as found

    configs = TrainConfig.model_validate_json(first), TrainConfig.model_validate_json(second)
    return found(a, Run(Path(b)), configs)


def space(run: Run, step: int, name: str, rows: np.ndarray) -> np.ndarray:
    """Embeddings of some rows of a frame, ``h`` or ``z``."""
    return np.ascontiguousarray(getattr(frame(run, step), name)[rows])


def spaces_compared(a: Run, step_a: int, b: Run, step_b: int, name: str) -> Any:
    """Both spaces of the common items, compared (SpacesCompared).

    Raises:
        InputError: A frame cannot be read, nothing is in common, or neighbours cannot be told apart.
    """
    return _compared(a, step_a, str(b.path), step_b, name)


def _frames_written(a: Run, step_a: int, b: str, step_b: int, *_: Any) -> int:
    files = frame_file(a, step_a), frame_file(Run(Path(b)), step_b)
    return hash((*(written_at(file) for file in files), _both_written(a, b)))


@cached_by_file(_frames_written, entries=24, spinner="Comparing the neighbours of every item")
def _compared(a: Run, step_a: int, b: str, step_b: int, name: str) -> Any:
    from dashboard.figures.compare import compare_spaces

    other = Run(Path(b))
    rows = common_items(a, other).rows
    frames = ((a, step_a, rows[0]), (other, step_b, rows[1]))
    spaces = [space(run, step, name, at) for run, step, at in frames]
    near = [_neighbours(run, step, name, at.tobytes()) for run, step, at in frames]
    labels = [run.watched_items().labels[at] for run, _, at in frames]
    return compare_spaces(
        (spaces[0], spaces[1]), (near[0], near[1]), (labels[0], labels[1]), one_run=a.path == other.path
    )


@cached_by_file(frame_file, entries=8)
def _neighbours(run: Run, step: int, name: str, rows: bytes) -> Any:
    from dashboard.figures.compare import neighbours

    return neighbours(space(run, step, name, np.frombuffer(rows, np.int64)))


def neighbour_changes(a: Run, step_a: int, b: Run, step_b: int, name: str, item: int) -> Any:
    """The neighbours that one common item kept, gained and lost (NeighbourChanges); rows among the common items."""
    return _changes(a, step_a, str(b.path), step_b, name, item)


@cached_by_file(_frames_written, entries=64)
def _changes(a: Run, step_a: int, b: str, step_b: int, name: str, item: int) -> Any:
    import torch

    from mlcl_core.metrics import neighbour_changes as changes_of

    other = Run(Path(b))
    rows = common_items(a, other).rows
    frames = ((a, step_a, rows[0]), (other, step_b, rows[1]))
    h_a, h_b = (torch.from_numpy(space(run, step, name, at)) for run, step, at in frames)
    return changes_of(h_a, h_b, item)


def item_losses(run: Run, step: int, config: LossConfig) -> np.ndarray | None:
    """The loss of each watched item as anchor, all taken as one batch; None where the loss compares no pairs."""
    return _item_losses(run, step, config.model_dump_json())


@cached_by_file(frame_file, entries=24, spinner="Computing the loss of every item")
def _item_losses(run: Run, step: int, loss: str) -> np.ndarray | None:
    from dashboard.figures.item_loss import loss_of_items

    part, seen = loss_of(run, LossConfig.model_validate_json(loss)), frame(run, step)
    if part is None or not np.isfinite(seen.z).all():
        return None
    prototypes = seen.prototypes if "prototypes" in part.needs else None
    try:
        found = loss_of_items(part, seen.z, run.watched_items().labels, prototypes)
    except InputError:
        return None
    return None if isinstance(found, str) else found


def weight_agreement(run: Run, configs: tuple[LossConfig, LossConfig]) -> np.ndarray | None:
    """The share of each item's weight that two losses give to the same pairs; None where one compares no pairs."""
    return _agreement(run, *(config.model_dump_json() for config in configs))


@cached_by_file(lambda run, *_: run.path / "probe.parquet", entries=16, spinner="Weighing every pair under both rules")
def _agreement(run: Run, first: str, second: str) -> np.ndarray | None:
    from dashboard.figures.compare_rules import weight_agreement as agreement_of

    a, b = (loss_of(run, LossConfig.model_validate_json(one)) for one in (first, second))
    return None if a is None or b is None else agreement_of(a, b, run.watched_items().labels)


def seed_scores(run: Run, step: int) -> Any:
    """The metrics of a run at a step and at its end, and of those that differ in the seed alone (SeedScores)."""
    from dashboard.figures.compare_scores import SeedScores
    from mlcl_core.runs.compare import seed_siblings

    own, *others = (_scores(one, step) for one in seed_siblings(run, store().runs()))
    return SeedScores(own, tuple(others))


def _scores(run: Run, step: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for event in reversed(events(run)):
        if event.get("event") == "frame" and event.get("step") == step:
            found |= event.get("metrics") or {}
            break
    ended = run.finished()
    return found if ended is None else {**found, **ended.get("test", {})}
