"""A run directory of random numbers, written by the writers of real runs, for benches that only look at runs."""

import json
import os
import shutil
import socket
from dataclasses import asdict
from time import time

import numpy as np
import psutil

from mlcl_core.engine import preset
from mlcl_core.engine.map_fields import only_maps
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.files import append_line, save_arrays, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store

LABELS, DIMENSIONS = 20, 64


def synthetic_run(store: Store, name: str, items: int, *, alive: bool) -> Run:
    """Create a run with one frame; ``alive``: its status is that of a worker, for a day."""
    import torch

    from mlcl_core.data import LabelMatrix, MultiLabelData
    from mlcl_core.runs.write import write_watched_items

    generator = np.random.default_rng(0)
    labels = torch.from_numpy(generator.random((items, LABELS)) < 2.5 / LABELS)
    data = MultiLabelData(
        name="synthetic",
        title="Synthetic",
        kind="features",
        items=torch.zeros(items, 2),
        labels=LabelMatrix.of(labels),
        label_names=tuple(f"label {c}" for c in range(LABELS)),
        split=np.array((["train"] * 7 + ["validation"] + ["test"] * 2) * (items // 10 + 1))[:items],
        item_names=tuple(f"item {i}" for i in range(items)),
    )
    run = store.create(preset("icons").with_settings({"watch.items": items, **only_maps([])}), name)
    write_watched_items(run.path / "probe.parquet", data, torch.arange(items))
    _set_state(run, "running" if alive else "finished")
    add_frame(run)
    return run


def linked_runs(store: Store, run: Run, count: int) -> None:
    """Further runs with the files of one as hard links: hundreds take no space. Name, seed and date are their own."""
    config = run.config()
    for number in range(count):
        path = store.folder / f"{run.id[:15]}-linked-{number:04x}"
        shutil.copytree(run.path, path, copy_function=os.link)
        write_json(path / "meta.json", {**run.meta(), "name": f"linked {number}", "created": time() - 60 * number})
        write_json(path / "config.json", config.with_settings({"seed": number}).model_dump())


def _set_state(run: Run, state: str) -> None:
    alive, this = state == "running", psutil.Process()
    status = Status(
        state=state,
        step=1,
        total=100_000,
        heartbeat=time() + (86_400 if alive else 0),
        pid=this.pid if alive else None,
        started=this.create_time() if alive else None,
        host=socket.gethostname(),
    )
    write_json(run.path / "status.json", asdict(status))


def end_run(run: Run) -> Run:
    """Set the state to finished."""
    _set_state(run, "finished")
    return run


def add_frame(run: Run) -> int:
    """Write a frame of random points and its map; returns its step."""
    import torch

    from mlcl_core.engine.events import FrameTaken
    from mlcl_core.runs.write import write_frame

    step, count = (run.frame_steps() or [-1])[-1] + 1, len(run.watched_items().ids)
    generator = torch.Generator().manual_seed(step)
    z = torch.nn.functional.normalize(torch.randn(count, DIMENSIONS, generator=generator), dim=1)
    ids, metrics = torch.arange(count), {"loss": 1.0, "cosine_equal": 0.5, "cosine_disjoint": 0.1}
    settings = {"loss.temperature": 0.1, "optimiser.learning_rate": 0.001}
    write_frame(run.path / "frames", FrameTaken(step=step, ids=ids, z=z, h=z, metrics=metrics, settings=settings))
    scores = {"trustworthiness": 0.9, "knn_recall": 0.5, "model_moved": 0.1, "map_moved": 0.1, "seconds": 0.01}
    save_arrays(
        numbered_path(run.path / "maps" / FIRST_MAP, step),
        {"ids": ids.numpy(), "xy": z[:, :2].numpy().copy()},
        {"scores": json.dumps(scores)},
    )
    append_line(
        run.path / "events.jsonl",
        {"event": "frame", "step": step, "at": time(), "metrics": metrics, "settings": settings},
    )
    return step
