"""Name, note and tags of a run: set, refused, and changed by two at once."""

import threading
from pathlib import Path
from typing import Any

import pytest

from mlcl_core.engine import preset
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.files import write_json
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import ChangedMeanwhile, Store
from tests.runs.handmade import write_status

ICONS = preset("icons")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(home_directory(tmp_path / "home"))


def test_tags_are_added_and_removed(store: Store) -> None:
    """Added ones come last, none twice; removing what is not there is no mistake; the limit holds for all together."""
    run = store.create(ICONS, "one")
    store.tag(run, ["a", "b"])
    store.tag(run, ["c", "a"], "add")
    assert run.tags == ("a", "b", "c")
    store.tag(run, ["b", "never"], "remove")
    assert run.tags == ("a", "c")
    with pytest.raises(InputError, match="21 tags"):
        store.tag(run, [f"t{number}" for number in range(19)], "add")
    assert run.tags == ("a", "c")


def test_a_change_says_what_it_was_made_from(store: Store) -> None:
    """What another window wrote since is not overwritten; the same text twice is no conflict."""
    run = store.create(ICONS, "one")
    store.note(run, "theirs", before="")
    for act, key in ((store.note, "note"), (store.rename, "name")):
        with pytest.raises(ChangedMeanwhile, match=f"the {key} was changed meanwhile") as refused:
            act(run, "mine", before="of long ago")
        assert refused.value.now == run.meta()[key] != "mine"
    store.note(run, "theirs", before="of long ago")
    store.note(run, "mine", before="theirs")
    assert (run.note, run.name) == ("mine", "one")


def test_tags(store: Store) -> None:
    """Blanks around a tag go, doubled ones count once, their order stays; name and note stay; none is a set too."""
    run = store.create(ICONS, "old")
    assert run.tags == ()
    store.note(run, "a note")
    store.tag(run, [" thesis ", "τ 0.1", "thesis", "<b>"])
    assert (run.name, run.note, run.tags) == ("old", "a note", ("thesis", "τ 0.1", "<b>"))
    store.tag(run, [])
    assert run.tags == ()


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (["good", " "], "a tag is empty"),
        (["n" * 41], "has 41 characters; a tag has 1 to 40"),
        (["a,b"], "no comma"),
        (["two\nlines"], "no control character"),
        ([str(number) for number in range(21)], "21 tags; a run has at most 20"),
    ],
)
def test_tags_that_no_run_can_have(store: Store, tags: list[str], words: str) -> None:
    """Refused in one line; the old tags stay."""
    run = store.create(ICONS, "good")
    store.tag(run, ["old"])
    with pytest.raises(InputError, match=words) as refused:
        store.tag(run, tags)
    assert "\n" not in str(refused.value)
    assert run.tags == ("old",)


def test_changes_made_at_once_lose_nothing(store: Store) -> None:
    """Name, note and tags set by three threads at the same moment, again and again: all three stand."""
    run = store.create(ICONS, "old")
    for turn in range(8):
        begin, name, note, tag = threading.Barrier(3), f"name {turn}", f"note {turn}", f"tag {turn}"

        def change(act: Any, value: Any, begin: threading.Barrier = begin) -> None:
            begin.wait()
            act(run, value)

        acts = ((store.rename, name), (store.note, note), (store.tag, [tag]))
        threads = [threading.Thread(target=change, args=one) for one in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (run.name, run.note, run.tags) == (name, note, (tag,))


def test_what_other_versions_wrote_into_the_name_file_stays(store: Store) -> None:
    """A key that this version does not know survives a change."""
    run = store.create(ICONS, "old")
    write_json(run.path / "meta.json", {**run.meta(), "later": {"key": [1]}})
    store.tag(run, ["one"])
    assert run.meta()["later"] == {"key": [1]}


def test_a_run_deleted_meanwhile_is_not_made_again(store: Store) -> None:
    """A page that still shows it renames, notes, tags: one line, and no folder comes back."""
    run = store.create(ICONS, "old")
    write_status(run, "finished")
    store.delete(Run(run.path))
    for act in (lambda: store.rename(run, "new"), lambda: store.note(run, "new"), lambda: store.tag(run, ["new"])):
        with pytest.raises(InputError, match="was deleted meanwhile; nothing was changed"):
            act()
    with pytest.raises(InputError, match="was deleted meanwhile"):
        store.delete(run)
    assert store.runs() == []
    assert not run.path.exists()
