"""Uploads: kept whole or not at all, loaded like the original file, renamed, deleted, damaged."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from mlcl_core.cli import main
from mlcl_core.data import DATASETS, Texts, load_data
from mlcl_core.data import uploads as kept
from mlcl_core.data.files import reader_of
from mlcl_core.data.uploads import delete_upload, is_upload, keep_upload, rename_upload, safe_name, uploads
from mlcl_core.engine.build import open_data
from mlcl_core.engine.config import DataConfig
from mlcl_core.errors import InputError

HOSTILE = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "**bold** [x](y)", "مرحبا بالعالم")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A separate home directory for each test."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def vector_file(tmp_path):
    """Forty rows of numbers that no float32 holds, some without labels, with names and splits."""
    rng = np.random.default_rng(0)
    y = rng.random((40, 4)) < 0.4
    y[3] = False
    split = np.array(["train"] * 25 + ["val"] * 5 + ["test"] * 10)
    path = tmp_path / "vectors.npz"
    names = np.array([f"row <b>{row}</b>" for row in range(40)])
    np.savez(path, X=rng.normal(size=(40, 6)), Y=y, split=split, label_names=np.array(HOSTILE), item_names=names)
    return path


@pytest.fixture
def text_file(tmp_path):
    """Thirty texts with lists of labels; some look like code."""
    path = tmp_path / "films.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["text", "labels"])
        table.writerows([f"{HOSTILE[row % 4]} number {row}", json.dumps(HOSTILE[: 1 + row % 3])] for row in range(29))
        table.writerow(["one without a label", ""])
    return path


@pytest.fixture
def picture_file(tmp_path):
    """A folder of twelve pictures and its table."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rows = ["file_name,labels"]
    for row in range(12):
        raw = io.BytesIO()
        Image.new("RGB", (20 + row, 16), (20 * row, 100, 255 - 20 * row)).save(raw, "PNG")
        (folder / f"{row}.png").write_bytes(raw.getvalue())
        rows.append(f"{row}.png," + ('"[""a"", ""b""]"' if row % 2 else '"[""b""]"'))
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    return folder


def keep(path, name, **params):
    """Read a file and keep it."""
    return keep_upload(name, reader_of(path).read(path, **params), source=str(path))


def check_same(mine, original) -> None:
    """Check that everything that a run uses is equal, bit by bit."""
    assert mine.kind == original.kind
    if isinstance(original.items, Texts):
        assert mine.items.some(slice(None)) == original.items.some(slice(None))
    else:
        assert torch.equal(mine.tensor, original.tensor)
    assert torch.equal(mine.labels.dense(), original.labels.dense())
    assert (mine.label_names, mine.item_names) == (original.label_names, original.item_names)
    assert mine.split.tolist() == original.split.tolist()


@pytest.mark.parametrize("kind", ["vector", "text", "picture"])
@pytest.mark.parametrize("seed", [0, 7])
def test_loaded_as_the_file_was(vector_file, text_file, picture_file, kind, seed):
    """Vectors, texts and pictures are loaded as from the file, by name, with the seed's split."""
    path = {"vector": vector_file, "text": text_file, "picture": picture_file}[kind]
    upload = keep(path, "my set")
    assert (upload.name, upload.source) == ("my set", path.name)
    original, mine = load_data(path, seed=seed), load_data("my set", seed=seed)
    check_same(mine, original)
    assert (upload.items, upload.labels, upload.kind) == (len(mine), mine.labels.shape[1], mine.kind)
    assert (mine.name, mine.title) == ("my set", "my set")
    if kind == "picture":
        rows = range(len(mine))
        assert mine.originals.digest(rows) == original.originals.digest(rows)


def test_the_file_is_no_longer_needed(text_file):
    """Once a set is kept, its file may be deleted; the configuration gives the set's name."""
    keep(text_file, "films")
    text_file.unlink()
    data = open_data(DataConfig(name="films"))
    assert data.items[0] == f"{HOSTILE[0]} number 0"
    assert data.labels.sizes().tolist()[-1] == 0
    with pytest.raises(InputError, match="data films has no option text"):
        load_data("films", text="other")


