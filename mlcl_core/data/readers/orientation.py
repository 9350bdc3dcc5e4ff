"""Which axis of a matrix counts the items: the one that features and labels have in common."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.tables.question import Choice, Question, QuestionError
from mlcl_core.errors import InputError
from mlcl_core.options import Param

ROWS, COLUMNS = "rows", "columns"
XItems = Annotated[
    Literal["", "rows", "columns"],
    Param("Where the features have their items: in rows or in columns; empty: where they fit the labels."),
]
YItems = Annotated[
    Literal["", "rows", "columns"],
    Param("Where the labels have their items: in rows or in columns; empty: where they fit the features."),
]


class Pair(NamedTuple):
    """The shapes of features and of their labels."""

    x: tuple[int, ...]
    y: tuple[int, ...]


class Orientation(NamedTuple):
    """Where the items are: ``rows`` or ``columns``."""

    x: str
    y: str


def orientation(
    pairs: Sequence[Pair], path: Path, names: tuple[str, str], x_items: str, y_items: str, *, rows_first: bool
) -> tuple[Orientation, tuple[str, ...]]:
    """Where the items of features and labels are, and what is to be said of it.

    Args:
        pairs: Of each part of the set; all of them have the same orientation.
        path: Named in errors.
        names: What features and labels are called there.
        x_items, y_items: As an option says; empty: the shapes decide.
        rows_first: Whether rows are taken without a question where they fit, whatever else would.

    Raises:
        InputError: A matrix without two axes, or no axes of the same length.
        QuestionError: Several readings fit.
    """
    for pair in pairs:
        for name, shape in zip(names, pair, strict=True):
            if len(shape) != 2:
                raise InputError(f"{path}: {name} has shape {list(shape)}; it must have two axes, rows and columns")
    fitting = [
        Orientation(x, y)
        for x, y in product((ROWS, COLUMNS), repeat=2)
        if x_items in ("", x) and y_items in ("", y) and _fits(pairs, x == ROWS, y == ROWS)
    ]
    x, y = names
    if not fitting:
        shapes = "; ".join(f"{x} is {_shape(pair.x)}, {y} is {_shape(pair.y)}" for pair in pairs)
        given = " as x_items and y_items say" if x_items or y_items else ""
        raise InputError(f"{path}: features and labels must have as many items{given}: {shapes}")
    plain = Orientation(ROWS, ROWS)
    if len(fitting) > 1 and not (rows_first and plain in fitting):
        choices = tuple(Choice(_reading(pairs[0], one), {"x_items": one.x, "y_items": one.y}) for one in fitting)
        both = f"{x} is {_shape(pairs[0].x)} and {y} is {_shape(pairs[0].y)}"
        raise QuestionError(path, (Question(f"{both}: where are the items?", choices),))
    found = plain if plain in fitting and rows_first else fitting[0]
    turned = [
        f"the items of {name} ({_shape(shape)}) are its columns"
        for name, where, shape in zip(names, found, pairs[0], strict=True)
        if where == COLUMNS
    ]
    return found, tuple(turned)


def upright(matrix: np.ndarray | csr_array, where: str) -> np.ndarray | csr_array:
    """A matrix with its items in rows."""
    if where == ROWS:
        return matrix
    return csr_array(matrix.T) if isinstance(matrix, csr_array) else matrix.T


def _fits(pairs: Sequence[Pair], x_rows: bool, y_rows: bool) -> bool:
    ax, ay = int(not x_rows), int(not y_rows)
    return (
        all(pair.x[ax] == pair.y[ay] for pair in pairs)
        and len({pair.x[1 - ax] for pair in pairs}) == 1
        and len({pair.y[1 - ay] for pair in pairs}) == 1
    )


def _reading(pair: Pair, one: Orientation) -> str:
    items = pair.x[0] if one.x == ROWS else pair.x[1]
    features = pair.x[1] if one.x == ROWS else pair.x[0]
    labels = pair.y[1] if one.y == ROWS else pair.y[0]
    where = f"in {one.x}" if one.x == one.y else f"in {one.x} of the features and {one.y} of the labels"
    return f"{items:,} items {where}, {features:,} features, {labels:,} labels"


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{length:,}" for length in shape)
