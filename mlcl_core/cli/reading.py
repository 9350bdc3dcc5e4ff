"""How far a file is read, on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm import tqdm

from mlcl_core.terminal import printable

if TYPE_CHECKING:
    from mlcl_core.data.reader_client import FileProgress

SECONDS = 2.0  # a file that is read by then shows nothing


@contextmanager
def reading_bar(*, hidden: bool) -> Iterator[None]:
    """Show on stderr how far files are read within the block, where that takes longer than ``SECONDS``.

    Args:
        hidden: Show nothing; nothing is shown either where stderr is no terminal.
    """
    from mlcl_core.data.reader_client import while_reading  # imports torch

    with tqdm(
        disable=hidden or None,
        delay=SECONDS,
        leave=False,
        dynamic_ncols=True,
        unit_scale=True,
        mininterval=0,
        miniters=0,
    ) as bar:

        def show(reading: "FileProgress") -> None:
            bar.set_description_str(f"reading {printable(reading.name)}", refresh=False)
            bar.unit = "B" if reading.unit == "bytes" else f" {reading.unit}"
            bar.total = reading.total or None
            bar.update(reading.done - bar.n)

        with while_reading(show):
            yield
