"""A run goes on with the data that it was trained on, and with no other: refused with what changed, nothing touched."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcl_core.cli.entry import main as cli
from mlcl_core.data.files import reader_of
from mlcl_core.data.uploads import delete_upload, keep_upload, rename_upload
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import control, distributed_run, launch
from mlcl_core.runs.files import load_arrays, save_arrays
from mlcl_core.runs.records import FAILED, FINISHED, STOPPED
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import open_run_data, read_data, write_data
from mlcl_core.runs.store import Store
from mlcl_core.runs.worker import worker
from mlcl_core.runs.worker.process import main
from tests.engine.toy import toy_config
from tests.runs.test_stop import once, records

MOVED = Path(__file__).parent / "moved"


@pytest.fixture(autouse=True)
def _several_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "spawn_mapper", lambda run: None)
    monkeypatch.setattr(launch, "attend", lambda run: None)
    monkeypatch.setattr(worker, "wait_for_device", lambda *_: iter([None]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory with a table in it."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    shutil.copy(MOVED / "before.csv", tmp_path / "table.csv")
    return home_directory(tmp_path)


def create(home: Path, **settings: Any) -> Run:
    """A queued run on the table."""
    settings = {"data__path": str(home / "table.csv"), "watch__items": 40, **settings}
    return Store(home).create(toy_config(**settings), "a run")


def with_data(run: Run, state: str = STOPPED) -> Run:
    """The same run, as if a worker had stopped after it had read the data."""
    write_data(run, open_run_data(run)[0])
    status = json.loads((run.path / "status.json").read_text())
    (run.path / "status.json").write_text(json.dumps({**status, "state": state}))
    return run


def files(run: Run) -> dict[str, bytes]:
    """The content of all files of a run."""
    return {str(path.relative_to(run.path)): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def refused(run: Run) -> str:
    """The reason why a run is not resumed; nothing of it is touched."""
    before = files(run)
    with pytest.raises(InputError) as refusal:
        launch.take_up(run)
    assert files(run) == before
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def edited(path: Path, edit: Callable[[list[str]], list[str]]) -> None:
    """Change the rows of a table, without its header."""
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *edit(rows)]) + "\n")


def test_rows_moved_under_a_stopped_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained, stopped, the table replaced: refused on the command line, and by a worker; put back, bit for bit on."""
    alone = create(home)
    assert main(alone.path) == 0
    run = create(home)
    with monkeypatch.context() as patch:
        from mlcl_core.engine import loop

        once(loop.Trainer, "train_step", lambda *_: control.request(run, "stop"), patch, nth=6)
        assert main(run.path) == 0
    assert (run.status().state, run.status().step) == (STOPPED, 6)
    shutil.copy(MOVED / "after-rows-moved.csv", home / "table.csv")
    reason = refused(run)
    assert reason.startswith("run 'a run' cannot go on: its data changed: ")
    assert "labels: 76 rows have other labels (the same label sets, moved from row to row)" in reason
    assert "test items had been trained on" in reason
    assert str(home / "table.csv") in reason
    # a worker that is started all the same trains nothing
    lines = run.events()
    assert main(run.path) == 1
    assert run.status().state == FAILED
    assert "its data changed" in (run.status().error or "")
    assert [line["event"] for line in run.events()[len(lines) :]] == ["failed"]
    shutil.copy(MOVED / "before.csv", home / "table.csv")
    assert launch.take_up(run) is None
    assert main(run.path) == 0
    assert run.status().state == FINISHED
    found, wanted = records(run), records(alone)
    assert found["frames"].pop(6, None) is not None
    wanted["frames"].pop(6, None)
    assert found == wanted
    assert run.events("resumed")[0].keys() == {"event", "step", "at"}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda rows: rows[:-3], "3 rows fewer"),
        (lambda rows: [*rows, "0.1,0.2,0.3,1,0,0,1"], "1 row more"),
        (lambda rows: [f"9{row}" if place % 2 else row for place, row in enumerate(rows)], "items: 40 rows have other"),
        (lambda rows: [*rows[1:], rows[0]], "row order: 80 of 80 rows stand elsewhere"),
        (lambda rows: [row.rsplit(",", 1)[0] + ",1" for row in rows], "labels: 39 rows have other labels"),
    ],
)
def test_what_changed_is_named(home: Path, edit: Callable[[list[str]], list[str]], words: str) -> None:
    """Rows gone or added, other values, another order, other labels."""
    run = with_data(create(home))
    assert open_run_data(run)[1] is None
    edited(home / "table.csv", edit)
    assert words in refused(run)


