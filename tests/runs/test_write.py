"""Events of the engine, written as files of a run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from mlcl_core.engine.config import WatchConfig
from mlcl_core.engine.events import BatchTaken, FrameTaken
from mlcl_core.runs.files import append_line
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.run import Run
from mlcl_core.runs.write import (
    KEEP_BATCHES,
    frames_to_drop,
    read_checkpoint,
    thin_checkpoints,
    thin_frames,
    write_batch,
    write_checkpoint,
    write_frame,
)
from tests.engine.toy import toy_trainer, training
from tests.runs.handmade import make_run

SETTINGS = {"loss.temperature": 0.1}


def frame(step: int, z: torch.Tensor) -> FrameTaken:
    """A frame of some values."""
    return FrameTaken(step, torch.arange(len(z)), z, z, {"loss": 1.0}, SETTINGS)


def test_frames_survive_float16(tmp_path: Path) -> None:
    """Values beyond float16 are written as its largest, small ones to three digits, never as infinity."""
    values = torch.tensor([[1e9, -1e9, 70_000.0], [0.1234567, 1e-9, 65_504.0]])
    write_frame(tmp_path / "frames", frame(7, values))
    z = Run(tmp_path).frame(7).z
    assert np.isfinite(z).all()
    assert z[0].tolist() == [65_504.0, -65_504.0, 65_504.0]
    assert z[1] == pytest.approx([0.1234567, 0.0, 65_504.0], abs=1e-4)


def spaces(n: int = 200) -> dict[str, torch.Tensor]:
    """Rows of unit length: an open space, one that has nearly collapsed, near copies, and exact ones."""
    generator = torch.Generator().manual_seed(0)
    noise, centres = torch.randn(n, 16, generator=generator), torch.randn(5, 16, generator=generator).repeat(n // 5, 1)
    rows = {"open": noise, "collapsed": 1 + 1e-4 * noise, "near copies": centres + 1e-5 * noise, "copies": centres}
    return {name: torch.nn.functional.normalize(z, dim=1) for name, z in rows.items()}


@pytest.mark.parametrize(
    ("z", "h", "dtypes"),
    [
        ("open", "copies", ["float16", "float16"]),
        ("collapsed", "open", ["float32", "float16"]),
        ("copies", "near copies", ["float16", "float32"]),
        ("near copies", "collapsed", ["float32", "float32"]),
    ],
)
def test_rounding_changes_no_neighbours(tmp_path: Path, z: str, h: str, dtypes: list[str]) -> None:
    """Rows whose neighbours float16 would change are in float32, and its dtype says so; readers give float32 always."""
    made = spaces()
    taken = FrameTaken(7, torch.arange(200), made[z], 300 * made[h], {"loss": 1.0}, SETTINGS, made[z][:3])
    write_frame(tmp_path / "frames", taken)
    found = load_file(numbered_path(tmp_path / "frames", 7))
    assert [found[name].dtype.name for name in ("z", "h", "prototypes")] == [*dtypes, dtypes[0]]
    read = Run(tmp_path).frame(7)
    for rows, exact, dtype in ((read.z, made[z], dtypes[0]), (read.h, 300 * made[h], dtypes[1])):
        assert rows.dtype == np.float32
        assert rows == pytest.approx(exact.numpy(), rel=1e-3 if dtype == "float16" else 0, abs=1e-7)


def test_rows_that_are_no_numbers_are_written(tmp_path: Path) -> None:
    """NaN, infinity, no rows, no columns: the frame is written in float16, without a check of neighbours."""
    for step, z in enumerate((torch.full((50, 4), torch.nan), torch.full((50, 4), torch.inf), torch.zeros(0, 4))):
        write_frame(tmp_path / "frames", frame(step, z))
        assert load_file(numbered_path(tmp_path / "frames", step))["z"].dtype == np.float16
    write_frame(tmp_path / "frames", frame(9, torch.zeros(5, 0)))
    assert Run(tmp_path).frame(9).z.shape == (5, 0)


def test_only_the_newest_batches_are_kept(tmp_path: Path) -> None:
    """The newest forty records of batches stay."""
    square = torch.zeros(2, 2)
    for step in range(1, KEEP_BATCHES + 6):
        z, y = torch.ones(2, 3), torch.ones(2, 1, dtype=torch.bool)
        ids = torch.arange(2)
        write_batch(tmp_path / "batches", BatchTaken(step, ids, ids, z, y, square, square, square, None, SETTINGS))
    assert Run(tmp_path).batch_steps() == list(range(6, KEEP_BATCHES + 6))
    assert Run(tmp_path).batch(6).settings == SETTINGS


def checkpoints(run: Run, steps: int) -> list[Any]:
    """Train that many steps, writing a checkpoint after each; gives what was written."""
    trainer = toy_trainer(watch__checkpoint_every=1)
    written = []
    for event in training(trainer):
        if type(event).__name__ == "CheckpointDue":
            written.append(trainer.checkpoint())
            write_checkpoint(run.path / "checkpoints", written[-1])
            append_line(run.path / "events.jsonl", {"event": "checkpoint", "step": event.step})
            if event.step == steps:
                break
    return written


def test_checkpoints_are_thinned_and_the_newest_comes_back(tmp_path: Path) -> None:
    """Those that stay do, halves and the rest go; the newest is read bit for bit, without its digests."""
    run = make_run(tmp_path)
    written = checkpoints(run, 4)
    folder = run.path / "checkpoints"
    numbered_path(folder, 2).with_suffix(".json").unlink()
    kept = thin_checkpoints(folder, 4, set(), WatchConfig(checkpoint_mb=1, checkpoint_every=100))
    assert (kept.steps, kept.notice) == ({0, 3, 4}, None)
    assert numbered(folder) == [0, 3, 4]
    assert len(list(folder.iterdir())) == 6
    found, notice = read_checkpoint(run)
    assert found is not None
    assert (found.step, notice) == (4, None)
    assert found.values["settings"] == written[-1].values["settings"]
    assert found.values.keys() == written[-1].values.keys()
    assert all(torch.equal(tensor, found.tensors[name]) for name, tensor in written[-1].tensors.items())


def test_what_an_earlier_life_left_at_later_steps_goes_with_the_next_checkpoint(tmp_path: Path) -> None:
    """A damaged newer checkpoint, or half of one, must not count among the newest two."""
    run = make_run(tmp_path)
    written = checkpoints(run, 2)
    folder = run.path / "checkpoints"
    numbered_path(folder, 77).write_bytes(b"half")
    numbered_path(folder, 90).write_bytes(b"whole")
    numbered_path(folder, 90).with_suffix(".json").write_text("{}")
    write_checkpoint(folder, written[-1])
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{step:08d}.{ending}" for step in (0, 1, 2) for ending in ("json", "safetensors")
    ]


def test_frames_are_thinned_by_age() -> None:
    """Ten frames of one size and room for six: every second of the older ones goes, never first, last or marked."""
    sizes = dict.fromkeys(range(0, 100, 10), 1)
    assert frames_to_drop(sizes, 10, set()) == []
    assert frames_to_drop(sizes, 8, set()) == [10, 30]
    assert frames_to_drop(sizes, 8, {10}) == [20, 40]
    kept = set(sizes) - set(frames_to_drop(sizes, 6, {30}))
    assert {0, 30, 90} <= kept
    assert len(kept) == 6


@pytest.mark.parametrize("steps", [[], [5], [5, 9]])
def test_the_first_and_the_last_frame_are_never_given_up(steps: list[int]) -> None:
    """However small the budget: protected frames stay, and the search ends."""
    assert frames_to_drop(dict.fromkeys(steps, 1000), 1, set()) == []
    assert frames_to_drop(dict.fromkeys([1, 2, 3], 1000), 1, {2}) == []
    assert frames_to_drop(dict.fromkeys([1, 2, 3], 1000), 1, set()) == [2]


def test_thinning_deletes_the_files(tmp_path: Path) -> None:
    """Frames beyond the disk budget are gone from the folder, and the others stay readable."""
    for step in range(8):
        write_frame(tmp_path / "frames", frame(step, torch.randn(50, 20)))
    size = numbered_path(tmp_path / "frames", 0).stat().st_size
    dropped = thin_frames(tmp_path / "frames", 5 * size, {1})
    left = Run(tmp_path).frame_steps()
    assert len(dropped) == 3
    assert left == sorted(set(range(8)) - set(dropped))
    assert {0, 1, 7} <= set(left)
    for step in left:
        Run(tmp_path).frame(step)
