"""A cache by file: a value is kept for as long as the file that it was read from stays the same."""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from mlcl_core.runs.run import Run

P = ParamSpec("P")
T = TypeVar("T")


def cached_by_file(
    file_of: Callable[P, Path | int], *, entries: int, spinner: str | bool | None = None
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep the values of a function until the file behind them is written again.

    Args:
        file_of: Takes the same arguments; returns the file, or a number that changes with the data.
        entries: The values kept at most; the least recently used goes first.
        spinner: None: ``functools.lru_cache``, for what is asked for at every look (Streamlit's own cache takes a
            third of a millisecond to find a value). Else Streamlit's cache, which computes a value once even when
            several sessions ask for it, and shows this text meanwhile (False: nothing).

    The arguments are positional and hashable; a :class:`Run` in the first place counts by its path.
    """

    def decorate(read: Callable[P, T]) -> Callable[P, T]:
        read_any: Callable[..., T] = read

        def compute(first: Any, is_run: bool, others: tuple[Any, ...], stamp: int) -> T:
            return read_any(Run(Path(first)) if is_run else first, *others)

        # Streamlit tells functions apart by their names
        compute.__module__, compute.__qualname__ = read.__module__, read.__qualname__
        cached: Callable[..., T]
        if spinner is None:
            cached = lru_cache(maxsize=entries)(compute)
        else:
            cached = st.cache_resource(max_entries=entries, show_spinner=spinner)(compute)

        @wraps(read)
        def look_up(*arguments: P.args, **named: P.kwargs) -> T:
            file = file_of(*arguments, **named)
            first, *others = arguments
            is_run = isinstance(first, Run)
            name = str(first.path) if isinstance(first, Run) else first
            return cached(name, is_run, tuple(others), file if isinstance(file, int) else written_at(file))

        return look_up

    return decorate


def written_at(path: Path) -> int:
    """When a file was last written, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