@pytest.mark.parametrize("rank", ["0", "1"])
def test_every_rank_compares_its_own_copy(home: Path, monkeypatch: pytest.MonkeyPatch, rank: str) -> None:
    """Resumed by torchrun: refused on the rank that reads other data, before any process waits for another."""
    run = with_data(create(home))
    edited(home / "table.csv", lambda rows: rows[:-3])
    before = files(run)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", rank)
    with pytest.raises(InputError, match="3 rows fewer"):
        distributed_run.resume(run)
    assert files(run) == before


def test_a_label_that_is_gone(home: Path) -> None:
    """The header alone is another: the labels are named, no row is said to have changed."""
    run = with_data(create(home))
    path = home / "table.csv"
    path.write_text(path.read_text().replace("fog", "mist", 1))
    reason = refused(run)
    assert "label 'fog' is gone; label 'mist' is new; nothing was done" in reason


def test_the_command_line_says_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """mlcl resume: exit code 2, one line on stderr, nothing on stdout."""
    run = with_data(create(home))
    edited(home / "table.csv", lambda rows: rows[::-1])
    before = files(run)
    assert cli(["resume", "a run", "--home", str(home), "--json"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "row order: 80 of 80 rows stand elsewhere" in said.err
    assert files(run) == before


def test_what_is_written(home: Path) -> None:
    """data.json says where the data came from, and what they are."""
    run = with_data(create(home, data__seed=3))
    record = json.loads((run.path / "data.json").read_text())
    source = {"name": "features", "path": str(home / "table.csv"), "params": {}, "seed": 3}
    assert source.items() <= record["source"].items()
    assert (record["kind"], record["shape"], record["label_names"]) == (
        "features",
        [80, 3],
        ["sun", "fog", "sea", "dune"],
    )
    arrays, _ = load_arrays(run.path / "data.safetensors")
    assert {name: (str(array.dtype), len(array)) for name, array in arrays.items()} == {
        "items": ("uint64", 80), "labels": ("uint64", 80), "split": ("uint8", 80)
    }  # fmt: skip


def upload(home: Path, name: str, table: str = "table.csv") -> None:
    """Keep a table as an upload."""
    path = home / table
    keep_upload(name, reader_of(path).read(path), source="films.csv")


def test_an_upload_renamed_replaced_deleted(home: Path) -> None:
    """Each is told apart; the one of the same size and file is proposed."""
    upload(home, "films")
    run = with_data(create(home, data__path=None, data__name="films"))
    assert json.loads((run.path / "data.json").read_text())["source"]["file"] == "films.csv"
    rename_upload("films", "movies 2")
    gone = "cannot go on: its data, the upload 'films', are gone: deleted, or called otherwise"
    assert f"{gone} (perhaps 'movies 2'; rename it back)" in refused(run)
    edited(home / "table.csv", lambda rows: rows[:-1])
    upload(home, "films")
    assert "1 row fewer" in refused(run)
    assert "Put the earlier data back (the upload 'films')" in refused(run)
    for name in ("films", "movies 2"):
        delete_upload(name)
    assert refused(run).endswith(gone)


def test_a_file_that_is_gone(home: Path) -> None:
    """The run is not queued first and failed then."""
    run = with_data(create(home))
    (home / "table.csv").unlink()
    assert f"run 'a run' cannot go on: there is no file {home / 'table.csv'}" in refused(run)


def test_items_called_otherwise_are_said(home: Path) -> None:
    """Names of items are not trained on: the run goes on, and it is said."""
    path = home / "table.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"name,{header}", *(f"item {place},{row}" for place, row in enumerate(rows))]) + "\n")
    run = with_data(create(home))
    edited(path, lambda rows: [row.replace("item ", "thing ") for row in rows])
    notice = launch.take_up(run) or ""
    assert "The items are called otherwise than when the run began" in notice
    assert run.status().notice == notice


def test_a_run_without_data_json_goes_on(home: Path) -> None:
    """As runs of earlier versions: it is said, with what the watched items show; from then on the data are compared."""
    run = create(home)
    assert main(run.path) == 0
    (run.path / "data.json").unlink()
    (run.path / "data.safetensors").unlink()
    status = json.loads((run.path / "status.json").read_text())
    (run.path / "status.json").write_text(json.dumps({**status, "state": STOPPED}))
    data, notice = open_run_data(run)
    assert len(data) == 80
    assert notice is not None
    assert "no data.json" in notice
    assert "Its 40 watched items have the splits and labels that they had." in notice
    shutil.copy(MOVED / "after-rows-moved.csv", home / "table.csv")
    notice = launch.take_up(run) or ""
    assert "are in another split, " in notice
    assert "have other labels: its scores are not to be trusted." in notice
    assert run.status().notice == notice
    assert main(run.path) == 0
    assert notice in run.events("resumed")[0]["notice"]
    assert read_data(run) is not None
    # rows and a label that are gone
    (run.path / "data.json").unlink()
    edited(home / "table.csv", lambda rows: rows[:40])
    (home / "table.csv").write_text((home / "table.csv").read_text().replace("fog", "mist", 1))
    gone = int((run.watched_items().ids >= 40).sum())
    notice = open_run_data(run)[1] or ""
    assert f"Of its 40 watched items, {gone} are gone, " in notice
    assert "1 of their labels is gone: its scores" in notice


def test_a_run_that_trained_nothing_has_nothing_to_say(home: Path) -> None:
    """A run that was stopped in the queue is resumed without a word about its data."""
    run = create(home)
    assert open_run_data(run)[1] is None
    assert read_data(run) is None


BAD = ["", "[]", "{", '"x"', "[" * 100_000, '{"schema_version": 2}', "\x00" * 50, '{"schema_version": 1e400}']


@pytest.mark.parametrize("text", BAD)
def test_a_damaged_record_is_one_line(home: Path, text: str) -> None:
    """data.json of any content: the file is named, with what to do; deleted, the run goes on."""
    run = with_data(create(home))
    (run.path / "data.json").write_text(text)
    assert "data.json: cannot be read: " in refused(run)
    assert "put it back, or delete it" in refused(run)
    assert (run.problem() or "").startswith("data.json: ")
    (run.path / "data.json").unlink()
    assert run.problem() is None
    launch.take_up(run)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("shape", []),
        ("shape", [-1]),
        ("shape", [10**400]),
        ("label_names", []),
        ("label_names", [1]),
        ("kind", None),
        ("hashes", {}),
        ("hashes", {"items": "x"}),
        ("source", []),
        ("schema_version", "1"),
    ],
)
def test_values_out_of_place_are_named(home: Path, key: str, value: Any) -> None:
    """The key is named in the line."""
    run = with_data(create(home))
    record = json.loads((run.path / "data.json").read_text())
    (run.path / "data.json").write_text(json.dumps({**record, key: value}))
    assert f"data.json: cannot be read: {key}" in refused(run)


