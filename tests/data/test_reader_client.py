"""Files are opened by another process: a library that hangs, crashes or grows there costs one error line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_array, issparse

from mlcl_core.data import load_data, reader_client
from mlcl_core.data.pictures import Pictures
from mlcl_core.data.readers import READERS, LoadedData, reader_of
from mlcl_core.data.texts import Texts
from mlcl_core.data.transfer import Shared, pack, unpack
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options
from mlcl_core.reader_process import size_of


def small(path: Path) -> Path:
    """A small sound file."""
    generator = np.random.default_rng(0)
    np.savez(path, X=generator.normal(size=(20, 3)), Y=generator.random((20, 2)) < 0.5)
    return path


def spare() -> list[reader_client._Process]:
    """The idle reader processes of this process."""
    return reader_client._spare.get(os.getpid(), [])


STARTED = subprocess.Popen
# the package without its __init__, as in the process itself: torch takes seconds to import
LIGHT = """
import sys, time, types, mlcl_core
package = types.ModuleType("mlcl_core.data")
package.__path__ = [mlcl_core.__path__[0] + "/data"]
sys.modules["mlcl_core.data"] = package
"""
BEHAVING = """
from mlcl_core.data.readers import READERS
from mlcl_core.data.readers.record import Reader
def read(path, **params):
    {body}
READERS["npz"] = Reader("npz", "", (".npz",), read)
import mlcl_core.reader_process as process
process.READERS = READERS
process.main()
"""


def behaving(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Let new processes read .npz files by this code."""
    reader_client.end_spare()
    code = LIGHT + BEHAVING.format(body=body)

    def start(arguments: list[str], **options: object) -> subprocess.Popen:
        return STARTED([sys.executable, "-c", code], **options)

    monkeypatch.setattr(reader_client.subprocess, "Popen", start)


@pytest.mark.slow
def test_a_hang_is_ended_and_the_next_file_is_read(tmp_path, monkeypatch):
    """A library that loops with the interpreter's lock held is ended after the patience, and the next file is read."""
    path = small(tmp_path / "mine.npz")
    with monkeypatch.context() as changed:
        changed.setattr(reader_client, "PATIENCE", 1)
        behaving(changed, "import re; re.match('(a+)+b', 'a' * 80)")
        with pytest.raises(InputError, match=r"mine.npz: nothing was read of it for 1 seconds, so .* given up"):
            load_data(path)
    assert spare() == []
    assert len(load_data(path)) == 20


@pytest.mark.slow
def test_time_spent_is_no_progress_and_rows_read_are(tmp_path, monkeypatch):
    """A reader that makes progress is not ended, however long it takes; one that makes none is."""
    path = small(tmp_path / "mine.npz")
    from_here = "from mlcl_core.data.progress import progress\n    from mlcl_core.data.readers.npz import read_npz\n"
    slow = f"{from_here}    for _ in range(4): time.sleep(.4); progress()\n    return read_npz(path)"
    monkeypatch.setattr(reader_client, "PATIENCE", 1)
    behaving(monkeypatch, slow)
    assert len(load_data(path)) == 20
    behaving(monkeypatch, slow.replace("; progress()", ""))
    with pytest.raises(InputError, match="nothing was read of it"):
        load_data(path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import ctypes; ctypes.string_at(0)", r"is damaged, or takes more memory .* crashed \(SIGSEGV\)"),
        ("import os; os.abort()", r"crashed \(SIGABRT\)"),
        ("import os; os._exit(3)", "what reads it ended with code 3"),
        ("raise LookupError('of what\\nsort')", "is damaged: LookupError: of what$"),
        ("raise ValueError('\\x0e' + 'x' * 5000)", r"is damaged: ValueError: \\x0ex{299}$"),
        ("raise OSError(12, 'Cannot allocate memory')", r"takes more than [\d,]+ bytes of memory"),
        ("return bytearray(5_000_000_000)", r"takes more than [\d,]+ bytes of memory, .* unless MLCL_READ_GB="),
    ],
)
def test_crashes_and_lack_of_memory_are_a_line(tmp_path, monkeypatch, body, message):
    """Any end of the reader process is one line that names the file, and the next file gets a new process."""
    path = small(tmp_path / "mine.npz")
    with monkeypatch.context() as changed:
        behaving(changed, body)
        with pytest.raises(InputError, match=message) as caught:
            load_data(path)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)
        assert spare() == []


