"""Two runs side by side: items in common, what is not shared, runs that differ in the seed alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mlcl_core.data import LabelMatrix
from mlcl_core.errors import InputError
from mlcl_core.runs.compare import Setting, common_items, seed_siblings, unshared
from mlcl_core.runs.files import append_line, read_json, write_json
from mlcl_core.runs.in_force import config_at
from mlcl_core.runs.run import Run
from mlcl_core.runs.run_data import FILE, write_data
from mlcl_core.runs.store import Store
from mlcl_core.runs.write import write_watched_items
from tests.made_runs import ITEMS, STEPS, made_data, made_run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    return tmp_path / "home"


def watch(run: Run, rows: list[int], **changes: object) -> None:
    """Watch these rows of the made data, with changes in the data."""
    write_watched_items(run.path / "probe.parquet", replace(made_data(), **changes), torch.tensor(rows))


def set_at(run: Run, step: int, **settings: object) -> None:
    """An acknowledged change of settings."""
    changed = {name.replace("__", "."): value for name, value in settings.items()}
    line = {"event": "acknowledged", "action": "set", "request": f"{step}", "step": step, "at": 1.0}
    append_line(run.path / "events.jsonl", line | {"settings": changed})


def test_the_same_items(home: Path) -> None:
    """All of them, in their order."""
    a, b = made_run(home, "finished"), made_run(home, "finished")
    found = common_items(a, b)
    assert len(found) == ITEMS
    assert found.whole
    assert (found.other, found.relabelled, found.resplit) == (0, 0, 0)
    np.testing.assert_array_equal(found.rows, [np.arange(ITEMS)] * 2)


def test_of_many_items_a_fixed_sample_is_compared(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same items each time, ascending, each once; how many there are is kept."""
    monkeypatch.setattr("mlcl_core.runs.compare.MAX_COMPARED", 12)
    a, b = made_run(home, "finished"), made_run(home, "finished")
    found = common_items(a, b)
    assert (len(found), found.sampled_from, found.whole) == (12, ITEMS, False)
    assert found.rows[0].tolist() == found.rows[1].tolist() == sorted(set(found.rows[0].tolist()))
    np.testing.assert_array_equal(common_items(a, b).rows, found.rows)


def test_other_watched_items_are_joined_by_id(home: Path) -> None:
    """Those in both, by id, whatever their order; how many each run watches."""
    a, b = made_run(home, "finished"), made_run(home, "finished")
    watch(a, [7, 3, 20, 9])
    watch(b, [9, 11, 7])
    found = common_items(a, b)
    assert found.rows.tolist() == [[0, 3], [2, 0]]
    assert found.watched == (4, 3)
    assert not found.whole
    assert found.rows[0].tolist() == [a.watched_items().ids.tolist().index(item) for item in (7, 9)]


def test_nothing_in_common_is_refused(home: Path) -> None:
    """Other ids, or the same ids of other data: one sentence with both names."""
    a, b = made_run(home, "finished", name="one"), made_run(home, "finished", name="two", data__name="digits")
    watch(a, [1, 2])
    watch(b, [3, 4])
    with pytest.raises(InputError, match="one watches 2 items of icons, two watches 2 items of digits, and no item is"):
        common_items(a, b)
    watch(b, [1, 2], item_names=tuple(f"digit {i}" for i in range(ITEMS)))
    with pytest.raises(InputError, match="2 ids are in both and stand for other items"):
        common_items(a, b)


def test_the_same_item_by_name_or_data(home: Path) -> None:
    """An id with another name is another item; without names, the data's own name decides."""
    a, b = made_run(home, "finished"), made_run(home, "finished")
    names = list(made_data().item_names)
    watch(a, [1, 2, 3])
    watch(b, [1, 2, 3], item_names=(*names[:2], "another", *names[3:]))
    found = common_items(a, b)
    assert (found.rows.tolist(), found.other) == ([[0, 2], [0, 2]], 1)
    nameless = ("",) * ITEMS
    watch(a, [1, 2], item_names=nameless)
    watch(b, [1, 2], item_names=nameless)
    assert len(common_items(a, b)) == 2
    other = made_run(home, "finished", data__name="digits")
    watch(other, [1, 2], item_names=nameless)
    with pytest.raises(InputError, match="nothing in common"):
        common_items(a, other)


