"""Runs trained in this process for a few steps, with checkpoints and no maps: for what is computed after a training."""

from pathlib import Path
from typing import Any

import numpy as np

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.events import CheckpointDue, FittingProbe
from mlcl_core.engine.loop import Trainer
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import open_run_data, write_data
from mlcl_core.runs.store import Store
from mlcl_core.runs.write import write_checkpoint
from tests.engine.toy import toy_config, toy_data


def trained_run(home: Path, config: TrainConfig, name: str = "trained") -> Run:
    """Train a configuration up to the linear probe, which is left out; only checkpoints are written."""
    run = Store(home_directory(home)).create(config, name)
    data, _ = open_run_data(run)
    write_data(run, data)
    trainer = Trainer(config, None, data)
    for event in trainer.events():
        if isinstance(event, FittingProbe):
            break
        if isinstance(event, CheckpointDue):
            write_checkpoint(run.path / "checkpoints", trainer.checkpoint())
            append_line(run.path / "events.jsonl", {"event": "checkpoint", "step": event.step, "at": 0.0})
    return run


def vectors_run(home: Path, name: str = "trained", **settings: Any) -> Run:
    """A run of 12 steps on 96 vectors of a file, of other scales than 1, with checkpoints at 0, 6 and 12."""
    data = toy_data()
    path = home / "toy.npz"
    if not path.exists():
        scales = np.array([1e-3, 0.5, 1, 2, 30, 1, 1, 7, 1e4, 1])
        np.savez(path, X=data.items.numpy() * scales + 3 * scales, Y=data.labels[:].numpy())
    return trained_run(home, toy_config(data__name="file", data__path=str(path), **settings), name)
