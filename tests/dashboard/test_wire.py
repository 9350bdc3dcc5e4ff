"""The bytes of the cloud's messages."""

import numpy as np
import pytest

from dashboard.figures.wire import digest, pack, unpack


def test_round_trip() -> None:
    """Unpacking restores arrays and header, with text in any language."""
    arrays = {"a": np.arange(5, dtype=np.uint8), "b": np.array([1.5, -2.0]), "c": np.arange(3, dtype=np.uint16)}
    header, back = unpack(pack({"name": "Ünïcode <b> ✓", "n": 5}, arrays))
    assert header["name"] == "Ünïcode <b> ✓"
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)


@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "i4", "f4", "f8"])
@pytest.mark.parametrize("distinct", [1, 2, 3, 4, 5, 16, 17, 256, 257])
def test_few_values_take_little_room(kind: str, distinct: int) -> None:
    """Arrays come back exactly, whatever the number of values; up to 256 of them take at most a byte an element."""
    values = np.random.default_rng(distinct).permutation(256 if kind == "u1" else 5000)[:distinct] / (
        3 if kind == "f4" else 1
    )
    array = values.astype(kind)[np.arange(3001) * 7 % len(values)]
    message = pack({}, {"a": array, "b": np.arange(3, dtype=np.uint16)})
    _, back = unpack(message)
    np.testing.assert_array_equal(back["a"], array)
    assert back["a"].dtype == array.dtype
    np.testing.assert_array_equal(back["b"], [0, 1, 2])
    bits = next((bits for bits in (0, 1, 2, 4, 8) if distinct <= 1 << bits), 8 * array.itemsize)
    assert len(message) <= 3001 * bits / 8 + 24 * min(distinct, 256) + 200


def test_numbers_that_are_no_json_come_back() -> None:
    """NaN and infinite numbers, of which a list would not go into JSON."""
    array = np.array([np.nan, np.inf, 1.5] * 1000, dtype=np.float32)
    np.testing.assert_array_equal(unpack(pack({}, {"a": array}))[1]["a"], array)


def test_arrays_are_aligned() -> None:
    """Every array starts at a multiple of 8 bytes, so that a browser can view it in place."""
    message = pack(
        {"odd": "x"}, {"a": np.zeros(3, np.uint8), "b": np.zeros(2, np.float64), "c": np.zeros(1, np.uint16)}
    )
    start = 8 + int.from_bytes(message[4:8], "little")
    header, _ = unpack(message)
    assert start % 8 == 0
    assert all(array[3] % 8 == 0 for array in header["arrays"])


def test_unknown_type_is_refused() -> None:
    """An array type that JavaScript has no view for is an error here, not a blank canvas there."""
    with pytest.raises(ValueError, match="int64"):
        pack({}, {"a": np.arange(3)})


def test_foreign_bytes_are_refused() -> None:
    """Other bytes are refused."""
    with pytest.raises(ValueError, match="not a message"):
        unpack(b"something else")


def test_digest_tells_contents_apart() -> None:
    """Equal parts, equal digest; moving a byte from one part to the next changes it."""
    assert digest(b"ab", b"c") == digest(b"ab", b"c")
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    assert digest(np.arange(3)) != digest(np.arange(4))
