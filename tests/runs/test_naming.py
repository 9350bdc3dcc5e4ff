"""Names of runs that are given none: after data of one's own, else after the preset; each one that a run can have."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.engine.presets import preset
from mlcl_core.runs.naming import MAX_STEM, default_name
from mlcl_core.runs.store import Store, checked_name


def named(path: str | None, name: str = "features", base: str = "vectors") -> str:
    """The name of the first run on some data."""
    config = preset(base)
    data = config.data.model_copy(update={"name": name, "path": path})
    return default_name(config.model_copy(update={"data": data}), ())


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/data/films.csv", "films"),
        ("films.csv.gz", "films"),
        ("films (2024).v2.parquet", "films (2024).v2"),
        ("yeast-1.5.arff", "yeast-1.5"),
        ("C:\\mine\\films.xlsx", "films"),
        ("/data/hidden/.csv", "data"),
        ("/data/..films.csv", "films"),
        ("/data/two\nlines\t.csv", "two lines"),
        ("/data/фильмы हिन्दी.csv", "фильмы हिन्दी"),
        ("hf:owner/birds", "birds"),
        ("/data/pictures/", "pictures"),
        ("/data/" + "x" * 200 + ".csv", "x" * MAX_STEM),
    ],
)
def test_a_file_gives_its_name(path: str, wanted: str) -> None:
    """The folders before it and the ending are left out, and so is what no run's name may hold."""
    assert named(path) == wanted


def test_a_folder_has_no_ending(tmp_path: Path) -> None:
    """Of a folder the whole name is taken."""
    (tmp_path / "birds.v2").mkdir()
    assert named(str(tmp_path / "birds.v2")) == "birds.v2"


def test_an_upload_gives_its_name_whatever_the_preset() -> None:
    """Also under the preset of another set, whose name would be that of other data."""
    assert named(None, "my films", "text") == "my films"
    assert named(None, "my films", "icons") == "my films"


def test_sets_of_the_lab_keep_their_names() -> None:
    """Preset and rule; the name of the set where the preset is one of another set."""
    assert named(None, "icons", "icons") == "icons-sd-01"
    assert named(None, "digits", "icons") == "digits-sd-01"
    assert default_name(preset("movies-finetune"), ()).startswith("movies-finetune-")


def test_runs_on_the_same_data_count(tmp_path: Path) -> None:
    """films, films 2, films 3; a gap is filled."""
    store = Store(tmp_path)
    config = preset("vectors").with_settings({"data.path": "/data/films.csv"})
    first, second, third = (store.create(config) for _ in range(3))
    assert [run.name for run in (first, second, third)] == ["films", "films 2", "films 3"]
    store.rename(second, "the best")
    assert store.create(config).name == "films 2"


@given(st.text(max_size=200))
def test_every_name_is_one_that_a_run_can_have(text: str) -> None:
    """Whatever a file is called."""
    name = named(f"/data/{text}.csv")
    assert checked_name(name) == name
