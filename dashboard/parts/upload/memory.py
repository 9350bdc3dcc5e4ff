"""Memory of large files, given back to the system as soon as it is free."""

import ctypes
from contextlib import suppress
from functools import cache
from typing import Any

import pyarrow as pa

LARGE = 1 << 20  # bytes of a block that is mapped, and unmapped, by itself
MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD in glibc's malloc.h


@cache
def map_large_blocks() -> None:
    """Let glibc map every large block by itself.

    Its own limit grows to 32 MB with the first large blocks that are freed. Arrays then lie in the heaps of threads,
    between small blocks that live on: of six files of 90 MB, 245 MB stayed behind although all was freed.
    """
    if (library := _glibc()) is not None:
        library.mallopt(MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Give freed memory back, which allocators otherwise keep for the next file."""
    pa.default_memory_pool().release_unused()
    if (library := _glibc()) is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> Any:
    """The C library where it is glibc; others need neither, or have other means."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        return library if library.mallopt and library.malloc_trim else None
    return None
