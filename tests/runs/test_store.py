"""The home directory and its runs."""

import errno
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from time import time
from typing import Any

import pytest

from mlcl_core.cli import main
from mlcl_core.engine import preset
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory, home_to_read
from mlcl_core.runs.files import write_json
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.records import QUEUED
from mlcl_core.runs.store import LOCK, MAX_NOTE, Store
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
        store.note(run, "x" * (MAX_NOTE + 1))
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
    assert [one.id for one in store.runs()] == [run.id]


def test_a_folder_that_may_not_be_looked_into_is_ignored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One folder without permission does not hide all the others; one that is a run by its name is there, damaged."""
    run, locked = store.create(ICONS, "mine"), store.folder / "20260101-120000-locked-12ab"
    for path in (locked, store.folder / "locked"):
        path.mkdir()
    lstat = Path.lstat

    def refused(path: Path) -> os.stat_result:
        if "locked" in path.parent.name:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", refused)
    assert {one.id: one.damage() is None for one in store.runs()} == {run.id: True, locked.name: False}


@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing", "foreign"])
def test_a_run_that_cannot_be_shown_is_listed_with_the_reason(store: Store, kind: str) -> None:
    """Its configuration is a folder, a pipe, a link to nothing, or foreign: it is there, damaged, the other is well."""
    run, well = store.create(ICONS, "odd"), store.create(ICONS, "well")
    path = run.path / "config.json"
    path.unlink()
    make = {
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "nothing": lambda: path.symlink_to("nowhere"),
        "foreign": lambda: path.write_text('{"name": "odd"}'),
    }
    make[kind]()
    assert {one.id: one.damage() is None for one in store.runs()} == {run.id: False, well.id: True}
    assert str(path) in str(run.damage())
    assert "\n" not in str(run.damage())


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
    assert found.damage() is None
    assert str(found.problem()).startswith("meta.json: ")
    store.rename(found, "mended")
    assert (found.name, found.problem()) == ("mended", None)


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


# ---- what dead processes leave


def aged(path: Path, seconds: float = 3600.0) -> Path:
    """Let a directory be old."""
    os.utime(path, (time() - seconds,) * 2)
    return path


def test_what_dead_makers_and_deleters_left_is_swept(store: Store) -> None:
    """With the next run that is made or deleted; with and without a lock in it; what is young or locked stays."""
    run = store.create(ICONS, "mine")
    for name in (".new-dead", ".deleted-dead", ".new-young", ".new-busy", ".other"):
        shutil.copytree(run.path, store.folder / name)
        aged(store.folder / name)
    (store.folder / ".new-old").mkdir()
    aged(store.folder / ".new-old")
    (store.folder / ".new-file").write_text("")
    aged(store.folder / ".new-file")
    (store.folder / ".new-link").symlink_to(run.path)
    aged(store.folder / ".new-young", 1.0)
    busy = FileLock(store.folder / ".new-busy" / LOCK)
    assert busy.acquire()
    aged(store.folder / ".new-busy")
    made = store.create(ICONS, "next")
    left = {path.name for path in store.folder.iterdir()}
    assert left == {run.id, made.id, ".new-young", ".new-busy", ".other", ".new-file", ".new-link"}
    busy.release()
    write_status(made, "finished")
    store.delete(made)
    assert not (store.folder / ".new-busy").exists()
    assert run.config() == ICONS


def test_a_maker_that_is_killed_leaves_what_is_swept(store: Store) -> None:
    """A process that dies while it fills a new run: nothing is listed, and later all of it is gone."""
    code = (
        "import os, sys; from pathlib import Path\n"
        "from mlcl_core.engine import preset; from mlcl_core.runs import store\n"
        "store.write_json = lambda *_, **__: os._exit(9)\n"
        "store.Store(Path(sys.argv[1])).create(preset('icons'), 'dying')"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", code, str(store.home)], env=env).returncode == 9
    (left,) = store.folder.iterdir()
    assert left.name.startswith(".new-")
    assert store.runs() == []
    store.sweep()
    assert left.exists()
    aged(left)
    store.sweep()
    assert list(store.folder.iterdir()) == []


def test_files_that_cannot_be_deleted_are_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is out of the list, and what stays of it is named."""
    run = store.create(ICONS, "stuck")
    write_status(run, "finished")
    rmtree = shutil.rmtree

    def stuck(path: Path, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", stuck)
    with pytest.raises(PermissionError, match=r"Permission denied: .*\.deleted-"):
        store.delete(run)
    assert store.runs() == []
    monkeypatch.setattr(shutil, "rmtree", rmtree)


# ---- the home directory


def tree(home: Path) -> dict[str, int]:
    """Everything in a home, with the time of its last change."""
    return {str(path): path.lstat().st_mtime_ns for path in (home, *home.rglob("*"))}


def test_reading_changes_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Listing and showing make no file, no folder, no lock, in a home with runs and where there is none."""
    run = store.create(ICONS, "mine")
    before = tree(store.home)
    for command in (["runs"], ["show", run.id], ["runs", "--json"]):
        assert main([*command, "--home", str(store.home)]) == 0
    assert tree(store.home) == before
    assert main(["runs", "--home", str(store.home / "nowhere")]) == 0
    assert "no runs yet" in capsys.readouterr().out
    assert not (store.home / "nowhere").exists()


def test_a_read_only_home_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only reads works there; what writes says that it is read only, and changes nothing."""
    run = store.create(ICONS, "mine")
    write_status(run, "finished")
    before = tree(store.home)
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and access(path, mode))
    assert [one.id for one in Store(home_to_read(store.home)).runs()] == [run.id]
    assert main(["show", "mine", "--home", str(store.home)]) == 0
    acts = (
        lambda: store.create(ICONS, "other"),
        lambda: store.rename(run, "other"),
        lambda: store.note(run, "other"),
        lambda: store.delete(run),
    )
    for act in acts:
        with pytest.raises(InputError, match=f"home directory {store.home}: read only"):
            act()
    assert tree(store.home) == before


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
    """The home of an unknown user (~name) is bad input, not a folder of that name."""
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
