"""Messages to the cloud: "MLC1", the length of the header, a JSON header, then the arrays named in it."""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from dashboard.figures.payload import payload

MAGIC = b"MLC1"
TYPES = {"u1", "u2", "u4", "i4", "f4", "f8"}


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Pack a header and arrays into one message; arrays start at multiples of 8 bytes, as JavaScript needs.

    Raises:
        ValueError: An array type unknown to the browser side.
        TypeError, ValueError: A header that is no payload.
    """
    described: list[list[Any]] = []
    body = bytearray()
    for name, array in arrays.items():
        kind = array.dtype.str[1:]
        if kind not in TYPES:
            raise ValueError(f"array {name} has type {array.dtype}; it must be one of {sorted(TYPES)}")
        body += b"\0" * (-len(body) % 8)
        described.append([name, kind, array.size, len(body)])
        body += np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
    whole = payload({**header, "arrays": described}, "header")
    # a lone surrogate, which the name of a file may contain, has no encoding
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(errors="replace")
    text += b" " * (-len(text) % 8)
    return MAGIC + struct.pack("<I", len(text)) + text + bytes(body)


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a message back (for tests and exports).

    Raises:
        ValueError: Not such a message.
    """
    if message[:4] != MAGIC:
        raise ValueError("not a message of the cloud")
    start = 8 + struct.unpack("<I", message[4:8])[0]
    header = json.loads(message[8:start])
    arrays = {
        name: np.frombuffer(message, dtype=np.dtype(f"<{kind}"), count=count, offset=start + offset)
        for name, kind, count, offset in header["arrays"]
    }
    return header, arrays


def digest(*parts: Any) -> str:
    """A short hash of the parts: equal parts have equal digests."""
    found = hashlib.blake2b(digest_size=8)
    for part in parts:
        data = (
            part.tobytes() if isinstance(part, np.ndarray) else part if isinstance(part, bytes) else repr(part).encode()
        )
        found.update(struct.pack("<Q", len(data)))
        found.update(data)
    return found.hexdigest()
