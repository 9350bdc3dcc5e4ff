"""A damaged checkpoint is never used, and the user is told."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcl_core.engine.events import CheckpointDue
from mlcl_core.errors import InputError
from mlcl_core.runs import launch
from mlcl_core.runs.checkpoints import BEFORE_DIGESTS, DIGESTS, complete_steps, find, sealed
from mlcl_core.runs.files import append_line, read_json, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import QUEUED
from mlcl_core.runs.run import Run
from mlcl_core.runs.write import read_checkpoint, write_checkpoint
from tests.engine.toy import toy_trainer, training
from tests.runs.handmade import make_run, write_status

OLD, NEW = 6, 12


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that failed after step 12, with checkpoints at 6 and 12."""
    run = make_run(tmp_path_factory.mktemp("home"), state="failed")
    trainer = toy_trainer()
    for event in training(trainer):
        append_line(run.path / "events.jsonl", {"event": "step", "step": trainer.step})
        if isinstance(event, CheckpointDue) and event.step:
            write_checkpoint(run.path / "checkpoints", trainer.checkpoint())
            append_line(run.path / "events.jsonl", {"event": "checkpoint", "step": event.step})
    return run.path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Run:
    """A copy of it."""
    return Run(Path(shutil.copytree(trained, tmp_path / "runs" / trained.name)))


def tensors_of(run: Run, step: int) -> Path:
    """File of a checkpoint's tensors."""
    return numbered_path(run.path / "checkpoints", step)


def values_of(run: Run, step: int) -> Path:
    """File of its values."""
    return tensors_of(run, step).with_suffix(".json")


def flip(path: Path, place: int) -> None:
    """One bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


def header_of(path: Path) -> dict[str, dict[str, list[int]]]:
    """Where each tensor of a safetensors file begins and ends."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    found = json.loads(data[8 : 8 + length])
    return {
        name: [8 + length + place for place in one["data_offsets"]] for name, one in found.items() if name[0] != "_"
    }


