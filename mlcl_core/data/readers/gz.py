"""A file packed by gzip, unpacked in memory within the limits."""

import gzip
import zlib

from mlcl_core.data.limits import max_bytes, refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import first_line
from mlcl_core.data.readers.text_file import CHUNK, open_bytes
from mlcl_core.data.tables.head import TableFile
from mlcl_core.errors import InputError


def unpacked(file: TableFile) -> bytes:
    """The contents of a file packed by gzip; one that expands like no table is refused long before its end.

    Raises:
        InputError: A damaged or truncated file, or more bytes than its size allows.
    """
    parts, size = [], 0
    try:
        with open_bytes(file.path, file.raw) as packed, gzip.GzipFile(fileobj=packed) as opened:
            while part := opened.read(CHUNK):
                parts.append(part)
                size += len(part)
                # so that the size of what follows lends nothing to its beginning
                if size > max_bytes(begun := max(1, packed.tell())):
                    whole = size * max(file.size, begun) // begun
                    refuse_large(whole, file.size, f"{file.path} unpacks to about {whole:,} bytes")
                progress()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{file.path} is damaged or no gzip file: {first_line(error)}") from error
    return b"".join(parts)
