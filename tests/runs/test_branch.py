"""Branches of a run: equal to what the parent would have done, bit for bit; the parent is only read."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcl_core.engine import loop
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import branch as branch_module
from mlcl_core.runs import launch
from mlcl_core.runs.branch import begins, create
from mlcl_core.runs.control import request
from mlcl_core.runs.files import append_line, load_arrays, read_json, write_json
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.records import FAILED, FINISHED, QUEUED, STOPPED
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker import worker
from mlcl_core.runs.worker.process import main
from tests.engine.toy import toy_config, toy_data

STEPS, EARLY = 16, 5
WARM, COLD = {"loss.temperature": 0.3}, {"loss.temperature": 0.07}


@pytest.fixture(scope="module")
def patch() -> Any:
    """Workers in this process, without a queue, maps and the linear probe."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "spawn_mapper", lambda run: None)
        patch.setattr(launch, "attend", lambda run: None)
        patch.setattr(worker, "wait_for_device", lambda *_: iter([None]))
        patch.setattr(loop, "evaluate", lambda *_, **__: ({"micro_f1": 0.5}, {}))
        yield patch


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory with the items of a toy run."""
    path = tmp_path_factory.mktemp("home")
    data = toy_data()
    np.savez(path / "toy.npz", X=data.items.numpy(), Y=data.labels[:].numpy())
    return home_directory(path)


def trained(home: Path, asked: dict[int, dict[str, Any]], **settings: Any) -> Run:
    """A run of 16 steps, a checkpoint every 3, a frame every 2; settings are changed by requests while it trains."""
    config = toy_config(
        data__path=str(home / "toy.npz"),
        training__epochs=4,
        watch__checkpoint_every=3,
        watch__frame_every=2,
        **settings,
    )
    run = Store(home).create(config)
    with pytest.MonkeyPatch.context() as patch:
        between = worker.Worker._between_steps

        def ask(one: worker.Worker, step: int) -> None:
            if step in asked:
                request(run, "set", settings=asked[step])
            between(one, step)

        patch.setattr(worker.Worker, "_between_steps", ask)
        assert main(run.path) == 0
    return run


@pytest.fixture(scope="module")
def parent(home: Path, patch: Any) -> Run:
    """A finished run whose temperature changed at step 5."""
    run = trained(home, {EARLY: WARM})
    folder = run.path / "maps" / "pca"
    shutil.copytree(run.path / "frames", folder)  # a map of each frame, as far as branches care
    return run


@pytest.fixture
def own(parent: Run, tmp_path: Path) -> Run:
    """A copy of it, to damage."""
    return Run(Path(shutil.copytree(parent.path, tmp_path / "runs" / parent.id)))


def branch(run: Run, at: int, settings: dict[str, Any] | None = None) -> Run:
    """A branch beside its parent."""
    return create(Store(run.path.parent.parent), run, at, settings or {})


def bits(run: Run, after: int) -> dict[str, Any]:
    """What must be equal in equal runs after a step: losses, frames, checkpoints, changes of settings."""
    frames = {step: load_arrays(numbered_path(run.path / "frames", step))[0] for step in run.frame_steps()}
    folder = run.path / "checkpoints"
    return {
        "losses": [(line["step"], line["loss"]) for line in run.events("step")],
        "set": [(line["step"], line["settings"]) for line in run.events("acknowledged") if line["action"] == "set"],
        "metrics": [(line["step"], line["metrics"], line["settings"]) for line in run.events("frame")],
        "frames": {step: {name: array.tobytes() for name, array in one.items()} for step, one in frames.items()},
        "checkpoints": {
            step: (
                numbered_path(folder, step).read_bytes(),
                read_json(numbered_path(folder, step).with_suffix(".json")),
            )
            for step in numbered(folder)
            if step > after
        },
    }


def equal(one: Run, other: Run, after: int) -> None:
    """Two runs are equal after a step; seconds are not compared."""
    found, expected = bits(one, after), bits(other, after)
    for checkpoints in (found["checkpoints"], expected["checkpoints"]):
        for _, values in checkpoints.values():
            values.pop("seconds")
            values.pop("sha256")
    shared = found["checkpoints"].keys() & expected["checkpoints"].keys()
    assert len(shared) >= 3
    for step in shared:
        assert found["checkpoints"][step] == expected["checkpoints"][step]
    del found["checkpoints"], expected["checkpoints"]
    # a run that is stopped has a frame of that step besides
    found["frames"] = {step: frame for step, frame in found["frames"].items() if step in expected["frames"]}
    found["metrics"] = [line for line in found["metrics"] if line[0] in expected["frames"]]
    assert found == expected


# ---- bit for bit


@pytest.mark.parametrize(
    ("at", "checkpoint"),
    [(8, 6), *(pytest.param(*one, marks=pytest.mark.slow) for one in [(EARLY, EARLY), (4, 3), (0, 0)])],
)
def test_without_a_change_it_repeats_its_parent_up_to_that_step(parent: Run, at: int, checkpoint: int) -> None:
    """Losses, frames and checkpoints; the change of the parent at step 5 is repeated where the branch is later."""
    one = branch(parent, at)
    assert one.branch == {"parent": parent.id, "at": at, "checkpoint": checkpoint}
    assert main(one.path) == 0
    if at >= EARLY:
        equal(one, parent, checkpoint)
    else:
        assert [line["step"] for line in one.events("acknowledged")] == []
        assert bits(one, 0)["losses"][:EARLY] == bits(parent, 0)["losses"][:EARLY]


@pytest.fixture(scope="module")
def steered(home: Path, patch: Any) -> dict[int, Run]:
    """Runs that were asked live for another change, at the step of a checkpoint and between two."""
    return {at: trained(home, {EARLY: WARM, at: COLD}) for at in (6, 8)}


@pytest.mark.parametrize("at", [6, 8])
def test_with_a_change_it_is_its_parent_asked_live_at_that_step(parent: Run, steered: dict[int, Run], at: int) -> None:
    """Acknowledged at the step, marked, in force from the next; the timeline is whole."""
    one = branch(parent, at, COLD)
    assert main(one.path) == 0
    equal(one, steered[at], 6)
    mine = one.events("acknowledged")[-1]
    assert (mine["step"], mine["action"], mine["settings"], "result" in mine) == (at, "set", COLD, False)
    assert [line["step"] for line in one.events("step")] == list(range(1, STEPS + 1))
    assert one.status().state == FINISHED


@pytest.mark.slow
@pytest.mark.parametrize("at", [6, 7])
def test_another_rule_and_batch_size_are_those_of_a_live_change(home: Path, parent: Run, at: int) -> None:
    """Asked within an epoch: the rule from the next step, the batch size from the next epoch; the total is another."""
    change = {"loss.rule": "jaccard", "training.batch_size": 8}
    live = trained(home, {EARLY: WARM, at: change})
    one = branch(parent, at, change)
    assert main(one.path) == 0
    equal(one, live, 6)
    assert one.status().total == live.status().total > STEPS
    (mine,) = [line for line in one.events("acknowledged") if line["settings"] == change]
    assert (mine["step"], mine["from_step"]) == (at, {"loss.rule": at + 1, "training.batch_size": 9})


@pytest.mark.slow
@pytest.mark.parametrize(("at", "last"), [(8, 7), (8, 8), (6, 7), (6, 10)])
def test_stopped_before_or_after_and_resumed_it_ends_alike(
    parent: Run, steered: dict[int, Run], monkeypatch: pytest.MonkeyPatch, at: int, last: int
) -> None:
    """An orderly stop at a step, and a failure that writes no checkpoint."""
    for failing in (False, True):
        one = branch(parent, at, COLD)
        with monkeypatch.context() as patch:
            end_at(patch, one, last, failing=failing)
            main(one.path)
        assert one.status().state == (FAILED if failing else STOPPED)
        launch.take_up(one)
        assert main(one.path) == 0
        equal(one, steered[at], 6)


def end_at(patch: pytest.MonkeyPatch, run: Run, last: int, *, failing: bool) -> None:
    """End the next training of a run once a step is done."""
    between = worker.Worker._between_steps

    def end(one: worker.Worker, step: int) -> None:
        if step == last and failing:
            raise RuntimeError("a bug")
        if step == last:
            request(run, "stop")
        between(one, step)

    patch.setattr(worker.Worker, "_between_steps", end)


@pytest.mark.slow
def test_a_branch_of_a_branch(parent: Run, steered: dict[int, Run]) -> None:
    """At the step of its parent's own change, with the checkpoint that both share; and before its parent trained it."""
    first = branch(parent, 6, COLD)
    with pytest.raises(InputError, match="has trained 6 steps"):
        branch(first, 7)
    assert main(first.path) == 0
    again = branch(first, 6)
    assert again.branch == {"parent": first.id, "at": 6, "checkpoint": 6}
    assert main(again.path) == 0
    equal(again, steered[6], 6)
    late = branch(again, 11)
    assert main(late.path) == 0
    equal(late, steered[6], 9)


