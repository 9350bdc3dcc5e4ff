"""Reading a run: half lines, missing frames, dead workers, foreign files."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from socket import gethostname
from typing import Any

import numpy as np
import psutil
import pytest
import torch

from mlcl_core.engine import preset
from mlcl_core.errors import InputError
from mlcl_core.runs.files import append_line, save_arrays, write_json
from mlcl_core.runs.numbered import numbered, numbered_path
from mlcl_core.runs.records import INTERRUPTED, QUEUED, RUNNING
from mlcl_core.runs.run import Run
from mlcl_core.runs.watched_items import has_trained_on, read_watched_items
from mlcl_core.runs.write import write_watched_items
from tests.engine.toy import toy_data
from tests.runs.handmade import make_run, write_status


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose status is running, with two frames."""
    return make_run(tmp_path, (0, 5), state=RUNNING)


def tell(run: Run, *lines: dict[str, Any]) -> None:
    """Append events."""
    for line in lines:
        append_line(run.path / "events.jsonl", line)


# ---- events


def test_resumed_voids_what_came_after_its_step(run: Run) -> None:
    """Events of later steps are dropped where a run was resumed, and stay dropped; new ones count."""
    tell(run, *({"event": "step", "step": step, "try": 1} for step in range(1, 7)))
    tell(run, {"event": "resumed", "step": 4}, *({"event": "step", "step": step, "try": 2} for step in (5, 6)))
    tell(run, {"event": "resumed", "step": 5}, {"event": "step", "step": 6, "try": 3})
    found = [(line["step"], line["try"]) for line in run.events("step")]
    assert found == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (6, 3)]
    assert [line["step"] for line in run.events("resumed")] == [4, 5]


def test_resumed_without_a_checkpoint_voids_everything(run: Run) -> None:
    """Resumed before its first checkpoint a run starts again: step -1."""
    tell(run, {"event": "frame", "step": 0}, {"event": "step", "step": 1}, {"event": "resumed", "step": -1})
    tell(run, {"event": "frame", "step": 0, "again": True})
    assert [line["event"] for line in run.events()] == ["resumed", "frame"]


def test_events_of_some_kinds_in_order(run: Run) -> None:
    """Only the named kinds; without names all events, in order."""
    tell(run, {"event": "started", "step": 0}, {"event": "step", "step": 1}, {"event": "frame", "step": 1})
    assert [line["event"] for line in run.events("frame", "started")] == ["started", "frame"]
    assert len(run.events()) == 3


