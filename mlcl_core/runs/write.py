"""Events of the engine, written as files of the run directory."""

import io
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as save_tensors
from torch import Tensor

from mlcl_core.data import MultiLabelData, thumbnail_png
from mlcl_core.engine.checkpoint import Checkpoint
from mlcl_core.engine.config import WatchConfig
from mlcl_core.engine.events import BatchTaken, FrameTaken
from mlcl_core.errors import InputError
from mlcl_core.maps import directions, rounding_recall
from mlcl_core.runs.checkpoints import DIGESTS, find, sealed
from mlcl_core.runs.files import read_json, save_arrays, write_atomic, write_json
from mlcl_core.runs.kept_checkpoints import Kept, kept_checkpoints
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.run import Run

KEEP_BATCHES = 40
THUMBNAIL = 48
MAX_TEXT = 2000  # characters kept of a watched item's text
MAX_HALF = 65504.0
MIN_RECALL = 0.98  # share of the neighbours that rounding must keep


def write_watched_items(path: Path, data: MultiLabelData, ids: Tensor) -> None:
    """probe.parquet: id, split, name, labels, and a small picture (PNG) or the text of each watched item; beside them
    the label counts of the training items, by which losses weigh labels.
    """
    rows = ids.tolist()
    labels = data.labels[ids].numpy()
    columns: dict[str, Any] = {
        "id": pa.array(rows, pa.int64()),
        "split": [str(data.split[row]) for row in rows],
        "name": [data.item_names[row] for row in rows],
        "labels": pa.array(
            [[data.label_names[column] for column in np.flatnonzero(row)] for row in labels], pa.list_(pa.string())
        ),
    }
    if data.drawings is not None:
        columns["picture"] = pa.array([thumbnail_png(data, row, THUMBNAIL) for row in rows], pa.binary())
    if data.words is not None:
        columns["text"] = pa.array([text[:MAX_TEXT] for text in data.words.some(ids)], pa.string())
    train = data.labels.select(data.indices("train"))
    trained_on = {
        "items": len(train),
        "counts": train.counts().tolist(),
        "of_several": train.counts_of_several().tolist(),
    }
    table = pa.table(columns).replace_schema_metadata(
        {
            "label_names": json.dumps(list(data.label_names)),
            "data": data.name,
            "trained_on": json.dumps(trained_on),
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file)
    write_atomic(path, file.getvalue())


def write_frame(folder: Path, frame: FrameTaken) -> None:
    """frames/{step:08d}.safetensors: ids, z and h, and label prototypes where there are any.

    Rows are float16 unless rounding changes their neighbours: where the rounded rows of z, or of h, keep less than 98 %
    of their neighbours (:func:`mlcl_core.maps.rounding_recall`), as in a nearly collapsed space, they are written in
    float32. Prototypes have the type of z.
    """
    arrays = {"ids": frame.ids.numpy(), "z": _compact(frame.z), "h": _compact(frame.h)}
    if frame.prototypes is not None:
        half = arrays["z"].dtype == np.float16
        arrays["prototypes"] = _half(frame.prototypes) if half else frame.prototypes.float().numpy()
    save_arrays(numbered_path(folder, frame.step), arrays)


def write_batch(folder: Path, batch: BatchTaken) -> None:
    """batches/{step:08d}.safetensors: the batch just trained on; the newest 40 are kept."""
    arrays = {name: getattr(batch, name).numpy() for name in ("ids", "view", "z", "w", "s", "force")}
    arrays["y"] = batch.y.to(torch.uint8).numpy()
    if batch.pictures is not None:
        arrays["pictures"] = batch.pictures.numpy()
    save_arrays(numbered_path(folder, batch.step), arrays, {"settings": json.dumps(batch.settings)})
    for step in numbered(folder)[:-KEEP_BATCHES]:
        numbered_path(folder, step).unlink(missing_ok=True)


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """checkpoints/{step:08d}.safetensors, then .json with the digests of both, which completes it.

    Checkpoints of later steps were written before the run was resumed at an earlier step, and are deleted.
    """
    path = numbered_path(folder, checkpoint.step)
    tensors = save_tensors({name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()})
    write_atomic(path, tensors, durable=True)
    write_json(path.with_suffix(".json"), sealed(checkpoint.values, tensors), durable=True)
    _delete_checkpoints(folder, [step for step in numbered(folder) if step > checkpoint.step])


def thin_checkpoints(folder: Path, total: int, marks: Collection[int], watch: WatchConfig) -> Kept:
    """Delete the checkpoints that do not stay (:func:`kept_checkpoints`), and halves of them; returns those that do."""
    sizes = {}
    for step in numbered(folder):
        path = numbered_path(folder, step)
        if path.with_suffix(".json").is_file():
            sizes[step] = path.stat().st_size
    kept = kept_checkpoints(sizes, total, marks, watch)
    _delete_checkpoints(folder, set(numbered(folder)) - kept.steps)
    return kept


def _delete_checkpoints(folder: Path, steps: Iterable[int]) -> None:
    for step in steps:
        # the values first: half of a checkpoint is none
        numbered_path(folder, step).with_suffix(".json").unlink(missing_ok=True)
        numbered_path(folder, step).unlink(missing_ok=True)


def read_checkpoint(run: Run) -> tuple[Checkpoint | None, str | None]:
    """The checkpoint from which a run continues (None: it starts at step 0), and a notice for the user.

    Raises:
        InputError: As :func:`mlcl_core.runs.checkpoints.find`.
    """
    found = find(run)
    if found.step is None:
        return None, found.notice
    path = numbered_path(run.path / "checkpoints", found.step)
    try:
        tensors, values = load_file(path), read_json(path.with_suffix(".json"))
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    values.pop(DIGESTS, None)
    return Checkpoint(found.step, tensors, values), found.notice


def frames_to_drop(sizes: dict[int, int], budget: int, marked: set[int]) -> list[int]:
    """Steps of the frames to delete so that the rest fits ``budget`` bytes: every second one, the oldest half first.

    The first, the last and marked frames are never deleted, even where the rest does not fit.
    """
    kept, dropped = sorted(sizes), []
    total = sum(sizes.values())
    while total > budget:
        spare = [step for step in kept[1:-1] if step not in marked]
        if not spare:
            break
        for step in spare[: max(1, len(spare) // 2)][::2]:
            kept.remove(step)
            dropped.append(step)
            total -= sizes[step]
            if total <= budget:
                break
    return dropped


def thin_frames(folder: Path, budget: int, marked: set[int]) -> list[int]:
    """Delete frames beyond the disk budget; returns their steps."""
    sizes = {}
    for step in numbered(folder):
        try:
            sizes[step] = numbered_path(folder, step).stat().st_size
        except FileNotFoundError:
            continue
    dropped = frames_to_drop(sizes, budget, marked)
    for step in dropped:
        numbered_path(folder, step).unlink(missing_ok=True)
    return dropped


def _compact(rows: Tensor) -> np.ndarray:
    half, exact = _half(rows), rows.float().numpy()
    # without numbers there are no neighbours that could be kept
    if not exact.size or not np.isfinite(exact).all():
        return half
    kept = rounding_recall(directions(exact), directions(half), _product)
    return half if kept >= MIN_RECALL else exact


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (torch.from_numpy(left) @ torch.from_numpy(right)).numpy()


def _half(values: Tensor) -> np.ndarray:
    return values.clamp(-MAX_HALF, MAX_HALF).to(torch.float16).numpy()