# ---- what it takes along


def test_the_parent_is_only_read(parent: Run) -> None:
    """Its files and their times are as before, though the branch ran to its end on links of them."""
    before = {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in tree(parent)}
    one = branch(parent, 7, COLD)
    linked = [path for path in tree(one) if path.is_file() and path.stat().st_nlink > 1]
    assert {path.parent.name for path in linked} == {"checkpoints", "frames", "pca", "batches", one.id}
    assert {path.name for path in linked if path.parent == one.path} == {
        "probe.parquet",
        "data.json",
        "data.safetensors",
    }
    assert main(one.path) == 0
    assert {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in tree(parent)
    } == before


def tree(run: Run) -> list[Path]:
    """All that a run has."""
    return [run.path, *run.path.rglob("*")]


def test_it_takes_what_there_is_up_to_the_checkpoint(parent: Run) -> None:
    """Frames, maps, batches, checkpoints, events; the configuration byte for byte; nothing that processes wrote."""
    one = branch(parent, 7, COLD)
    assert (one.path / "config.json").read_bytes() == (parent.path / "config.json").read_bytes()
    assert one.frame_steps() == one.map_steps("pca") == [0, 1, 2, 4, 6]
    assert one.batch_steps() == [1, 4]
    assert numbered(one.path / "checkpoints") == [0, 3, 5, 6]
    assert max(line["step"] for line in one.events()) == 6
    assert [line["step"] for line in one.events("checkpoint")] == [0, 3, 5, 6]
    status = one.status()
    assert (status.state, status.step, status.total, status.notice) == (QUEUED, 6, STEPS, None)
    assert one.name.startswith(f"{parent.name} at 7")
    assert branch(parent, 7).name.startswith(f"{parent.name} at 7 (")
    assert not (one.path / "log.txt").exists()