def test_the_command_line_takes_its_name(text_file, tmp_path, monkeypatch, capsys):
    """``mlcl data NAME`` loads an upload from the given home directory."""
    keep(text_file, "my films")
    monkeypatch.setenv("MLCL_HOME", str(tmp_path / "elsewhere"))
    assert main(["data", "my films", "--home", str(tmp_path / "home"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == 30


def test_numbers_stay_exact(tmp_path, home):
    """Numbers are stored in 32 bits where that is exact, else in 64."""
    y = np.tile([[1, 0], [0, 1]], (5, 1))
    np.savez(tmp_path / "short.npz", X=np.arange(20.0).reshape(10, 2), Y=y)
    np.savez(tmp_path / "long.npz", X=np.arange(20.0).reshape(10, 2) + 1e-9, Y=y)
    np.savez(tmp_path / "huge.npz", X=np.arange(20.0).reshape(10, 2) * 1e200, Y=y)
    sizes = {}
    for name in ("short", "long", "huge"):
        keep(tmp_path / f"{name}.npz", name)
        check_same(load_data(name), load_data(tmp_path / f"{name}.npz"))
        sizes[name] = (home / "data" / name / "x.safetensors").stat().st_size
    assert sizes["long"] == sizes["huge"] == sizes["short"] + 80


def test_no_raw_file_is_kept(text_file, home):
    """The folder holds the Lab's own formats only."""
    keep(text_file, "films")
    assert sorted(path.name for path in (home / "data" / "films").iterdir()) == [
        *("about.json", "items.parquet", "labels.parquet", "reading.json", "texts.arrow")
    ]
    assert json.loads((home / "data" / "films" / "about.json").read_text())["schema"] == 1


@pytest.mark.parametrize(
    "name", ["", " ", "a/b", "..", ".hidden", "a.b", "a\\b", "-x", "_x", "a\nb", "x" * 61, "a\0b", "<b>", "~", "a:b"]
)
def test_impossible_names(text_file, name, home):
    """Parts of paths, empty and too long names are refused, and nothing is written."""
    with pytest.raises(InputError, match="can't be taken: 1 to 60 letters"):
        keep(text_file, name)
    assert not is_upload(name)
    assert not (home / "data").exists()


@pytest.mark.parametrize("name", [*DATASETS, "ICONS", "file", "features", "a file of your own"])
def test_names_of_the_lab_are_refused(text_file, name):
    """The name of a shipped set is refused."""
    with pytest.raises(InputError, match="is the Lab's own; choose another"):
        keep(text_file, name)


def test_a_name_is_taken_once(text_file, vector_file):
    """A taken name is refused in any case of its letters; the first set is unchanged."""
    keep(text_file, "Films")
    with pytest.raises(InputError, match="there is a data set 'films' already"):
        keep(vector_file, "films")
    assert load_data("Films").kind == "text"


def test_letters_of_any_script(text_file):
    """Names in any script are allowed, and an accent typed in two ways is the same name."""
    keep(text_file, "Películas 2-b_c")
    assert is_upload("Películas 2-b_c")
    assert [one.name for one in uploads()] == ["Películas 2-b_c"]


def test_listed_renamed_deleted(text_file, vector_file):
    """Uploads are listed by name; a renamed one is found by its new name only, a deleted one not at all."""
    assert uploads() == []
    keep(vector_file, "b")
    keep(text_file, "a")
    assert [(one.name, one.kind, one.items) for one in uploads()] == [("a", "text", 30), ("b", "features", 40)]
    with pytest.raises(InputError, match="there is a data set 'b' already"):
        rename_upload("a", "b")
    rename_upload("a", "A")
    rename_upload("A", "c d")
    assert [one.name for one in uploads()] == ["b", "c d"]
    delete_upload("c d")
    assert [one.name for one in uploads()] == ["b"]
    with pytest.raises(InputError, match="there is no upload 'c d'; there are: b"):
        delete_upload("c d")
    with pytest.raises(InputError, match=r"there is no data set 'c d'; give icons, digits, movies, b or the path"):
        load_data("c d")


def test_a_name_comes_before_a_path(text_file, vector_file, monkeypatch):
    """A string is first looked up as a name; a Path never is."""
    keep(text_file, "vectors")
    monkeypatch.chdir(vector_file.parent)
    assert load_data("vectors").kind == "text"
    assert load_data("vectors.npz").kind == "features"


def test_what_is_refused_is_not_kept(tmp_path, home):
    """A file that is refused, such as one with NaN, is not kept."""
    np.savez(tmp_path / "nan.npz", X=np.full((10, 2), np.nan), Y=np.ones((10, 1)))
    with pytest.raises(InputError, match=r"nan.npz: features hold a value that is NaN at row 0, column 0"):
        keep(tmp_path / "nan.npz", "nan")
    assert uploads() == []


@pytest.mark.parametrize("broken", ["mlcl_core.data.stored.pq.write_table", "mlcl_core.data.uploads.json.dumps"])
def test_an_error_leaves_nothing(text_file, home, monkeypatch, broken):
    """A full disk between two files leaves no set and no hidden folder."""

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(broken, full)
    with pytest.raises(OSError, match="No space left"):
        keep(text_file, "films")
    assert list((home / "data").iterdir()) == []


KILLED = """
import os, sys
from pathlib import Path
from mlcl_core.data import stored, uploads
from mlcl_core.data.files import reader_of
path, *homes = sys.argv[1:]
for home, module, name in zip(homes, (stored.pq, uploads), ("write_table", "_appear")):
    if os.fork() == 0:
        os.environ["MLCL_HOME"] = home
        setattr(module, name, lambda *args, **options: os._exit(9))
        uploads.keep_upload("films", reader_of(Path(path)).read(Path(path)), source="films.csv")
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 9
"""


@pytest.mark.slow
def test_killed_between_two_writes(text_file, tmp_path, monkeypatch):
    """Killed before the tables are written, or before the set appears: it is not listed, and its name stays free."""
    homes = [tmp_path / "before the tables", tmp_path / "before it appears"]
    subprocess.run([sys.executable, "-c", KILLED, text_file, *homes], check=True, timeout=120)
    for home in homes:
        monkeypatch.setenv("MLCL_HOME", str(home))
        leftovers_are_removed_after_a_day(home, text_file, monkeypatch)


def leftovers_are_removed_after_a_day(home, text_file, monkeypatch):
    """One hidden folder, which is no upload, until it is a day old and the next upload is kept."""
    left = list((home / "data").iterdir())
    assert len(left) == 1
    assert left[0].name.startswith(".new-")
    assert uploads() == []
    assert not is_upload("films")
    assert not is_upload(left[0].name)
    keep(text_file, "films")
    assert left[0].exists()
    with monkeypatch.context() as later:
        later.setattr(kept, "LEFTOVER", -1)
        keep(text_file, "again")
    assert not left[0].exists()
    assert [one.name for one in uploads()] == ["again", "films"]


@pytest.mark.parametrize("name", ["about.json", "items.parquet", "labels.parquet", "reading.json", "texts.arrow"])
@pytest.mark.parametrize("harm", ["cut", "gone", "foreign"])
def test_damage_is_one_line(text_file, home, name, harm):
    """A truncated, missing or foreign file is one error line; the set is still listed and can be deleted."""
    keep(text_file, "films")
    path = home / "data" / "films" / name
    if harm == "gone":
        path.unlink()
        if name == "reading.json":  # an upload of an earlier version has none
            data = load_data("films")
            assert (data.schema, data.said, data.left_out) == (None, (), ())
            return
    else:
        path.write_bytes(path.read_bytes()[:-9] if harm == "cut" else b"\x00foreign\xff" * 9)
    with pytest.raises(InputError, match=r"^data 'films': what was kept in .* is damaged \(.+\); delete it and upload"):
        load_data("films")
    assert [one.name for one in uploads()] == ["films"]
    delete_upload("films")
    assert uploads() == []


def test_how_it_was_read_is_kept(text_file, home):
    """Options, schema, notes and rows left out come back with the set."""
    loaded = replace(
        reader_of(text_file).read(text_file), schema={"columns": []}, said=("a note",), left_out=((3, "never seen"),)
    )
    keep_upload("films", loaded, source="films.csv", options={"labels": "topics"})
    data = load_data("films")
    assert (data.schema, data.said, data.left_out) == ({"columns": []}, ("a note",), ((3, "never seen"),))
    assert json.loads((home / "data" / "films" / "reading.json").read_text())["options"] == {"labels": "topics"}


def test_rows_that_do_not_fit_are_damage(text_file, vector_file, home):
    """Files of two different sets, and labels without names, are damage."""
    keep(text_file, "films")
    keep(vector_file, "vectors")
    data = home / "data"
    table = pq.read_table(data / "films" / "labels.parquet")
    pq.write_table(table.slice(0, 1), data / "films" / "labels.parquet")
    with pytest.raises(InputError, match="is damaged \\(a label that has no name\\)"):
        load_data("films")
    pq.write_table(pq.read_table(data / "vectors" / "items.parquet").slice(2), data / "vectors" / "items.parquet")
    with pytest.raises(InputError, match="is damaged \\(X has 40 rows and Y has 38"):
        load_data("vectors")


def test_a_safe_name(text_file):
    """A safe name is made from any file name, with a number where it is taken."""
    assert safe_name("../../etc/passwd") == "etc passwd"
    assert safe_name("<script>") == "script"
    assert safe_name("...") == "my data"
    assert safe_name("icons") == "icons 2"
    assert len(safe_name("x" * 300)) <= 60
    keep(text_file, "films")
    assert safe_name("films") == "films 2"


def test_looking_up_a_name_creates_no_home(home):
    """Looking up a name writes nothing."""
    with pytest.raises(InputError, match="there is no data set 'nothing'"):
        load_data("nothing")
    assert not home.exists()
