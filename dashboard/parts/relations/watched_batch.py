"""A small batch from a run's watched items, with the embeddings of its newest frame."""

import base64
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dashboard import loaders
from dashboard.figures.batch_sources import run_batch
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.label_weights import InTraining
from dashboard.figures.run_facts import rule_words
from dashboard.parts.train.owned_params import loss_options
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run


def watched_batch(run: Run, wanted: int | None, *, items: int, seed: int, key: str) -> HandBatch:
    """Pick ``items`` watched items that share labels where possible.

    Args:
        run: The run.
        wanted: The embeddings are those of the last frame not after this step; None: of the newest frame.
        items, seed, key: As in :func:`dashboard.figures.batch_sources.run_batch`.

    Raises:
        InputError: The run has no frame yet, or its files cannot be read.
    """
    step, watched = loaders.nearest_step(run.frame_steps(), wanted), loaders.watched_items(run)
    if step is None or watched is None:
        raise InputError(f"run {run.name!r} has no frame yet; choose an example meanwhile")
    frame = loaders.frame(run, step)
    row_of = {int(item): row for row, item in enumerate(watched.ids)}
    in_watched = np.array([row_of[int(item)] for item in frame.ids if int(item) in row_of], dtype=np.int64)
    in_frame = np.array([row for row, item in enumerate(frame.ids) if int(item) in row_of], dtype=np.int64)
    origin = (
        f"{min(items, len(in_watched))} of the {len(in_watched):,} watched items of run {run.name}, picked so that "
        "they share labels where possible, taken as one batch."
    )
    config = loaders.config_at(run, frame.step)
    if rule := rule_words(config.loss, loss_options(config.loss.name)):
        origin += f" The run trains with the {rule} at step {frame.step:,}."
    batch, picked = run_batch(
        watched.labels[in_watched].astype(bool),
        watched.label_names,
        frame.z[in_frame],
        items=items,
        key=key,
        origin=origin,
        seed=seed,
    )
    rows = in_watched[picked]
    known = watched.trained_on
    return replace(
        batch,
        step=frame.step,
        training=None if known is None else InTraining(label_columns(batch, watched.label_names), known),
        titles=tuple(watched.names[row] for row in rows),
        pictures=tuple(data_uri(watched.pictures[row]) for row in rows) if watched.pictures else (),
    )


def label_columns(batch: HandBatch, names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Where the labels of a batch stand among all names."""
    place = {name: column for column, name in enumerate(names)}
    return np.array([place[name] for name in batch.label_names], dtype=np.int64)


def data_uri(png: bytes) -> str:
    """A PNG as a data address, which an ``img`` element shows without a request."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
