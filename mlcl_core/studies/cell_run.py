"""The run directory of a cell: written at once when it is done, so that every page and command opens it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from time import time

from safetensors.torch import save as save_tensors
from threadpoolctl import threadpool_limits

from mlcl_core.data import MultiLabelData, split_doubts
from mlcl_core.engine.device import device_title
from mlcl_core.engine.events import FrameTaken, StepDone
from mlcl_core.maps import FIRST_MAP
from mlcl_core.metrics import RUN_METRICS
from mlcl_core.runs.checkpoints import sealed
from mlcl_core.runs.files import write_atomic, write_json
from mlcl_core.runs.listing import STUDY_TAG
from mlcl_core.runs.mapping import RunMaps
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import FINISHED, Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import FILE, ROWS, write_data
from mlcl_core.runs.write import write_frame, write_watched_items
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.train_cell import Trained, watching


def run_id(cell: Cell) -> str:
    """The id of a cell's run directory: the same whenever it is trained, so that it replaces one that was cut off."""
    return f"study-{cell.study}-{cell.id}".lower()


def write_run(
    into: Path,
    cell: Cell,
    trained: Trained,
    loaded: MultiLabelData,
    step: int,
    test: Mapping[str, float],
    untrained: Mapping[str, float],
    files: dict[str, bytes],
) -> None:
    """Write a finished run.

    Args:
        into: The directory, which is made; its name is hidden until it is whole.
        cell: The cell.
        trained: Its training, with frames and checkpoints.
        loaded: The data as they were loaded.
        step: That of the checkpoint which is kept.
        test: Metrics of that state.
        untrained: Those of the encoder before training.
        files: Files that cells on the same data have in common; filled by the first of them.
    """
    into.mkdir(parents=True, exist_ok=True)
    run, config = Run(into), watching(cell.config, record=True)
    write_atomic(into / "config.json", config.to_json().encode())
    tags = [f"{STUDY_TAG}{cell.study}"]
    write_json(into / "meta.json", {"name": cell.title[:100], "note": "", "created": time(), "tags": tags})
    _write_data(run, loaded, files)
    trainer = trained.trainer
    write_watched_items(into / "probe.parquet", trainer.data, trainer.watch.ids)
    for frame in trained.frames:
        write_frame(into / "frames", frame)
    maps = RunMaps(run, config.maps)
    maps.scan()
    with threadpool_limits(1, user_api="blas"):  # small matrices: a second thread is only waited for
        for frame in trained.frames:
            maps.draw(FIRST_MAP, frame.step)
    _write_checkpoint(into, trained, step)
    kept = {name: value for name, value in test.items() if name in RUN_METRICS}
    before = {name: value for name, value in untrained.items() if name in RUN_METRICS}
    doubts = list(split_doubts(trainer.data))
    device = device_title(trainer.device, trained.threads)
    end = {"seconds": trained.seconds, "test": kept, "untrained": before, "doubts": doubts}
    lines = [
        {"event": "started", "step": 0, "total": trainer.total, "device": device},
        *_lines(trained.steps, trained.frames, step),
        {"event": "finished", "step": trainer.step, **end},
    ]
    at = time()
    text = "".join(f"{json.dumps({**line, 'at': at}, allow_nan=False)}\n" for line in lines)
    write_atomic(into / "events.jsonl", text.encode())
    status = Status(
        state=FINISHED,
        step=trainer.step,
        total=trainer.total,
        seconds=trained.seconds,
        heartbeat=at,
        last_step=at,
        device=device,
        loss=trained.steps[-1].loss,
    )
    write_json(into / "status.json", asdict(status))


def _lines(steps: list[StepDone], frames: list[FrameTaken], checkpoint: int) -> list[dict[str, object]]:
    """Events of steps and frames in their order, as a worker writes them."""
    taken = {frame.step: {"metrics": frame.metrics, "settings": frame.settings} for frame in frames}
    found: list[dict[str, object]] = [{"event": "frame", "step": 0, **taken[0]}] if 0 in taken else []
    for done in steps:
        if done.step in taken:
            found.append({"event": "frame", "step": done.step, **taken[done.step]})
        seconds = max(done.seconds, 1e-9)
        numbers = {"loss": done.loss, "learning_rate": done.learning_rate, "seconds": round(seconds, 5)}
        speed = {"items_per_second": round(done.items / seconds, 2)}
        found.append({"event": "step", "step": done.step, **numbers, **speed})
        if done.step == checkpoint:
            found.append({"event": "checkpoint", "step": done.step})
    return found


def _write_data(run: Run, loaded: MultiLabelData, files: dict[str, bytes]) -> None:
    if not files:
        write_data(run, loaded)
        files |= {name: (run.path / name).read_bytes() for name in (FILE, ROWS)}
        return
    for name, content in files.items():
        write_atomic(run.path / name, content)


def _write_checkpoint(into: Path, trained: Trained, step: int) -> None:
    checkpoint = trained.checkpoints[step]
    path = numbered_path(into / "checkpoints", step)
    tensors = save_tensors({name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()})
    write_atomic(path, tensors)
    write_json(path.with_suffix(".json"), sealed(checkpoint.values, tensors))


__all__ = ["run_id", "write_run"]
