"""Formats of feature files. To add one: its file, one line in ``READERS``, its test."""

from mlcl_core.data.readers.npz import NPZ
from mlcl_core.data.readers.record import Reader, Vectors, existing

READERS: dict[str, Reader] = {reader.name: reader for reader in (NPZ,)}

__all__ = ["READERS", "Reader", "Vectors", "existing"]
