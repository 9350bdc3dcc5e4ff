"""Runs as files: the columns and their numbers, the origin, what is refused, and that files are whole or absent."""

import csv
import json
import os
import resource
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.export import TABLE_FORMATS, ExportTable, items_table
from dashboard.export.record import ORIGIN
from dashboard.export.write import write_new
from mlcl_core.cli import main
from mlcl_core.data import load_data
from mlcl_core.errors import InputError
from mlcl_core.runs.run import Run
from tests.made_runs import ITEMS, STEPS, made_run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory with one run, made once."""
    place = tmp_path_factory.mktemp("home")
    made_run(place, "finished", name="made")
    return place


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The run; its home directory is in force, and the working directory is empty."""
    monkeypatch.setenv("MLCL_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return Run(next((home / "runs").iterdir()))


def exported(*arguments: str, code: int = 0) -> None:
    """``mlcl export made`` with these arguments ends with that exit code."""
    assert main(["export", "made", *arguments]) == code


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line by which ``mlcl export made`` refuses; nothing is left in the working directory by it."""
    before = {path: path.stat().st_mtime_ns for path in Path().iterdir()}
    exported(*arguments, code=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert {path: path.stat().st_mtime_ns for path in Path().iterdir()} == before
    return said.err


def test_columns_and_numbers_are_those_of_the_frame(run):
    """id split labels text x y z0.. h0.., in this order; every number is the frame's, in full precision."""
    exported("--at", "2", "--to", "a.parquet")
    table = pq.read_table("a.parquet")
    frame, drawn, watched = run.frame(2), run.map("pca", 2), run.watched_items()
    z, h = ([f"{kind}{place}" for place in range(6)] for kind in "zh")
    assert table.column_names == ["id", "split", "labels", "text", "x", "y", *z, *h]
    assert np.array_equal(np.stack([table[name].to_numpy() for name in z], 1), frame.z)
    assert np.array_equal(np.stack([table[name].to_numpy() for name in h], 1), frame.h)
    assert np.array_equal(np.stack([table[name].to_numpy() for name in "xy"], 1), drawn.xy)
    assert table["text"].to_pylist() == list(watched.names)
    told = json.loads(table.schema.metadata[ORIGIN.encode()])
    assert (told["run"], told["name"], told["step"], told["map"]) == (run.id, "made", 2, "pca")
    assert len(told["configuration"]) == 64
    assert set(told["columns"]) == {"id", "split", "labels", "text", "x, y", "z", "h"}


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_table_is_read_back_as_a_data_set(run, ending):
    """Labels (one is called <b>sky</b>), splits and vectors are those of the run's last frame; z by leaving h out."""
    exported("--to", f"a.{ending}")
    for kind, other in (("z", "h"), ("h", "z")):
        found = load_data(f"a.{ending}", text="none", ignore=f"text,x,y,{other}*")
        watched, frame = run.watched_items(), run.frame(STEPS[-1])
        order = [found.label_names.index(name) for name in watched.label_names]
        assert np.array_equal(found.labels.dense().numpy()[:, order], watched.labels)
        assert found.split.tolist() == watched.split.tolist()
        values = getattr(frame, kind)
        train = values[watched.split == "train"]  # features are standardised by these
        assert np.allclose(found.items.numpy(), (values - train.mean(0)) / train.std(0), atol=1e-5)


def test_arrays_need_no_pickle(run):
    """An .npz file is opened without it: matrices of z, h and labels; the project's own reader takes them by name."""
    exported("--to", "a.npz")
    with np.load("a.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["z"], run.frame(STEPS[-1]).z)
        assert np.array_equal(arrays["labels"], run.watched_items().labels)
        assert arrays["text"].tolist() == list(run.watched_items().names)
        assert json.loads(str(arrays[ORIGIN]))["step"] == STEPS[-1]
    found = load_data("a.npz", x="z", y="labels")
    assert np.array_equal(found.labels.dense().numpy(), run.watched_items().labels)


def test_no_cell_of_a_csv_is_a_formula(tmp_path):
    """Texts and headings get a zero-width character; a label is escaped and read by JSON as it was."""
    labels = [["=1+1", 'a"b, c', "@sum"], [], ["plain", "\u202eleft"]]
    columns = pa.table({"labels": labels, "text": ["=HYPERLINK(1)", "-3 apples", "plain"], "=x": [0.1, np.nan, 3.0]})
    with (tmp_path / "a.csv").open("wb") as file:
        TABLE_FORMATS["csv"].write(ExportTable(columns, {}), file)
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert [json.loads(row[0]) for row in rows] == labels
    cells = [cell for row in [header, *rows] for cell in row]
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@")]
    assert not [row[0] for row in rows if any(f'"{sign}' in row[0] for sign in "=+-@")]
    assert [float(row[2]) for row in rows][::2] == [0.1, 3.0]


def test_the_origin_of_a_csv_stands_beside_it(run):
    """FILE.csv.json has it, and the table has no comment; an existing one is not overwritten either."""
    exported("--at", "0", "--to", "a.csv")
    told = json.loads(Path("a.csv.json").read_text())
    assert (told["run"], told["step"], told["items"]) == (run.id, 0, ITEMS)
    assert Path("a.csv").read_text().startswith('"id","split","labels","text","x","y","z0"')


def test_an_existing_file_is_kept_unless_asked(run, capsys):
    """Without --force one line and exit code 2; with it the file is replaced."""
    Path("a.parquet").write_text("mine")
    assert "--force" in refused(capsys, "--to", "a.parquet")
    Path("b.csv.json").write_text("mine")
    assert "b.csv.json exists" in refused(capsys, "--to", "b.csv")
    exported("--to", "a.parquet", "--force", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["files"], told["items"], told["step"]) == (["a.parquet"], ITEMS, STEPS[-1])
    assert pq.read_table("a.parquet").num_rows == ITEMS


def test_a_step_without_a_frame_names_the_nearest(run, capsys):
    """It is never replaced by a neighbour; neither is a map."""
    line = refused(capsys, "--at", "3", "--to", "a.csv")
    assert "no frame at step 3" in line
    assert "nearest steps are 0, 2, 5" in line
    assert "there are: pca" in refused(capsys, "--map", "umap", "--to", "a.csv")


def test_what_cannot_be_written_is_refused_in_one_line(run, capsys):
    """An unknown ending, a folder, a missing folder, a device, a folder of the run itself, an impossible name."""
    Path("there.csv").mkdir()
    Path("null.csv").symlink_to("/dev/null")
    for path, words in {
        "a.xlsx": "there are .parquet, .csv, .npz",
        "a": "there are .parquet",
        "there.csv": "no file that can be replaced",
        "no/a.csv": "there is no folder",
        "null.csv": "no file that can be replaced",
        str(run.path / "probe.parquet"): "belongs to a run",
        f"{'a' * 300}.csv": "cannot be written",
    }.items():
        assert words in refused(capsys, "--to", path, "--force")


def test_a_full_disk_leaves_the_old_file(run, capsys):
    """A file larger than what may be written: one line, exit code 2, the file that was there, nothing beside it."""
    Path("a.csv").write_text("mine")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        line = refused(capsys, "--to", "a.csv", "--force")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "a.csv: cannot be written" in line
    assert Path("a.csv").read_text() == "mine"


def test_two_files_are_written_together_or_not_at_all(tmp_path, monkeypatch):
    """The second fails: the first is not there either."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))

    def fails(file: object) -> None:
        raise OSError(28, os.strerror(28))

    with pytest.raises(InputError, match="No space left"):
        write_new({tmp_path / "a": lambda file: file.write(b"1"), tmp_path / "b": fails})
    assert list(tmp_path.iterdir()) == []


def test_coordinates_are_empty_where_the_map_is_not_drawn_yet(run, monkeypatch):
    """Without --map a frame whose map is missing is written, and it is said; x and y are empty."""
    monkeypatch.setattr(Run, "map_steps", lambda self, name: [0])
    table = items_table(run, 2)
    assert table.columns["x"].null_count == ITEMS
    assert "map" not in table.origin


def test_some_items(run):
    """The rows of a selection, in the order of the watched items; none of them is an empty table."""
    assert items_table(run, 2, ids=np.array([7, 3, 999])).columns["id"].to_pylist() == [3, 7]
    assert len(items_table(run, 2, ids=np.array([], dtype=np.int64))) == 0
