"""Kinds of Arrow types, as tables need them."""

import pyarrow as pa
import pyarrow.compute as pc


def is_text(kind: pa.DataType) -> bool:
    """Whether cells are texts; bytes may be texts too, unless they are pictures."""
    types = pa.types
    tests = (types.is_string, types.is_large_string, types.is_string_view, types.is_binary, types.is_large_binary)
    return any(test(kind) for test in tests)


def is_bytes(kind: pa.DataType) -> bool:
    """Whether cells are bytes."""
    types = pa.types
    tests = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
    return any(test(kind) for test in tests)


def is_number(kind: pa.DataType) -> bool:
    """Whether cells are numbers, or true and false."""
    types = pa.types
    return any(test(kind) for test in (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal))


def is_list(kind: pa.DataType) -> bool:
    """Whether cells are lists of any of Arrow's layouts."""
    types = pa.types
    tests = (types.is_list, types.is_large_list, types.is_fixed_size_list, types.is_list_view, types.is_large_list_view)
    return any(test(kind) for test in tests)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the cells of a column with or without dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def undictionaried(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without dictionary."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def list_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The entries of all lists of a column, one after another."""
    if isinstance(column, pa.ChunkedArray) and not column.num_chunks:
        return pa.chunked_array([], column.type.value_type)
    return pc.list_flatten(column)
