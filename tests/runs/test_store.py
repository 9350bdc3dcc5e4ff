"""The home directory and its runs."""

import errno
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from mlcl_core.engine import preset
from mlcl_core.errors import InputError
from mlcl_core.home import home_directory
from mlcl_core.runs.files import write_json
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.records import QUEUED
from mlcl_core.runs.store import LONGEST_NOTE, Store
from tests.runs.handmade import write_status

ICONS = preset("icons")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(home_directory(tmp_path / "home"))


def test_a_created_run_is_queued_and_whole(store: Store) -> None:
    """A fresh run holds its configuration, name and status; nothing else lies in the folder."""
    run = store.create(ICONS, "first try")
    assert (run.name, run.note, run.status().state) == ("first try", "", QUEUED)
    assert run.config() == ICONS
    assert run.id.endswith(run.path.name)
    assert "first-try" in run.id
    assert [path.name for path in store.folder.iterdir()] == [run.id]


def test_runs_are_listed_newest_first(store: Store) -> None:
    """The list begins with the newest."""
    made = []
    for number in range(3):
        run = store.create(ICONS, f"run {number}")
        write_json(run.path / "meta.json", {**run.meta(), "created": 100.0 + number})
        made.append(run.id)
    assert [run.id for run in store.runs()] == made[::-1]


def test_names_are_made_up_and_count(store: Store) -> None:
    """Without a name: preset, rule in short, and the next free number, filling gaps."""
    first = store.create(ICONS)
    second = store.create(ICONS)
    other = store.create(preset("digits").with_settings({"loss.rule": "jaccard"}))
    plain = store.create(preset("digits").with_settings({"loss.name": "bce"}))
    assert [run.name for run in (first, second, other, plain)] == [
        "icons-sd-01", "icons-sd-02", "digits-jaccard-01", "digits-bce-01",
    ]  # fmt: skip
    write_status(first, "finished")
    store.delete(first)
    assert store.create(ICONS).name == "icons-sd-01"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../evil", "no slash"),
        ("a/b", "no slash"),
        ("a\\b", "no slash"),
        (".hidden", "no dot in front"),
        ("", "the name is empty"),
        ("   ", "the name is empty"),
        ("n" * 300, "the name has 300 characters"),
        ("two\nlines", "no control character"),
        ("bell\a", "no control character"),
        ("\ud800", "no control character"),
        ("\u202egnp.exe", "no control character"),
    ],
)
def test_names_that_no_run_can_have(store: Store, name: str, words: str) -> None:
    """Refused in one line, at creation and at renaming alike; nothing is created, and the old name stays."""
    with pytest.raises(InputError, match=words) as refused:
        store.create(ICONS, name)
    assert "\n" not in str(refused.value)
    assert list(store.folder.iterdir()) == []
    run = store.create(ICONS, "good")
    with pytest.raises(InputError, match=words):
        store.rename(run, name)
    assert run.name == "good"


def test_names_of_all_languages(store: Store) -> None:
    """Any visible letters make a name, up to 100 of them; blanks around it are dropped; ids are plain ASCII."""
    for name in ("Übung 3: σ-Regel", "試験", "n" * 100, "a.b (c) [d]"):
        run = store.create(ICONS, f"  {name} ")
        assert run.name == name
        assert run.id.isascii()
        assert store.run(name).id == run.id


def test_runs_are_found_by_id_or_name(store: Store) -> None:
    """By id always; by name where only one run has it; an id goes before a name."""
    one, two = store.create(ICONS, "same"), store.create(ICONS, "other")
    assert store.run(one.id).id == store.run("same").id == one.id
    store.rename(two, one.id)
    assert store.run(one.id).id == one.id


def test_an_ambiguous_name_is_refused(store: Store) -> None:
    """Two runs of one name: the message lists their ids, and an id says which."""
    one, two = store.create(ICONS, "same"), store.create(ICONS, "same")
    with pytest.raises(InputError, match="2 runs are named 'same'") as refused:
        store.run("same")
    assert one.id in str(refused.value)
    assert two.id in str(refused.value)


@pytest.mark.parametrize("wanted", ["nothing", "../runs", "", ".", "x" * 300, "a\0b"])
def test_an_unknown_run_is_refused(store: Store, wanted: str) -> None:
    """No such run, or no name at all: one line."""
    store.create(ICONS, "good")
    with pytest.raises(InputError, match="there is no run"):
        store.run(wanted)


def test_rename_and_note(store: Store) -> None:
    """Name and note change, the id stays, and each leaves the other alone."""
    run = store.create(ICONS, "old")
    store.note(run, "what it shows\nin two lines")
    store.rename(run, "new")
    assert (run.name, run.note) == ("new", "what it shows\nin two lines")
    assert store.run("new").id == run.id
    with pytest.raises(InputError, match=r"10,?001 characters; at most 10,000"):
        store.note(run, "x" * (LONGEST_NOTE + 1))
    assert run.note.startswith("what")


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_a_run_that_is_alive_cannot_be_deleted(store: Store, state: str) -> None:
    """Queued, running or paused: stop it first; nothing is deleted."""
    run = store.create(ICONS, "busy")
    write_status(run, state)
    with pytest.raises(InputError, match=f"run 'busy' is {state}; stop it"):
        store.delete(run)
    assert run.config() == ICONS