def test_half_a_line_and_foreign_lines_are_no_events(run: Run) -> None:
    """A half-written line and foreign lines are ignored."""
    tell(run, {"event": "step", "step": 1}, {"foreign": True}, {"event": "odd", "step": "three"})
    with (run.path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "step", "st')
    assert [line["event"] for line in run.events()] == ["step"]
    tell(run, {"event": "resumed", "step": 0})
    assert [line["event"] for line in run.events()] == ["resumed"]


def test_requests_without_id_or_action_are_none(run: Run) -> None:
    """A foreign line among the requests is ignored."""
    for line in ({"id": "a", "action": "pause"}, {"action": "stop"}, {"id": ["x"], "action": "stop"}, {"id": "b"}):
        append_line(run.path / "requests.jsonl", line)
    assert [line["id"] for line in run.requests()] == ["a"]


# ---- status


def test_a_young_heartbeat_is_believed(run: Run) -> None:
    """A worker with a heartbeat within ten seconds is alive, whatever else is unknown."""
    assert run.status().state == RUNNING
    assert run.status().alive


def test_a_heartbeat_older_than_ten_seconds_is_interrupted(run: Run) -> None:
    """Ten seconds without a heartbeat: interrupted, without an estimate; the rest stays readable."""
    now = time.time()
    write_status(run, RUNNING, 7, eta=30.0, heartbeat=now - 9.5)
    assert run.status(now).state == RUNNING
    assert run.status(now + 1).state == INTERRUPTED
    assert run.status(now + 1).eta is None
    assert run.status(now + 1).step == 7
    assert run.written_status().state == RUNNING


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_a_run_that_ended_is_never_interrupted(run: Run, state: str) -> None:
    """However old: a state of an ended run is final."""
    write_status(run, state, heartbeat=5.0, pid=999_999_999, host=gethostname())
    assert run.status().state == state


def test_a_process_that_is_gone_is_interrupted_at_once(run: Run) -> None:
    """After the death of the process the heartbeat does not matter."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    write_status(run, RUNNING, pid=done.pid, host=gethostname())
    assert run.status().state == INTERRUPTED


def test_silence_alone_may_end(run: Run) -> None:
    """Interrupted by an old heartbeat: may come back for ten minutes; after the death of the process or an end, not."""
    now = time.time()
    for state, silent, known, expected in [
        (RUNNING, 9, {}, False),
        (RUNNING, 11, {}, True),
        (QUEUED, 11, {}, True),
        (RUNNING, 599, {}, True),
        (RUNNING, 601, {}, False),
        (RUNNING, 11, {"pid": 999_999_999, "host": gethostname()}, False),
        ("failed", 11, {}, False),
    ]:
        write_status(run, state, heartbeat=now - silent, **known)
        assert run.may_come_back(now) == expected, (state, silent, known)


def test_a_number_that_was_given_again_is_another_process(run: Run) -> None:
    """A living process of the same number that started at another time is not the worker."""
    started = psutil.Process().create_time()
    write_status(run, RUNNING, pid=os.getpid(), started=started, host=gethostname())
    assert run.status().state == RUNNING
    write_status(run, RUNNING, pid=os.getpid(), started=started - 1000, host=gethostname())
    assert run.status().state == INTERRUPTED


def test_a_zombie_is_dead(run: Run) -> None:
    """A worker that is a zombie is interrupted."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    write_status(run, RUNNING, pid=child.pid, host=gethostname())
    assert run.status().state == INTERRUPTED
    child.wait()


def test_a_worker_on_another_machine_is_judged_by_its_heartbeat(run: Run) -> None:
    """Its process number means nothing here: the heartbeat decides."""
    write_status(run, RUNNING, pid=999_999_999, host="elsewhere", heartbeat=time.time())
    assert run.status().state == RUNNING
    write_status(run, RUNNING, pid=999_999_999, host="elsewhere", heartbeat=time.time() - 60)
    assert run.status().state == INTERRUPTED


@pytest.mark.parametrize("ahead", [11, 3600, 1e9])
def test_a_heartbeat_ahead_of_the_clock_is_judged_by_the_process(run: Run, ahead: float) -> None:
    """A clock that was set back: alive as long as the process lives, gone where there is none to look up."""
    now = time.time()
    living = {"pid": os.getpid(), "host": gethostname(), "heartbeat": now + ahead}
    for known, state in [
        ({}, RUNNING),
        ({"pid": 999_999_999}, INTERRUPTED),
        ({"pid": None}, INTERRUPTED),
        ({"host": "elsewhere"}, INTERRUPTED),
    ]:
        write_status(run, RUNNING, **{**living, **known})
        assert run.status(now).state == state, known
    write_status(run, RUNNING, pid=None, heartbeat=now + 9)  # another machine's clock
    assert run.status(now).state == RUNNING


def test_a_process_that_may_not_be_looked_at_is_believed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system hides the processes of other users, the heartbeat decides."""

    def denied(pid: int) -> None:
        raise psutil.AccessDenied(pid)

    monkeypatch.setattr(psutil, "Process", denied)
    write_status(run, RUNNING, pid=1, host=gethostname())
    assert run.status().state == RUNNING


@pytest.mark.parametrize(
    "content",
    [None, "", "{", "[]", "null", '{"state": 5}', '{"state": "asleep"}', '{"state": "running", "heartbeat": "x"}'],
)
def test_a_damaged_status_is_interrupted(run: Run, content: str | None) -> None:
    """Missing, half, foreign or nonsense: the run can be resumed, and nothing crashes."""
    path = run.path / "status.json"
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert run.status().state == INTERRUPTED


def test_a_status_of_a_later_version_is_read(run: Run) -> None:
    """Unknown keys are ignored."""
    write_json(run.path / "status.json", {"state": "finished", "mood": "good", "step": 3})
    assert (run.status().state, run.status().step) == ("finished", 3)


# ---- configuration


def test_a_damaged_configuration_is_named(run: Run) -> None:
    """An unknown key, half a file, bytes that are no text, no file: one line that names file and key."""
    path = run.path / "config.json"
    cases: list[tuple[bytes | None, str]] = [
        (b'{"loss": {"temprature": 1}}', "loss.temprature"), (b'{"loss"', "not JSON"), (b"\xff\xfe", "cannot be read"),
        (None, "cannot be read"),
    ]  # fmt: skip
    for content, words in cases:
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(InputError, match=words) as refused:
            run.config()
        assert str(refused.value).startswith(str(path))
        assert "\n" not in str(refused.value)


# ---- frames, batches, maps, watched items


def test_frames_are_listed_and_read(run: Run) -> None:
    """Steps ascend; a frame is float32; foreign files in the folder are ignored."""
    for name in ("notes.txt", "5.safetensors", ".00000007.safetensors.12.tmp", "00000009.safetensors.bak"):
        (run.path / "frames" / name).write_text("")
    (run.path / "frames" / "123456789.safetensors").write_text("")
    assert run.frame_steps() == [0, 5, 123_456_789]
    frame = run.frame(5)
    assert frame.z.dtype == frame.h.dtype == np.float32
    assert frame.ids.tolist() == list(range(0, 180, 3))


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign"])
def test_a_missing_or_damaged_frame_is_refused(run: Run, damage: str) -> None:
    """A frame that is gone, cut off, or something else: one line that says what is wrong."""
    path = numbered_path(run.path / "frames", 5)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-10])
    else:
        save_arrays(path, {"x": np.ones(3)})
    with pytest.raises(InputError, match=r"00000005\.safetensors: (cannot be read|the file holds x; ids is missing)"):
        run.frame(5)
    assert run.frame(0).step == 0


def batch_arrays() -> dict[str, np.ndarray]:
    """What a record of a batch holds."""
    square = np.zeros((4, 4), np.float32)
    return {
        "ids": np.arange(4), "view": np.array([0, 0, 1, 1]), "z": np.ones((4, 2), np.float32),
        "y": np.ones((4, 3), np.uint8), "w": square, "s": square, "force": square,
    }  # fmt: skip


def test_batches_are_read(run: Run) -> None:
    """Labels are booleans, settings those in force; pictures are None where there are none."""
    save_arrays(numbered_path(run.path / "batches", 3), batch_arrays(), {"settings": '{"loss.temperature": 0.2}'})
    assert run.batch_steps() == [3]
    batch = run.batch(3)
    assert batch.y.dtype == bool
    assert batch.settings == {"loss.temperature": 0.2}
    assert batch.pictures is None


@pytest.mark.parametrize("metadata", [{"settings": "{"}, {"settings": "[]"}])
def test_damaged_settings_of_a_batch_are_refused(run: Run, metadata: dict[str, str]) -> None:
    """Foreign metadata: one line, no crash."""
    save_arrays(numbered_path(run.path / "batches", 3), batch_arrays(), metadata)
    with pytest.raises(InputError, match="metadata"):
        run.batch(3)


def test_maps_are_listed_and_read(run: Run) -> None:
    """Kinds and steps of maps; a foreign folder among them is no kind of map; another name is refused."""
    arrays = {"ids": np.arange(2), "xy": np.zeros((2, 2), np.float32)}
    save_arrays(numbered_path(run.path / "maps" / "pca", 5), arrays, {"scores": '{"trustworthiness": 0.9}'})
    (run.path / "maps" / "My Maps").mkdir()
    (run.path / "maps" / "note.txt").write_text("")
    assert run.map_names() == ["pca"]
    assert run.map_steps("pca") == [5]
    assert run.map("pca", 5).scores == {"trustworthiness": 0.9}
    assert run.map_steps("umap") == []
    for step, name in ((6, "pca"), (5, "umap")):
        with pytest.raises(InputError, match="cannot be read"):
            run.map(name, step)
    with pytest.raises(InputError, match="there is no map"):
        run.map_steps("../frames")


def test_an_empty_run_has_nothing(tmp_path: Path) -> None:
    """A directory that is not there, or empty: no frames, no events, no maps, interrupted; and no crash."""
    run = Run(tmp_path / "nowhere")
    assert (run.frame_steps(), run.batch_steps(), run.map_names(), run.events(), run.requests()) == ([], [], [], [], [])
    assert run.status().state == INTERRUPTED
    assert (run.name, run.note, run.created) == ("nowhere", "", 0.0)
    with pytest.raises(InputError, match=r"probe\.parquet"):
        run.watched_items()


def test_watched_items_come_back(run: Run) -> None:
    """Ids, splits, names and labels of the watched items, as they were written; features have no pictures."""
    data, ids = toy_data(), torch.tensor([2, 5, 11])
    write_watched_items(run.path / "probe.parquet", data, ids)
    probe = run.watched_items()
    assert probe.ids.tolist() == [2, 5, 11]
    assert probe.split.tolist() == data.split[[2, 5, 11]].tolist()
    assert np.array_equal(probe.labels, data.labels[ids].numpy())
    assert probe.label_names == data.label_names
    assert probe.names == ("row 2", "row 5", "row 11")
    assert probe.pictures is None
    train = data.labels.select(data.indices("train"))
    assert probe.trained_on is not None
    assert (probe.trained_on.items, probe.trained_on.counts.tolist()) == (64, train.counts().tolist())
    assert probe.trained_on.of_several.tolist() == train.counts_of_several().tolist()


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"items": 9, "counts": [1, 2], "of_several": [0, 0]}, "one label count for each label"),
        ({"items": 9, "counts": [1, 2, 10], "of_several": [0, 0, 0]}, "between 0 and the number of training items"),
        ({"items": 9, "counts": [1, 2, 3], "of_several": [0, 3, 0]}, "between 0 and the number of training items"),
        ({"items": 9, "counts": [1, 2.5, 3], "of_several": [0, 0, 0]}, "must be whole numbers"),
        ({"items": 9, "counts": [1, 2, 3]}, "'of_several' is not known there"),
        ([9], "cannot be read as the list of watched items"),
    ],
)
def test_damaged_label_counts_are_refused(run: Run, counts: Any, words: str) -> None:
    """Label counts that fit no three labels are one line that names the file; older runs have none."""
    import pyarrow.parquet as pq

    path = run.path / "probe.parquet"
    write_watched_items(path, toy_data(), torch.tensor([2, 5]))
    table = pq.read_table(path)
    metadata = {**table.schema.metadata, b"trained_on": json.dumps(counts).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    with pytest.raises(InputError, match=rf"probe\.parquet: .*{words}"):
        run.watched_items()
    metadata.pop(b"trained_on")
    pq.write_table(table.replace_schema_metadata(metadata), run.path / "other.parquet")
    assert not has_trained_on(run.path / "other.parquet")
    assert read_watched_items(run.path / "other.parquet").trained_on is None


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_damaged_watched_items_are_refused(run: Run, content: bytes) -> None:
    """A parquet file that is none: one line that names it."""
    (run.path / "probe.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"probe\.parquet: cannot be read as the list of watched items"):
        run.watched_items()


def test_a_foreign_table_is_refused(run: Run) -> None:
    """A whole parquet file of something else is refused too."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": [1]}), run.path / "probe.parquet")
    with pytest.raises(InputError, match="watched items"):
        run.watched_items()


def test_numbers_of_files(tmp_path: Path) -> None:
    """Files are numbered with eight digits, or as many as it takes."""
    for step in (3, 20, 100_000_000):
        numbered_path(tmp_path, step).write_bytes(b"")
    assert sorted(path.name for path in tmp_path.iterdir())[0] == "00000003.safetensors"
    assert numbered(tmp_path) == [3, 20, 100_000_000]
    assert numbered(tmp_path / "nowhere") == []


def test_config_json_is_given_unchecked(run: Run) -> None:
    """What the file holds, as plain values, for pages that compare."""
    assert run.config_json() == json.loads(run.config().to_json())
    assert run.config().preset == preset("icons").preset