def test_the_same_item_by_its_hash(home: Path) -> None:
    """Where both runs describe their data, the values of a row decide, and names do not."""
    a, b = made_run(home, "finished"), made_run(home, "finished")
    data = made_data()
    pictures = data.items.clone()
    pictures[2] = 255 - pictures[2]
    write_data(a, data)
    write_data(b, replace(data, items=pictures, item_names=tuple(f"other {i}" for i in range(ITEMS))))
    found = common_items(a, b)
    assert (len(found), found.other) == (ITEMS - 1, 1)
    assert 2 not in found.rows[0]
    shared = unshared(a, b, (a.config(), b.config()))
    assert shared.data_known
    assert any("other values" in line for line in shared.data)
    (b.path / FILE).write_text("{")
    assert common_items(a, made_run(home, "finished")).whole
    assert not unshared(a, b, (a.config(), b.config())).data_known


def test_labels_and_splits_that_differ_are_counted(home: Path) -> None:
    """By their names: the same labels in another order are the same."""
    a, b = made_run(home, "finished"), made_run(home, "finished")
    data = made_data()
    order = [2, 0, 1, 4, 3]
    labels = data.labels.dense()[:, order]
    labels[5] = ~labels[5]
    split = data.split.copy()
    split[[6, 7]] = ["test", "train"]
    names = tuple(data.label_names[i] for i in order)
    watch(b, list(range(ITEMS)), labels=LabelMatrix.of(labels), split=split, label_names=names)
    found = common_items(a, b)
    assert (found.relabelled, found.resplit) == (1, 2)


def test_settings_that_differ(home: Path) -> None:
    """Each with both values, seeds first; those in force at the step, changes while training included."""
    a = made_run(home, "finished", seed=1)
    b = made_run(home, "finished", seed=2, loss__rule="jaccard", loss__rule_params={"power": 2.0})
    found = unshared(a, b, (a.config(), b.config()))
    assert found.settings == (
        Setting("seed", (1, 2)),
        Setting("loss.rule", ("similarity_dissimilarity", "jaccard")),
        Setting("loss.rule_params.power", (None, 2.0)),
    )
    assert found.versions is None
    set_at(a, 2, loss__temperature=0.5)
    early, late = (unshared(a, a, (config_at(a, 1), config_at(a, step))) for step in (1, STEPS[-1]))
    assert early.settings == ()
    assert early.data_known
    assert late.settings == (Setting("loss.temperature", (a.config().loss.temperature, 0.5)),)


def test_another_schema_version_is_told(home: Path) -> None:
    """The versions that the files were written with; a later one than today's is refused with its reason."""
    a, b = made_run(home, "finished"), made_run(home, "finished")
    config = read_json(b.path / "config.json")
    write_json(b.path / "config.json", config | {"schema_version": 3})
    assert unshared(a, b, (a.config(), b.config())).versions == (config["schema_version"], 3)
    write_json(b.path / "config.json", config | {"schema_version": 99})
    with pytest.raises(InputError, match="schema_version"):
        b.config()


def test_runs_that_differ_in_the_seed_alone(home: Path) -> None:
    """Seeds of run and split; not with another setting, nor with a change while training; damaged runs are left out."""
    run = made_run(home, "finished", seed=0)
    same = [made_run(home, "finished", seed=1), made_run(home, "finished", seed=2, data__seed=5)]
    made_run(home, "finished", seed=3, loss__temperature=0.5)
    set_at(made_run(home, "finished", seed=4), 2, loss__temperature=0.5)
    (made_run(home, "finished", seed=5).path / "config.json").write_text("{")
    found = seed_siblings(run, Store(home).runs())
    assert found[0].id == run.id
    assert {one.id for one in found[1:]} == {one.id for one in same}
