"""Small runs written through the store's own writers, without training: for pages and figures under test."""

import os
from dataclasses import asdict, replace
from pathlib import Path
from socket import gethostname
from time import time
from typing import Any

import numpy as np
import psutil
import torch

from mlcl_core.data import LabelMatrix, MultiLabelData
from mlcl_core.engine import preset
from mlcl_core.engine.events import BatchTaken, FrameTaken
from mlcl_core.home_directory import home_directory
from mlcl_core.losses import build_loss
from mlcl_core.maps import pca_map
from mlcl_core.runs.files import append_line, save_arrays, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.write import write_batch, write_frame, write_watched_items

ITEMS, LABELS, STEPS = 40, 5, (0, 2, 5)
METRICS = (
    "loss",
    "cosine_equal",
    "cosine_nested",
    "cosine_overlap",
    "cosine_disjoint",
    "alignment",
    "uniformity",
    "rank_correlation",
    "knn_macro_f1",
)
NAMES = ("<b>sky</b>", "sea", "*sun*", "snow", "a label with a rather long name")


def made_data() -> MultiLabelData:
    """40 pictures of 8 x 8 pixels; label sets of every size from none to all, twins among them."""
    generator = torch.Generator().manual_seed(3)
    labels = torch.rand(ITEMS, LABELS, generator=generator) < 0.35
    labels[0], labels[1], labels[2], labels[3] = False, True, labels[4], labels[5]
    return MultiLabelData(
        name="made",
        title="Made",
        kind="picture",
        items=torch.randint(0, 256, (ITEMS, 1, 8, 8), generator=generator, dtype=torch.uint8),
        labels=LabelMatrix.of(labels),
        label_names=NAMES,
        split=np.array((["train"] * 6 + ["validation"] * 2 + ["test"] * 2) * 4),
        item_names=tuple(f"item no. {i}" for i in range(ITEMS)),
    )


def made_run(home: Path, state: str, *, name: str | None = None, frames: bool = True, **settings: Any) -> Run:
    """A run in any state, with three frames, their PCA maps and a batch (``frames=False``: with nothing yet).

    Settings change the preset icons; with ``loss__momentum`` half of the batch are keys and a queue, with
    ``loss__name="msc"`` the frames have prototypes.
    """
    store = Store(home_directory(home))
    changes = {key.replace("__", "."): value for key, value in settings.items()}
    run = store.create(preset("icons").with_settings({"loss.temperature": 0.1, **changes}), name)
    step = STEPS[-1] if frames else 0
    alive = state in ("queued", "running", "paused")
    me = psutil.Process()
    status = Status(
        state=state,
        step=step,
        total=20,
        eta=61.0 if alive else None,
        seconds=12.0,
        heartbeat=time() + (3600 if alive else 0),
        last_step=time(),
        device="cpu (1 thread)",
        error="the disk is full: <i>/x</i>" if state == "failed" else None,
        pid=os.getpid() if alive else None,
        host=gethostname() if alive else None,
        started=me.create_time() if alive else None,
        loss=1.5,
        items_per_second=321.0,
        memory_mb=200.0,
        phase="training" if alive else None,
    )
    write_json(run.path / "status.json", asdict(status))
    if frames:
        _write_frames(run)
    if state == "finished":
        numbers = {"micro_f1": 0.5, "macro_f1": 0.4, "map": 0.45, "hamming_loss": 0.1, "subset_accuracy": 0.2}
        append_line(
            run.path / "events.jsonl",
            {"event": "finished", "step": step, "at": time(), "test": numbers, "untrained": numbers},
        )
    return run


def _write_frames(run: Run) -> None:
    data = made_data()
    ids = torch.arange(ITEMS)
    write_watched_items(run.path / "probe.parquet", data, ids)
    generator = torch.Generator().manual_seed(5)
    base = torch.randn(ITEMS, 6, generator=generator)
    towards = data.labels.dense().float() @ torch.randn(LABELS, 6, generator=generator)
    settings = {"loss.temperature": 0.1, "optimiser.learning_rate": 0.001}
    previous = None
    for number, step in enumerate(STEPS):
        z = torch.nn.functional.normalize(base + number * towards, dim=1)
        metrics = {key: 1.0 / (1 + place + number) for place, key in enumerate(METRICS)}
        stars = torch.nn.functional.normalize(torch.randn(LABELS, 6, generator=torch.Generator().manual_seed(7)), dim=1)
        frame = FrameTaken(step=step, ids=ids, z=z, h=z, metrics=metrics, settings=settings)
        if "msc" in run.config().loss.name:
            frame = replace(frame, prototypes=stars)
        write_frame(run.path / "frames", frame)
        append_line(
            run.path / "events.jsonl",
            {"event": "frame", "step": step, "at": time(), "metrics": metrics, "settings": settings},
        )
        drawn = pca_map(z.numpy(), previous)
        previous = drawn.xy
        scores = '{"trustworthiness": 0.9, "knn_recall": 0.5, "model_moved": 0.02, "map_moved": 0.6, "seconds": 0.01}'
        save_arrays(
            numbered_path(run.path / "maps" / "pca", step), {"ids": ids.numpy(), "xy": drawn.xy}, {"scores": scores}
        )
    keys = bool(run.config().loss.momentum)
    chosen = torch.cat([ids[:8], ids[:8], ids[20:28]]) if keys else ids[:12].repeat(2)
    view = torch.arange(3).repeat_interleave(8) if keys else torch.arange(2).repeat_interleave(12)
    rows = torch.arange(8 if keys else 24)
    z = torch.nn.functional.normalize(torch.randn(24, 6, generator=generator), dim=1)
    y = data.labels[chosen]
    terms = build_loss("weighted_supcon").explain(z[rows], y[rows], z, y, self_index=rows)
    batch = BatchTaken(
        step=STEPS[-1],
        ids=chosen,
        view=view,
        z=z,
        y=y,
        w=terms.attract,
        s=terms.scaled_cosine,
        force=terms.force,
        pictures=data.items[chosen],
        settings=settings,
    )
    write_batch(run.path / "batches", batch)