def test_a_disk_without_links_has_copies(parent: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file system, or one that refuses: everything is copied."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    one = branch(parent, 7)
    assert all(path.stat().st_nlink == 1 for path in tree(one) if path.is_file())
    assert main(one.path) == 0
    equal(one, parent, 6)


def test_a_full_disk_leaves_nothing(parent: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason, and no half of a run."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = sorted(parent.path.parent.iterdir())
    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        branch(parent, 7)
    assert sorted(parent.path.parent.iterdir()) == before


# ---- which checkpoint


def damage(run: Run, *steps: int) -> None:
    """Cut off the tensors of checkpoints."""
    for step in steps:
        path = numbered_path(run.path / "checkpoints", step)
        path.write_bytes(path.read_bytes()[:-9])


def test_a_damaged_checkpoint_is_left_out_and_said(own: Run) -> None:
    """The next older one; the branch holds no damaged file; without any, the steps of the others."""
    damage(own, 6, 5)
    one = branch(own, 7)
    assert one.branch == {"parent": own.id, "at": 7, "checkpoint": 3}
    assert one.status().notice == (
        f"The checkpoint of {own.name!r} at step 6 is damaged (00000006.safetensors is not what was written). The "
        f"checkpoint of {own.name!r} at step 5 is damaged (00000005.safetensors is not what was written). The branch "
        "begins with the older one at step 3."
    )
    assert numbered(one.path / "checkpoints") == [0, 3]
    damage(own, 0, 3)
    before = sorted(own.path.parent.iterdir())
    with pytest.raises(
        InputError, match=r"no checkpoint at or before step 7; it has some at 9, 12, 15, 16: a branch be"
    ):
        branch(own, 7)
    assert sorted(own.path.parent.iterdir()) == before


def test_a_checkpoint_that_is_thinned_meanwhile_is_no_loss(own: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between choice and copy both files go, or one of them: the next older one is taken."""
    link = os.link

    def thin(source: Path, target: Path) -> None:
        if source.name.startswith(("00000006.", "00000005.safetensors")):
            source.unlink()
        link(source, target)

    monkeypatch.setattr(branch_module.os, "link", thin)
    assert branch(own, 7).branch == {"parent": own.id, "at": 7, "checkpoint": 3}


def test_an_older_run_offers_what_it_has(own: Run) -> None:
    """Only the newest two checkpoints, as earlier versions kept them: the others are named; none at all is said."""
    folder = own.path / "checkpoints"
    for step in (0, 3, 5, 6, 9, 12):
        for path in (numbered_path(folder, step), numbered_path(folder, step).with_suffix(".json")):
            path.unlink()
    with pytest.raises(InputError) as refused:
        branch(own, 7)
    assert str(refused.value) == (
        f"run {own.name!r} has no checkpoint at or before step 7; it has some at 15, 16: a branch begins at step 15 or "
        "later"
    )
    assert begins(own, 15).checkpoint == 15
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="has no checkpoint, with which a branch would begin"):
        branch(own, 7)


# ---- what is refused


@pytest.mark.parametrize(
    ("at", "settings", "words"),
    [
        (-1, {}, "there is no step -1; a branch begins at a step from 0 on"),
        (STEPS, {}, "has 16 steps: a branch at step 16 has none left to train"),
        (99, {}, "has trained 16 steps; a branch begins at one of them, not at 99"),
        (7, {"model.width": 5}, r"model.width cannot change while it trains; .*loss.temperature.* can"),
        (7, {"loss.temperature": -1}, "loss.temperature is -1"),
        (7, {"loss.tmperature": 1}, "loss.tmperature"),
        (13, {"training.batch_size": 8}, "can change from the next epoch on, and the last one is under way"),
        (7, {"loss.rule": "nope"}, "nope"),
    ],
)
def test_what_cannot_be_is_refused(parent: Run, at: int, settings: dict[str, Any], words: str) -> None:
    """Each in one line, and nothing is made."""
    before = sorted(parent.path.parent.iterdir())
    with pytest.raises(InputError, match=words) as refused:
        branch(parent, at, settings)
    assert "\n" not in str(refused.value)
    assert sorted(parent.path.parent.iterdir()) == before


def test_other_data_are_refused_as_by_a_resume(own: Run) -> None:
    """The file has other values: what changed is told."""
    path = Path(own.config().data.path or "")
    whole = path.read_bytes()
    data = toy_data(seed=1)
    np.savez(path, X=data.items.numpy(), Y=data.labels[:].numpy())
    try:
        with pytest.raises(InputError, match="its data changed: "):
            branch(own, 7)
    finally:
        path.write_bytes(whole)


def test_a_run_under_way_can_be_branched(own: Run) -> None:
    """While it trains: what it has done so far."""
    lines = [line for line in own.events() if line["step"] <= 10 and line["event"] != "finished"]
    (own.path / "events.jsonl").unlink()
    for line in lines:
        append_line(own.path / "events.jsonl", line)
    write_json(own.path / "status.json", {"state": "running", "step": 10, "total": STEPS, "heartbeat": 9e9})
    assert begins(own, 10).checkpoint == 9
    with pytest.raises(InputError, match="has trained 10 steps"):
        begins(own, 11)