def flip_in(prefix: str) -> Callable[[Run, int], None]:
    """Flip a bit in the middle of the first tensor whose name has this prefix."""

    def damage(run: Run, step: int) -> None:
        begin, end = next(place for name, place in header_of(tensors_of(run, step)).items() if name.startswith(prefix))
        flip(tensors_of(run, step), (begin + end) // 2)

    return damage


def edit(change: Callable[[dict], object]) -> Callable[[Run, int], None]:
    """Change the values of a checkpoint."""

    def damage(run: Run, step: int) -> None:
        values = read_json(values_of(run, step))
        change(values)
        write_json(values_of(run, step), values)

    return damage


DAMAGES: dict[str, Callable[[Run, int], None]] = {
    "a bit of the weights": flip_in("network."),
    "a bit of the optimiser": flip_in("optimiser."),
    "a bit of the random state": flip_in("random.torch"),
    "a bit of the header": lambda run, step: flip(tensors_of(run, step), 20),
    "the last bit": lambda run, step: flip(tensors_of(run, step), -1),
    "weights cut off": lambda run, step: tensors_of(run, step).write_bytes(tensors_of(run, step).read_bytes()[:-9]),
    "weights empty": lambda run, step: tensors_of(run, step).write_bytes(b""),
    "weights gone": lambda run, step: tensors_of(run, step).unlink(),
    "values cut off": lambda run, step: values_of(run, step).write_text(values_of(run, step).read_text()[:-9]),
    "values empty": lambda run, step: values_of(run, step).write_text(""),
    "values gone": lambda run, step: values_of(run, step).unlink(),
    "values a list": lambda run, step: values_of(run, step).write_text("[3]"),
    "both gone": lambda run, step: [path.unlink() for path in (tensors_of(run, step), values_of(run, step))] and None,
    "a learning rate": edit(lambda values: values["settings"].update({"optimiser.learning_rate": 0.5})),
    "another step": edit(lambda values: values.update(step=3)),
    "seconds not a number": edit(lambda values: values.update(seconds=float("1e308"))),
    "no optimiser groups": edit(lambda values: values.pop("optimiser_groups")),
    "the digests' name": edit(lambda values: values.update(sha257=values.pop(DIGESTS))),
    "a digest": edit(lambda values: values[DIGESTS].update(tensors="0" * 64)),
    "no digest of the values": edit(lambda values: values[DIGESTS].pop("values")),
    "digests of another kind": edit(lambda values: values.update({DIGESTS: "0"})),
    "another checkpoint's files": lambda run, step: shutil.copy(tensors_of(run, OLD), tensors_of(run, NEW)) and None,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_the_older_one_is_taken_and_said(run: Run, damage: str) -> None:
    """Whatever the damage of the newest: the one before is returned intact, with a notice."""
    DAMAGES[damage](run, NEW)
    checkpoint, notice = read_checkpoint(run)
    assert checkpoint is not None
    assert checkpoint.step == OLD
    assert notice is not None
    assert notice.startswith(f"The checkpoint at step {NEW} is damaged (")
    assert notice.endswith(f"The run goes on from the older one at step {OLD}.")


def test_bits_flipped_anywhere_are_noticed(run: Run) -> None:
    """At 40 random places of either file, one at a time: never taken, unless the values read the same."""
    chance = random.Random(1)
    for path in (tensors_of(run, NEW), values_of(run, NEW)):
        whole = path.read_bytes()
        for _ in range(40):
            flip(path, chance.randrange(len(whole)))
            same = path.suffix == ".json" and _read(path.read_bytes()) == _read(whole)
            assert (find(run).step == OLD) != same
            path.write_bytes(whole)
    assert find(run).step == NEW


def _read(data: bytes) -> object:
    try:
        return json.loads(data)
    except ValueError:
        return None


def both(run: Run, damage: str) -> str:
    """Damage both checkpoints; the sentence with which the run is refused."""
    for step in (NEW, OLD):
        DAMAGES[damage](run, step)
    with pytest.raises(InputError) as refused:
        launch.resume(run)
    return str(refused.value)


@pytest.mark.parametrize("damage", ["a bit of the weights", "both gone", "values cut off"])
def test_without_a_whole_one_nothing_begins_and_nothing_is_overwritten(
    run: Run, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad input in one line; every file is as it was, and with the files put back the run goes on."""
    monkeypatch.setattr(launch, "spawn", lambda *_: pytest.fail("a worker was started"))
    kept = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    said = both(run, damage)
    assert said.startswith("run 'handmade' cannot go on: none of its checkpoints is whole (at step 12 ")
    assert "; at step 6 " in said
    assert "\n" not in said
    written = {path for path in kept if path.parent.name != "checkpoints"}
    assert {path: path.read_bytes() for path in written} == {path: kept[path] for path in written}
    assert run.status().state == "failed"
    for path, data in kept.items():
        path.write_bytes(data)
    assert launch.take_up(run) is None
    assert run.status().state == QUEUED


def test_an_older_one_is_named_and_not_taken(run: Run) -> None:
    """A whole checkpoint older than the newest two: going on from it would discard steps, branching off would not."""
    folder, older = run.path / "checkpoints", 2
    for path in (tensors_of(run, older), values_of(run, older)):
        shutil.copy(path.with_stem(f"{OLD:08d}"), path)
    values = read_json(values_of(run, older))
    values.pop(DIGESTS)
    write_json(values_of(run, older), sealed({**values, "step": older}, tensors_of(run, older).read_bytes()))
    assert complete_steps(run) == [older, OLD, NEW]
    assert both(run, "values cut off").endswith(
        f"Put the files back into {folder}, or begin a new run at the older one: mlcl branch {run.id} --at {older}"
    )


def test_the_worker_refuses_too(run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Damaged between resume and the worker's look: failed, resumable, events kept, exit code 1."""
    from mlcl_core.runs.worker.process import main

    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(launch, "spawn_mapper", lambda run: [])
    launch.take_up(run)
    for step in (NEW, OLD):
        DAMAGES["a bit of the weights"](run, step)
    before = run.events()
    assert main(run.path) == 1
    assert run.status().state == "failed"
    assert "none of its checkpoints is whole" in str(run.status().error)
    assert run.events()[: len(before)] == before
    assert capfd.readouterr().err.count("\n") == 1


def test_a_run_that_ended_before_its_first_checkpoint_begins_at_zero_and_says_so(tmp_path: Path) -> None:
    """No line of a checkpoint, no file of one: the run starts at step 0."""
    run = make_run(tmp_path, state="stopped")
    found = find(run)
    assert (found.step, found.notice) == (
        None,
        "No checkpoint was written before the run ended: it begins at step 0.",
    )
    numbered_path(run.path / "checkpoints", 0).parent.mkdir()
    numbered_path(run.path / "checkpoints", 0).write_bytes(b"half")  # its writer was killed
    assert find(run) == found


def test_a_checkpoint_without_digests_is_taken_and_said(run: Run) -> None:
    """A checkpoint of an earlier version: what can be checked without digests is checked."""
    for step in (NEW, OLD):
        edit(lambda values: [values.pop(key) for key in values.keys() - BEFORE_DIGESTS])(run, step)
    checkpoint, notice = read_checkpoint(run)
    assert checkpoint is not None
    assert checkpoint.step == NEW
    assert notice == "The checkpoint at step 12 is of an earlier version, without digests: not compared."
    DAMAGES["weights cut off"](run, NEW)
    assert find(run).step == OLD
    tensors_of(run, OLD).write_bytes((8).to_bytes(8, "little") + b"{}      ")
    with pytest.raises(InputError, match="none of its checkpoints is whole"):
        find(run)


def test_half_of_a_checkpoint_is_no_damage(run: Run) -> None:
    """Killed between its two files: the one before is used, without a notice."""
    append_line(run.path / "events.jsonl", {"event": "step", "step": 14})
    numbered_path(run.path / "checkpoints", 14).write_bytes(b"half")
    found = find(run)
    assert (found.step, found.notice) == (NEW, None)


def test_what_an_earlier_life_left_beyond_is_not_taken(run: Run) -> None:
    """Resumed at step 6 because 12 was damaged: 12, intact again, is not used any more."""
    append_line(run.path / "events.jsonl", {"event": "resumed", "step": OLD})
    append_line(run.path / "events.jsonl", {"event": "step", "step": OLD + 1})
    assert find(run).step == OLD


def test_what_was_found_stands_in_the_status(run: Run) -> None:
    """The notice is shown while the run waits, too."""
    DAMAGES["values gone"](run, NEW)
    write_status(run, "stopped", NEW)
    notice = launch.take_up(run)
    assert notice is not None
    assert run.status().notice == notice
