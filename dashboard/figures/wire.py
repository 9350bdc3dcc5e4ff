"""Messages to the cloud: "MLC2", the length of the header, a JSON header, then the arrays named in it.

Many numbers of points have few values: an array with at most 256 goes as a list of them and the place of each element
in it, of which a byte carries one, two, four or eight.
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from dashboard.figures.payload import payload

MAGIC = b"MLC2"
TYPES = {"u1", "u2", "u4", "i4", "f4", "f8"}
PALETTE_BITS = (1, 2, 4, 8)
MIN_PALETTE_ITEMS = 1_024  # shorter arrays are not worth a list


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Pack a header and arrays into one message; arrays start at multiples of 8 bytes, as JavaScript needs.

    Raises:
        ValueError: An array type unknown to the browser side.
        TypeError, ValueError: A header that is no payload.
    """
    described: list[list[Any]] = []
    body = bytearray()
    for name, array in ((name, array.ravel()) for name, array in arrays.items()):
        kind = array.dtype.str[1:]
        if kind not in TYPES:
            raise ValueError(f"array {name} has type {array.dtype}; it must be one of {sorted(TYPES)}")
        body += b"\0" * (-len(body) % 8)
        described.append([name, kind, array.size, len(body)])
        few = _palette(array)
        if few is not None:
            described[-1] += [few.tolist()]
            body += _in_palette(array, few)
        else:
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
    arrays = {}
    for name, kind, count, offset, *few in header["arrays"]:
        if few:
            arrays[name] = _out_of_palette(message[start + offset :], count, np.array(few[0], dtype=f"<{kind}"))
        else:
            arrays[name] = np.frombuffer(message, dtype=np.dtype(f"<{kind}"), count=count, offset=start + offset)
    return header, arrays


def _palette(array: np.ndarray) -> np.ndarray | None:
    """The values of an array, ascending; None where a list of them would save nothing, or has no place in JSON."""
    most = 1 << (PALETTE_BITS[-1] if array.itemsize > 1 else PALETTE_BITS[-2])
    if array.size < MIN_PALETTE_ITEMS or len(np.unique(array[:MIN_PALETTE_ITEMS])) > most:
        return None
    values = np.unique(array)
    return values if len(values) <= most and np.isfinite(values).all() else None


def _bits(palette: np.ndarray) -> int:
    """Bits of a place in a palette; 0: there is one value."""
    return 0 if len(palette) == 1 else next(bits for bits in PALETTE_BITS if len(palette) <= 1 << bits)


def _in_palette(array: np.ndarray, palette: np.ndarray) -> bytes:
    bits = _bits(palette)
    if not bits:
        return b""
    each = 8 // bits
    padded = np.zeros(-(-array.size // each) * each, dtype=np.uint8)
    padded[: array.size] = np.searchsorted(palette, array)
    packed = np.zeros(len(padded) // each, dtype=np.uint8)
    for place in range(each):
        packed |= padded[place::each] << (bits * place)
    return packed.tobytes()


def _out_of_palette(body: bytes, count: int, palette: np.ndarray) -> np.ndarray:
    bits = _bits(palette)
    if not bits:
        return np.full(count, palette[0])
    packed = np.frombuffer(body, dtype=np.uint8, count=-(-count * bits // 8))
    places = np.stack([packed >> (bits * place) & ((1 << bits) - 1) for place in range(8 // bits)], axis=1)
    return palette[places.ravel()[:count]]


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