def test_a_run_whose_worker_only_sleeps_cannot_be_deleted(store: Store) -> None:
    """A worker that was not heard of for long may still hold its run: then it stays."""
    run = store.create(ICONS, "asleep")
    write_status(run, "running", heartbeat=0)
    lock = FileLock(run.path / "worker.lock")
    assert lock.acquire()
    with pytest.raises(InputError, match="has a worker that does not answer"):
        store.delete(run)
    lock.release()
    store.delete(run)
    assert store.runs() == []


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_a_run_that_has_ended_is_deleted_whole(store: Store, state: str) -> None:
    """Nothing of it is left, and others stay."""
    run, other = store.create(ICONS, "old"), store.create(ICONS, "other")
    write_status(run, state)
    store.delete(run)
    assert [path.name for path in store.folder.iterdir()] == [other.id]


def test_foreign_files_are_ignored(store: Store) -> None:
    """Files, empty folders, half-made and half-deleted runs in the folder are none of ours."""
    run = store.create(ICONS, "mine")
    (store.folder / "notes.txt").write_text("hello")
    (store.folder / "empty").mkdir()
    for name in (".new-x", ".deleted-y"):
        shutil.copytree(run.path, store.folder / name)
    (store.folder / "odd").mkdir()
    (store.folder / "odd" / "config.json").mkdir()
    assert [one.id for one in store.runs()] == [run.id]


def test_a_folder_that_may_not_be_looked_into_is_ignored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One folder without permission does not hide all the others."""
    run = store.create(ICONS, "mine")
    (store.folder / "locked").mkdir()
    is_file = Path.is_file

    def refused(path: Path) -> bool:
        if path.parent.name == "locked":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refused)
    assert [one.id for one in store.runs()] == [run.id]


@pytest.mark.parametrize("meta", ["", "{", "[]", '{"name": null, "created": "yesterday", "note": 7}'])
def test_a_damaged_name_file_hides_no_run(store: Store, meta: str) -> None:
    """Without a readable name a run is called by its id, and the list of runs still comes."""
    run = store.create(ICONS, "mine")
    (run.path / "meta.json").write_text(meta)
    (found,) = store.runs()
    assert isinstance(found.name, str)
    assert isinstance(found.note, str)
    assert found.created == 0.0
    assert store.run(run.id).id == run.id


def test_two_starts_at_once_make_two_runs(store: Store) -> None:
    """Eight threads that create runs of one name at once: eight whole runs, eight ids."""
    threads = [threading.Thread(target=store.create, args=(ICONS, "same")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = store.runs()
    assert len({run.id for run in runs}) == 8
    assert all(run.config() == ICONS and run.name == "same" for run in runs)


def test_a_full_disk_leaves_no_half_a_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for a new run: the error comes, and the folder is as it was."""
    old = store.create(ICONS, "old")
    replace = Path.replace

    def full(path: Path, target: Any) -> Path:
        if Path(target).name == "meta.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left on device"):
        store.create(ICONS, "new")
    assert [path.name for path in store.folder.iterdir()] == [old.id]


def test_home_is_what_is_named_else_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path goes before $MLCL_HOME, that before the user's data directory; the directory is made; ~ is the user's."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "environment"))
    assert home_directory(tmp_path / "named") == tmp_path / "named"
    assert home_directory() == tmp_path / "environment"
    assert (tmp_path / "environment" / "runs").is_dir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_directory("~/lab") == tmp_path / "lab"
    monkeypatch.delenv("MLCL_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert home_directory().name == "mlcl-lab"
    monkeypatch.chdir(tmp_path)
    assert home_directory("relative") == tmp_path / "relative"


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A file in the way: one line that says how to name another."""
    (tmp_path / "home").write_text("")
    for home in (tmp_path / "home", tmp_path / "home" / "deeper"):
        with pytest.raises(InputError, match=r"cannot be used: .*; name another with --home or MLCL_HOME"):
            home_directory(home)


def test_a_home_of_nobody_is_refused() -> None:
    """~somebody whom the machine does not know is bad input, not a folder of that name."""
    with pytest.raises(InputError, match="knows no such user"):
        home_directory("~no_such_user_here/lab")


def test_a_home_without_write_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without permission to write: one line, at once, not in the middle of a run."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, mode: False)
        with pytest.raises(InputError, match=r"no permission to write; name another"):
            home_directory(tmp_path)

    def refused(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(InputError, match="cannot be used: Permission denied"):
        home_directory(tmp_path / "new")
