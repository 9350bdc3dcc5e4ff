"""The file of a study and its cells: what is crossed, under which ids, and what is refused in one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.errors import InputError
from mlcl_core.studies.cells import cells_of, count_cells, tuning_cells
from mlcl_core.studies.file import StudyFile, read_study, study_from_json
from tests.studies.made import made_file

BASE = {"schema_version": 1, "name": "one", "base": "icons", "grid": {"method": ["any_shared"]}, "seeds": [0]}


def study(**changes) -> StudyFile:
    """A study of one cell, changed."""
    return study_from_json(json.dumps({**BASE, **changes}))


def test_cells_are_the_product_in_order():
    """2 methods x 2 temperatures x 2 seeds, each seed whole before the next; settings are in the configuration."""
    file = study(
        grid={"method": ["any_shared", {"name": "hot", "loss.temperature": 9}], "loss.temperature": [0.1, 0.5]},
        seeds=[3, 1],
    )
    cells = cells_of(file)
    assert [(cell.seed, cell.method, cell.values["loss.temperature"]) for cell in cells] == [
        (seed, method, value) for seed in (3, 1) for method in ("any_shared", "hot") for value in (0.1, 0.5)
    ]
    assert all(cell.config.loss.temperature == cell.values["loss.temperature"] for cell in cells)
    assert all(cell.config.seed == cell.seed for cell in cells)
    assert count_cells(file) == len({cell.id for cell in cells}) == 8


@given(
    st.lists(st.sampled_from(["any_shared", "bce", "rule:msc", "loss:msc"]), min_size=1, unique=True),
    st.lists(st.floats(0.01, 5), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True),
)
def test_a_cell_has_one_id(methods, values, seeds):
    """The same file gives the same cells; in a file with more values and seeds a cell keeps its id."""
    file = study(grid={"method": methods, "loss.temperature": values}, seeds=seeds)
    cells = cells_of(file)
    assert cells == cells_of(study_from_json(file.to_json()))
    assert len({cell.id for cell in cells}) == len(cells)
    more = study(grid={"method": [*methods, "jaccard"], "loss.temperature": values}, seeds=[*seeds, 100])
    assert {cell.id for cell in cells} <= {cell.id for cell in cells_of(more)}


def test_what_decides_a_result_decides_the_id():
    """Another base, protocol or tuning makes other cells; a title, and where the data lie, do not."""
    grid = {"data": [{"name": "mine", "path": "/a/mine.npz", "where": "a page"}], "method": ["bce"]}
    (cell,) = cells_of(study(base="vectors", grid=grid))
    moved = {**grid, "data": [{"name": "mine", "path": "/b/mine.npz"}]}
    assert cells_of(study(base="vectors", title="T", grid=moved))[0].id == cell.id
    assert cell.config.data.path == "/a/mine.npz"
    others = (
        {"base": {"preset": "vectors", "training.epochs": 3}},
        {"protocol": "knn"},
        {"tune": {"optimiser.learning_rate": [0.1, 0.2]}},
        {"grid": {**grid, "data": [{"name": "mine", "path": "/a/mine.npz", "sha256": "0" * 64}]}},
    )
    ids = {cells_of(study(**{"base": "vectors", "grid": grid, **change}))[0].id for change in others}
    assert len(ids | {cell.id}) == 5


def test_a_bare_name_is_a_loss_or_else_a_rule():
    """any_shared is a rule of weighted_supcon, bce a loss; msc is both, and which is to be said."""
    grid = {"method": ["any_shared", "bce", "loss:msc", "rule:msc"]}
    losses = [(cell.config.loss.name, cell.config.loss.rule) for cell in cells_of(study(grid=grid))]
    default = "similarity_dissimilarity"
    assert losses == [
        ("weighted_supcon", "any_shared"),
        ("bce", default),
        ("msc", default),
        ("weighted_supcon", "msc"),
    ]
    with pytest.raises(InputError, match="'msc' is a loss and a rule; which\\? say loss:msc or rule:msc"):
        cells_of(study(grid={"method": ["msc"]}))


def test_every_data_set_and_method_is_tuned_as_often():
    """3 values with the tuning's own seed for each of 2 x 3; other axes stand at the base's values."""
    file = made_file(tune={"optimiser.learning_rate": [1e-4, 1e-3, 1e-2]})
    cells = tuning_cells(file)
    assert len(cells) == 18
    assert {cell.seed for cell in cells} == {1000}
    assert not {cell.id for cell in cells} & {cell.id for cell in cells_of(file)}
    assert {cell.config.optimiser.learning_rate for cell in cells} == {1e-4, 1e-3, 1e-2}
    assert tuning_cells(made_file()) == []


def test_a_file_finds_its_data(tmp_path, monkeypatch):
    """Beside the file, else in the folder data of the home directory; a study of the home is found by its name."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    (tmp_path / "mine.npz").touch()
    grid = {"data": [{"name": "a", "path": "mine.npz"}, {"name": "b", "path": "far.npz"}], "method": ["bce"]}
    text = json.dumps({**BASE, "base": "vectors", "grid": grid})
    (tmp_path / "one.json").write_text(text)
    paths = [cell.config.data.path for cell in cells_of(read_study(tmp_path / "one.json"))]
    assert paths == [str(tmp_path / "mine.npz"), str(tmp_path / "home" / "data" / "far.npz")]
    kept = tmp_path / "home" / "studies" / "one" / "study.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(text)
    assert read_study("one").name == "one"
    with pytest.raises(InputError, match=r"there is no study '../one'"):
        read_study("../one")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grid": {}}, "grid is empty"),
        ({"grid": {"method": []}}, "the axis 'method' has no value"),
        ({"seeds": []}, "seeds is empty"),
        ({"seeds": [1, 1]}, "a seed stands twice"),
        ({"extra": 1}, "extra is no key of a study"),
        ({"schema_version": 2}, "a later version of MLCL Lab wrote it"),
        ({"name": "../up"}, "name: letters, digits"),
        ({"tune": {"optimiser.learning_rate": [0.1]}}, "must be one setting with its values"),
    ],
)
def test_a_file_that_is_no_study(changes, words):
    """What no study can be: one line that names the key."""
    with pytest.raises(InputError, match=words):
        study(**changes)


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"method": ["magic"]}, "there is no rule and no loss 'magic'"),
        ({"method": [{"loss.rule": "bce"}]}, "settings with a name"),
        ({"method": ["bce", "bce"]}, "'bce' stands twice"),
        ({"loss.temprature": [0.1]}, "there is no setting 'loss.temprature'"),
        ({"temperature": [0.1]}, "an axis is data, method, a setting by its path"),
        ({"state": [1]}, "no axis can be called 'state'"),
        ({"loss.temperature": [-1]}, "loss.temperature is -1"),
        ({"data": [{"name": "x", "preset": "none"}]}, "there is no preset 'none'"),
    ],
)
def test_a_grid_that_crosses_nothing(grid, words):
    """Unknown axes, names and values: one line."""
    with pytest.raises(InputError, match=words):
        cells_of(study(grid=grid))
