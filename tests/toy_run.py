"""A finished-looking run of 60 watched items, its files written as the worker writes them, without training."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mlcl_core.data import LabelMatrix, MultiLabelData
from mlcl_core.engine.presets import preset
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.files import save_arrays, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import FINISHED, Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.write import write_watched_items

NASTY = "<img src=x onerror=alert(1)> **sky**"
ITEMS, STEPS = 60, (0, 50)


def toy_run(home: Path, settings: Mapping[str, Any] | None = None) -> Run:
    """Make the run in ``home``; its name and its first label look like markup."""
    rng = np.random.default_rng(0)
    data = MultiLabelData(
        name="toy",
        title="Toy",
        kind="picture",
        items=torch.from_numpy(rng.integers(0, 255, (ITEMS, 1, 8, 8)).astype(np.uint8)),
        labels=LabelMatrix.of(rng.random((ITEMS, 6)) < 0.3),
        label_names=(NASTY, "b", "c", "d", "e", "f"),
        split=np.array(["train"] * 40 + ["validation"] * 10 + ["test"] * 10),
        item_names=tuple(f"item {row}" for row in range(ITEMS)),
    )
    run = Store(home_directory(home)).create(preset("icons").with_settings(settings or {}), NASTY)
    write_watched_items(run.path / "probe.parquet", data, torch.arange(ITEMS))
    for step in STEPS:
        z = rng.standard_normal((ITEMS, 16)).astype(np.float16)
        save_arrays(numbered_path(run.path / "frames", step), {"ids": np.arange(ITEMS), "z": z, "h": z})
        plane = {"ids": np.arange(ITEMS), "xy": z[:, :2].astype(np.float32)}
        save_arrays(numbered_path(run.path / "maps" / "pca", step), plane, {"scores": "{}"})
    write_json(run.path / "status.json", asdict(Status(state=FINISHED, step=STEPS[-1], total=STEPS[-1])))
    return run
