"""Run directories made by hand, as a worker would leave them."""

import os
import time
from pathlib import Path
from socket import gethostname

import numpy as np

from mlcl_core.engine import preset
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.files import save_arrays, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store


def embeddings(step: int, n: int = 60, d: int = 6) -> np.ndarray:
    """Directions around five centres, closer to them at later steps; equal for equal steps."""
    generator = np.random.default_rng(0)
    centres, noise = generator.normal(size=(5, d)), generator.normal(size=(n, d))
    z = centres[np.arange(n) % 5] + noise / (1 + step / 20)
    return (z / np.linalg.norm(z, axis=1, keepdims=True)).astype(np.float16)


def write_frame(run: Run, step: int, z: np.ndarray | None = None, prototypes: np.ndarray | None = None) -> None:
    """A frame of the watched items, and of label prototypes where there are any."""
    z = embeddings(step) if z is None else z
    arrays = {"ids": np.arange(len(z)) * 3, "z": z, "h": np.zeros((len(z), 2), np.float16)}
    if prototypes is not None:
        arrays["prototypes"] = prototypes.astype(np.float16)
    save_arrays(numbered_path(run.path / "frames", step), arrays)


def write_status(run: Run, state: str, step: int = 0, **values: object) -> None:
    """Write the status of a worker; its heartbeat is ahead, so that this process counts, however slow the test."""
    ours = {"pid": os.getpid(), "host": gethostname(), "heartbeat": time.time() + 3600}
    write_json(run.path / "status.json", {"state": state, "step": step, **ours, **values})


def make_run(home: Path, steps: tuple[int, ...] = (), state: str = "finished", **settings: object) -> Run:
    """A run with frames at the given steps, in a home directory of its own."""
    config = preset("icons").with_settings({"maps.landmarks": 50, "maps.neighbours": 10, **settings})
    run = Store(home_directory(home)).create(config, "handmade")
    for step in steps:
        write_frame(run, step)
    write_status(run, state, max(steps, default=0))
    return run