def test_hashes_of_rows_that_are_damaged(home: Path) -> None:
    """Missing, cut, of other types or lengths: equal data go on, and changed data are refused without the details."""
    run = with_data(create(home))
    path = run.path / "data.safetensors"
    whole, (arrays, _) = path.read_bytes(), load_arrays(path)
    zeros = np.zeros(80)
    damages: list[Callable[[], Any]] = [
        path.unlink,
        lambda: path.write_bytes(whole[:-9]),
        lambda: path.write_bytes(b""),
        lambda: save_arrays(path, {**arrays, "items": zeros}),
        lambda: save_arrays(path, {**arrays, "labels": arrays["labels"][:-1]}),
        lambda: save_arrays(path, {**arrays, "items": arrays["items"].reshape(8, 10)}),
        lambda: save_arrays(path, {"items": arrays["items"]}),
        lambda: (path.unlink(), os.mkfifo(path)),
    ]
    for damage in damages:
        path.unlink(missing_ok=True)
        path.write_bytes(whole)
        damage()
        assert open_run_data(run)[1] is None
        shutil.copy(MOVED / "after-rows-moved.csv", home / "table.csv")
        with pytest.raises(InputError, match="its data changed: other labels of some rows, another split of some"):
            open_run_data(run)
        shutil.copy(MOVED / "before.csv", home / "table.csv")
