"""probe.parquet is read in the thread that asks for it."""

import threading
from io import FileIO
from pathlib import Path
from typing import ClassVar

import pytest

from mlcl_core.runs import watched_items
from mlcl_core.runs.watched_items import read_label_counts, read_watched_ids, read_watched_items
from tests.made_runs import made_run


class Noting(FileIO):
    """A file that notes the threads that read it."""

    threads: ClassVar[set[int]] = set()

    def read(self, size: int | None = -1) -> bytes:
        """Read and note."""
        self.threads.add(threading.get_ident())
        return super().read(size) or b""


@pytest.mark.parametrize("read", [read_watched_items, read_watched_ids, read_label_counts])
def test_no_other_thread_holds_the_file(read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of Arrow's that lets go of the file's bytes while Python ends aborts the process: none reads them."""
    path = made_run(tmp_path, "finished").path / "probe.parquet"
    monkeypatch.setattr(watched_items, "open_regular", Noting)
    monkeypatch.setattr(Noting, "threads", set())
    read(path)
    assert Noting.threads == {threading.get_ident()}