def test_one_process_reads_one_file_after_another(tmp_path):
    """The process is kept after a sound file and after a refused one; a process that ended is replaced."""
    path = small(tmp_path / "mine.npz")
    load_data(path)
    first = spare()[0].child.pid
    (tmp_path / "bad.npz").write_bytes(b"no arrays")
    with pytest.raises(InputError, match="is damaged or not an"):
        load_data(tmp_path / "bad.npz")
    assert spare()[0].child.pid == first
    os.kill(first, signal.SIGKILL)
    spare()[0].child.wait()
    assert len(load_data(path)) == 20
    assert spare()[0].child.pid != first


def test_an_idle_process_that_ends_at_that_moment_is_replaced(tmp_path, monkeypatch):
    """A process that ends itself after it is checked and before the file is sent is replaced by another."""
    path = small(tmp_path / "mine.npz")
    load_data(path)
    idle = spare()[0].child
    idle.stdin.close()
    idle.wait()
    monkeypatch.setattr(idle, "poll", lambda: None)
    with Path(os.devnull).open("wb") as nowhere:
        monkeypatch.setattr(idle, "stdin", nowhere)
        assert len(load_data(path)) == 20


ENDS = ("pass", "os.kill(os.getpid(), 9)")


@pytest.mark.slow
def test_it_ends_with_the_process_that_started_it(tmp_path):
    """No reader process is left after an ordinary end of its parent, nor after a kill."""
    small(tmp_path / "mine.npz")
    code = (
        f"{LIGHT}import os; from pathlib import Path; from mlcl_core.data import reader_client\n"
        "from mlcl_core.data.readers import READERS\n"
        "reader_client.read_in_process(Path(sys.argv[1]), READERS['npz'], {{}})\n"
        "print(reader_client._spare[os.getpid()][0].child.pid, flush=True); {end}"
    )
    arguments = [[sys.executable, "-c", code.format(end=end), str(tmp_path / "mine.npz")] for end in ENDS]
    for parent in [subprocess.Popen(one, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for one in arguments]:
        output, errors = parent.communicate(timeout=120)
        assert errors == b""
        child = int(output)
        for _ in range(100):
            if not Path(f"/proc/{child}").exists():
                break
            time.sleep(0.05)
        assert not Path(f"/proc/{child}").exists()


def test_without_an_alarm(tmp_path, monkeypatch):
    """A system that can't end a hanging process, such as Windows, is refused in one line."""
    path = small(tmp_path / "mine.npz")
    monkeypatch.delattr(signal, "alarm")
    with pytest.raises(InputError, match=r"mine.npz: files are opened on Linux and macOS only"):
        load_data(path)


def test_the_working_directory_and_the_limit_are_current(tmp_path, monkeypatch):
    """A process started earlier uses the working directory and the variable of the moment at which a file is read."""
    small(tmp_path / "mine.npz")
    load_data(tmp_path / "mine.npz")
    monkeypatch.chdir(tmp_path)
    assert len(load_data("mine.npz")) == 20
    monkeypatch.setenv("MLCL_READ_GB", "1e-7")
    with pytest.raises(InputError, match=r"mine.npz: array 'X' has shape \[20, 3\] .* 480 bytes in .* at most 100 are"):
        load_data("mine.npz")
    monkeypatch.setenv("MLCL_READ_GB", "much")
    with pytest.raises(InputError, match="MLCL_READ_GB is 'much'; it must be a number of gigabytes above 0"):
        load_data("mine.npz")


def same(one: LoadedData, other: LoadedData) -> None:
    """Check that two results of a reader are equal, bit by bit."""
    if isinstance(one.x, Texts):
        assert one.x.column.to_pylist() == other.x.column.to_pylist()
    elif isinstance(one.x, Pictures):
        assert one.x.names == other.x.names
        assert [one.x.read(row) for row in range(len(one.x))] == [other.x.read(row) for row in range(len(other.x))]
        assert np.array_equal(one.x.small(64), other.x.small(64))
    numbers = [] if isinstance(one.x, Texts | Pictures) else [(one.x, other.x)]
    for mine, theirs in [*numbers, (one.y, other.y), (one.split, other.split), (one.groups, other.groups)]:
        if issparse(mine):
            assert mine.shape == theirs.shape
            for part in ("data", "indices", "indptr"):
                same_array(getattr(mine, part), getattr(theirs, part))
        else:
            same_array(mine, theirs)
    for name in ("feature_names", "label_names", "item_names"):
        assert getattr(one, name) == getattr(other, name)


def same_array(one: np.ndarray | None, other: np.ndarray | None) -> None:
    """Check that both are None, or equal in type, shape and bits."""
    if one is None or other is None:
        assert one is other
        return
    assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2", "|b1", "<u8", "<c16", "<U3", "|S2", "<M8[s]"])
@pytest.mark.parametrize("shape", [(4, 3), (0, 3), (3, 0), (5,), ()])
def test_arrays_of_any_type_are_transferred(dtype, shape):
    """Numbers in either byte order, texts and dates, of none, one or two axes, also empty, are transferred."""
    x = np.arange(int(np.prod(shape))).astype(np.dtype(dtype)).reshape(shape)
    y = csr_array(np.eye(4, dtype=bool))
    loaded = LoadedData(
        x, y, label_names=("a", "\ud800 \n", "", "ü"), split=np.array(["train", "x"]), groups=np.arange(2)
    )
    shared = Shared()
    handed = unpack(json.loads(json.dumps(pack(loaded, shared))))
    shared.close()
    same(loaded, handed)
    assert not x.size or handed.x.flags.writeable


def test_every_format_reads_the_same_in_both_processes(tmp_path):
    """For a sound file of each format, the transferred data equals the reader's result."""
    from mlcl_core.bench.sample_files import SAMPLES

    for number, (kind, sound) in enumerate(SAMPLES.items()):
        path = tmp_path / f"sound{number}{sound.ending}"
        path.write_bytes(sound.content(np.random.default_rng(number)))
        reader = reader_of(path)
        params = checked_options(kind, reader.params, {})
        same(reader.read(path, **params), reader_client.read_in_process(path, reader, params))
    # pictures beside CVAT's file are in an archive
    alone = set(READERS) - {"folder", "cvat"}
    assert {reader_of(Path(f"x{sound.ending}")).name for sound in SAMPLES.values()} == alone


def test_texts_in_many_chunks(tmp_path):
    """Arrow's chunks are transferred, empty ones included."""
    column = pa.chunked_array([["one", ""], [], ["ü\0"]], pa.large_string())
    shared = Shared()
    handed = unpack(json.loads(json.dumps(pack(LoadedData(Texts(column), np.ones((3, 1))), shared))))
    shared.close()
    assert handed.x.column.to_pylist() == ["one", "", "ü\0"]


@pytest.mark.slow
def test_a_few_bytes_take_no_gigabytes(tmp_path):
    """A file of some kilobytes with a text repeated in a million rows is refused by a process that stays small."""
    path = tmp_path / "mine.parquet"
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1_000_000, np.int32)), ["word " * 1000])
    pq.write_table(pa.table({"text": text, "labels": pa.array(["a"] * 1_000_000)}), path)
    assert path.stat().st_size < 50_000
    with pytest.raises(InputError, match=r"mine.parquet .* unless MLCL_READ_GB="):
        load_data(path)


def test_the_size_of_a_folder(tmp_path, monkeypatch):
    """The pictures in sub-folders count, as the memory that a folder may take depends on its size."""
    for name, size in {"a.csv": 10, "cats/1.png": 300, "train/dogs/2.png": 4000}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(bytes(size))
    assert size_of(tmp_path) == 4310
    assert (size_of(tmp_path / "a.csv"), size_of(tmp_path / "none")) == (10, 0)
    monkeypatch.setattr("mlcl_core.reader_process.ENOUGH", 5)
    assert size_of(tmp_path) == 10
