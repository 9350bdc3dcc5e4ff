"""Progress while a file is read: from the process that reads it to the command line and the run."""

import io
import sys

import numpy as np
import pytest

from mlcl_core.cli.reading import reading_bar
from mlcl_core.data import load_data, progress, reader_client
from mlcl_core.data.reader_client import FileProgress, while_reading
from mlcl_core.data.readers import READERS
from mlcl_core.data.readers.arff import rows
from mlcl_core.data.readers.hdf5 import read_hdf5
from mlcl_core.engine.loop import Trainer
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options
from tests.data.readers.test_arff import document
from tests.data.test_files import arrays
from tests.engine.toy import toy_config


@pytest.fixture
def path(tmp_path):
    """A file of 1,600 rows, larger than what Python reads of it at once."""
    path = tmp_path / "wo\trds.arff"
    y = arrays()["Y"][:, :4]
    path.write_text(document(np.tile(arrays()["X"], (40, 1)), np.tile(y, (40, 1)), relation="'mine: -C -4'"))
    return path


@pytest.fixture
def reports(path, monkeypatch):
    """What a reader in this process tells."""
    found: list[tuple[int, int, str]] = []
    monkeypatch.setattr(progress, "EVERY", 0.0)
    progress.report_to(lambda *so_far: found.append(so_far), path)
    yield found
    progress.report_to(None)


@pytest.fixture(scope="module")
def eager():
    """The process that reads files reports at every sign of progress."""
    with pytest.MonkeyPatch.context() as patch:
        reader_client.end_spare()
        patch.setattr(reader_client, "READER_PROCESS", "tests.data.eager_reader")
        yield
        reader_client.end_spare()


@pytest.mark.skipif(not progress.OPEN_FILES.exists(), reason="the system doesn't tell places in files")
def test_bytes_of_the_file(path, reports, monkeypatch):
    """A reader that goes through a file tells how many of its bytes are read, ascending to all of them."""
    monkeypatch.setattr(rows, "ROWS", 10)
    with path.open() as file:
        for _ in file:
            progress.progress()
    done = [one for one, _, _ in reports]
    assert {(total, unit) for _, total, unit in reports} == {(path.stat().st_size, "bytes")}
    assert done == sorted(done)
    assert done[-1] == path.stat().st_size
    assert len(set(done)) > 10


def test_rows_of_tables(tmp_path, reports):
    """Readers that jump about in a file tell rows."""
    import h5py
    import pyarrow as pa
    import pyarrow.parquet as pq

    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["X"], file["Y"] = arrays()["X"], arrays()["Y"]
    read_hdf5(tmp_path / "mine.h5")
    assert reports[0] == (40, 40, "rows")
    reports.clear()
    pq.write_table(pa.table({"f": [0.5, 1, 2, 3], "label": [0, 1, 1, 0]}), tmp_path / "mine.parquet")
    parquet = READERS["parquet"]
    parquet.read(tmp_path / "mine.parquet", **checked_options("", parquet.params, {}))
    assert (4, 4, "rows") in reports


def test_twice_a_second_at_most(path, reports, monkeypatch):
    """Between two reports some time passes; without a listener nothing is reported."""
    now = [100.0]
    monkeypatch.setattr(progress, "EVERY", 0.5)
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    progress.report_to(lambda *so_far: reports.append(so_far), path)
    for now[0] in (100.1, 100.4, 100.5, 100.9, 101.1):
        progress.progress(int(10 * now[0]), 2000, "rows")
    assert [done for done, _, _ in reports] == [1005, 1011]
    progress.report_to(None)
    now[0] = 200.0
    progress.progress(1, 2, "rows")
    assert len(reports) == 2


def test_reaches_the_process_that_asks(path, eager):
    """What the reader tells comes before its answer, with the file's name in one line; the data are the same."""
    heard: list[FileProgress] = []
    with while_reading(heard.append):
        data = load_data(path)
    assert len(heard) > 3
    assert str(heard[0]).startswith(r"wo\trds.arff, 0.")
    assert (heard[0].unit, heard[0].total) == ("bytes", path.stat().st_size)
    assert len(data) == 1600
    count = len(heard)
    load_data(path)
    assert len(heard) == count


def test_an_exception_ends_the_reading(path, eager):
    """An exception of the listener ends the reading; the next file is read by another process."""

    def stop(reading: FileProgress) -> None:
        raise InputError("enough")

    with while_reading(stop), pytest.raises(InputError, match="enough"):
        load_data(path)
    assert len(load_data(path)) == 1600


def test_words():
    """Megabytes and rows are said in words; where nothing tells how far it is, the name alone."""
    assert str(FileProgress("a.csv", 3_240_000, 6_800_000, "bytes")) == "a.csv, 3.2 of 6.8 MB"
    assert str(FileProgress("a.csv", 3000, 20_000, "rows")) == "a.csv, 3,000 of 20,000 rows"
    assert str(FileProgress("a.csv", 0, 0, "bytes")) == "a.csv"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """As of a terminal."""
        return True


@pytest.mark.parametrize(
    ("stream", "hidden", "seconds", "shown"),
    [
        (Terminal, False, 0, True),
        (Terminal, True, 0, False),
        (io.StringIO, False, 0, False),
        (Terminal, False, 60, False),
    ],
)
def test_a_bar_on_a_terminal(monkeypatch, path, eager, stream, hidden, seconds, shown):
    """Reading that lasts is shown on stderr if it is a terminal, not with --json, and not before its time."""
    monkeypatch.setattr("mlcl_core.cli.reading.SECONDS", seconds)
    monkeypatch.setattr(sys, "stderr", stream())
    with reading_bar(hidden=hidden):
        load_data(path)
    text = sys.stderr.getvalue()
    assert (r"reading wo\trds.arff" in text) == shown
    assert ("B/s" in text) == shown
    assert "\t" not in text


def test_a_run_tells_what_it_reads(path, eager):
    """While a run loads its data, its phase names the file and how far it is read."""
    phases: list[str] = []
    config = toy_config(data__path=str(path), data__name="file")
    Trainer(config, on_progress=lambda done, of, phase: phases.append(phase))
    assert phases[0] == "starting: loading the data"
    assert phases[1].startswith(r"starting: reading wo\trds.arff, 0.")
    assert "starting: building the network" in phases
