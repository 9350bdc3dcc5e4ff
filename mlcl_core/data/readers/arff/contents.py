"""The rows of an .arff as items and labels: which attributes name the items, which are features of 0 and 1."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack

from mlcl_core.data.limits import MAX_COLUMNS, refuse_large
from mlcl_core.data.readers.arff.grammar import Attribute, shown
from mlcl_core.data.readers.arff.rows import Values
from mlcl_core.data.readers.named import listed
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.tables.options import NOT_ONE
from mlcl_core.data.tables.schema import FEATURE, IGNORED, LABEL, NAME, TEXT, Column, TableSchema
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError

DIFFERENT = 0.9  # share of the rows from which an attribute's values are names
NAMED_ROWS = 10  # fewer rows have different values by chance
WORDS = 4  # on average: texts rather than names
NAMES = ("id", "name", "title", "item", "instance", "instance_id", "item_id", "index")


@dataclass(frozen=True)
class Table:
    """What was read of a file.

    Args:
        attributes: As declared.
        labels: The names of those that are labels.
        ignored: The names of those that were not read.
        values: Of all rows.
        path: Named in errors.
        format: A key of ``READERS``.
    """

    attributes: list[Attribute]
    labels: set[str]
    ignored: set[str]
    values: Values
    path: Path
    format: str = "arff"

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.values.numbers.shape[0])

    def places(self, of_labels: bool) -> list[int]:
        """The places of the labels, or of all others that were read."""
        return [
            at
            for at, one in enumerate(self.attributes)
            if (one.name in self.labels) == of_labels and one.name not in self.ignored
        ]


def loaded_from(table: Table, names: str, said: tuple[str, ...]) -> LoadedData:
    """Items and labels; NaN is a label that is not known.

    Args:
        table: The rows.
        names: The attribute that names the items; empty: one whose values are nearly all different, if there is one;
            none: there is none.
        said: What is said already.

    Raises:
        InputError: A label of other words than two that mean yes and no, attributes of texts that name no items, no
            such attribute, features that take more bytes than the file could hold, more than 100,000 columns.
    """
    y, label_names = _labels(table)
    others = table.places(of_labels=False)
    name_at, unused, more = _names(table, others, names)
    texts = [at for at in others if at not in unused and at != name_at and table.attributes[at].is_text]
    features = [at for at in others if at not in unused and at != name_at and at not in texts]
    said += more
    if table.values.weighted or any(one.weighted for one in table.attributes):
        said += ("the file has weights, which are left out: every item and attribute counts the same",)
    x: np.ndarray | csr_array | Texts
    feature_names: tuple[str, ...] | None
    text_at = next((at for at in [*texts, *([] if name_at is None else [name_at])] if _is_prose(table, at)), None)
    if not features and text_at is not None and texts in ([], [text_at]):
        x, feature_names, name_at = Texts.of(_words(table, text_at)), None, name_at if name_at != text_at else None
        said = tuple(one for one in said if one not in more)
        said += (f"attribute {_name(table, text_at)} holds the texts of the items",)
    else:
        if texts:
            raise _texts_in_the_way(table, texts[0])
        x, feature_names = _features(table, features)
    return LoadedData(
        x,
        y,
        feature_names=feature_names,
        label_names=label_names,
        item_names=None if name_at is None else tuple(_words(table, name_at)),
        said=said,
        schema=_schema(table, name_at, text_at if isinstance(x, Texts) else None, set(features)),
    )


def _schema(table: Table, name_at: int | None, text_at: int | None, features: set[int]) -> dict[str, Any]:
    """What each attribute was taken for."""

    def column(at: int, attribute: Attribute) -> Column:
        if attribute.name in table.labels:
            return Column(attribute.name, LABEL, "zero_one")
        if at == name_at:
            return Column(attribute.name, NAME)
        if at == text_at:
            return Column(attribute.name, TEXT)
        cell = "text" if attribute.is_text else "number" if attribute.codes is None else "word"
        return Column(attribute.name, FEATURE if at in features else IGNORED, cell)

    columns = tuple(column(at, attribute) for at, attribute in enumerate(table.attributes))
    kind = "features" if text_at is None else "text"
    return TableSchema(table.format, columns, kind=kind, encoding="utf-8", delimiter=",", decimal=".").plain()


def binary_attributes(table: Table) -> list[bool]:
    """Which of the attributes that were read hold 0 and 1 only, or words that mean no and yes."""

    def is_binary(at: int, one: Attribute) -> bool:
        if one.is_text or one.codes is not None:
            return one.yes_and_no is not None
        numbers = table.values.column(at)
        return bool((np.isin(numbers, (0, 1)) | np.isnan(numbers)).all())

    kept = ((at, one) for at, one in enumerate(table.attributes) if one.name not in table.ignored)
    return [is_binary(at, one) for at, one in kept]


def _labels(table: Table) -> tuple[csr_array, tuple[str, ...]]:
    places = table.places(of_labels=True)
    numbers = csc_array(table.values.numbers[:, places])
    columns = []
    for place, at in enumerate(places):
        attribute = table.attributes[at]
        column = numbers[:, [place]]
        if attribute.codes is not None or attribute.is_text:
            says = attribute.yes_and_no
            if says is None:
                values = shown(", ".join(attribute.codes or ["texts"]))
                raise InputError(
                    f"{table.path}: label {shown(attribute.name)} has the values {values}; a label must have 0 and 1, "
                    "or two words such as no and yes"
                )
            column = _translated(column, says)
        columns.append(column)
    y = hstack(columns, format="csr") if columns else csr_array((table.rows, 0))
    return csr_array(y), tuple(table.attributes[at].name for at in places)


def _translated(column: csc_array, says: np.ndarray) -> csc_array:
    """A column of codes as what each code says; NaN stays."""
    if says[0] == 0:
        known = ~np.isnan(column.data)
        data = column.data.copy()
        data[known] = says[data[known].astype(int)]
        return csc_array((data, column.indices, column.indptr), shape=column.shape)
    dense = column.toarray().ravel()
    known = ~np.isnan(dense)
    dense[known] = says[dense[known].astype(int)]
    return csc_array(dense[:, None])


def _names(table: Table, others: list[int], asked: str) -> tuple[int | None, set[int], tuple[str, ...]]:
    """The attribute that names the items, those that would name them too, and what is said of them."""
    if asked == NOT_ONE and NOT_ONE not in [one.name for one in table.attributes]:
        return None, set(), ()
    if asked:
        found = [at for at in others if table.attributes[at].name == asked]
        if not found:
            there = listed([table.attributes[at].name for at in others])
            raise InputError(f"{table.path} has no attribute {shown(asked)} (option names); there are {there}")
        return found[0], set(), ()
    different = {at: count for at in others if (count := _different(table, at)) >= DIFFERENT * table.rows}
    if table.rows < NAMED_ROWS or not different:
        return None, set(), ()
    first, *rest = different
    said = [
        f"attribute {_name(table, first)} has {different[first]:,} different values in {table.rows:,} rows: it names "
        "the items and is no feature"
    ]
    if rest:
        left = listed([table.attributes[at].name for at in rest])
        said.append(f"nearly all values of {left} are different too: left out of the features")
    return first, set(rest), tuple(said)


def _different(table: Table, at: int) -> int:
    """How many different values an attribute has that may name the items; 0 where it may not."""
    attribute = table.attributes[at]
    if attribute.is_zero_or_one or (attribute.codes is not None and len(attribute.codes) < DIFFERENT * table.rows):
        return 0
    if attribute.is_text or attribute.codes is not None:
        return len(np.unique(table.values.column(at)))
    if attribute.name.casefold() not in NAMES:
        return 0
    numbers = table.values.column(at)
    distinct = len(np.unique(numbers))
    return distinct if distinct == len(numbers) and not (numbers % 1).any() else 0


def _words(table: Table, at: int) -> list[str]:
    """The values of an attribute as written."""
    numbers = table.values.column(at)
    attribute = table.attributes[at]
    if attribute.is_text or attribute.codes is not None:
        known = table.values.texts[at] if attribute.is_text else list(attribute.codes or ())
        return [known[code] for code in numbers.astype(int).tolist()]
    return [f"{number:.17g}" for number in numbers.tolist()]


def _is_prose(table: Table, at: int) -> bool:
    texts = table.values.texts.get(at, [])[1:]
    return bool(texts) and sum(len(text.split()) for text in texts) >= WORDS * len(texts)


def _texts_in_the_way(table: Table, at: int) -> InputError:
    different = len(table.values.texts[at])
    return InputError(
        f"{table.path}: attribute {_name(table, at)} holds texts or dates ({different - 1:,} different ones in "
        f"{table.rows:,} rows), which are no features; give ignore={table.attributes[at].name} to leave it out, or "
        f"names={table.attributes[at].name}"
    )


def _name(table: Table, at: int) -> str:
    return shown(table.attributes[at].name)


def _features(table: Table, places: list[int]) -> tuple[np.ndarray | csr_array, tuple[str, ...]]:
    """The features: numbers, 0 and 1 as they are, and a column of 0 and 1 for each value of any other attribute.

    They are sparse where the rows of the file are.
    """
    chosen = [table.attributes[at] for at in places]
    wide = [attribute.codes is not None and not attribute.is_zero_or_one for attribute in chosen]
    names = [
        name
        for attribute, spread in zip(chosen, wide, strict=True)
        for name in ([f"{attribute.name}={value}" for value in attribute.codes or ()] if spread else [attribute.name])
    ]
    if len(names) > MAX_COLUMNS:
        raise InputError(
            f"{table.path} has more than {MAX_COLUMNS:,} columns (attributes, and values of nominal ones); at most "
            f"{MAX_COLUMNS:,} can be read; ignore leaves attributes out"
        )
    numbers = table.values.numbers
    if isinstance(numbers, np.ndarray):
        needed, held = 8 * table.rows * len(names), "which are held dense"
    else:  # each row has one value of every attribute that is not a number
        needed, held = 16 * (numbers.nnz + table.rows * sum(wide)), "of which the values other than 0 are held"
    claim = f"{table.path} holds {table.rows:,} rows x {len(names):,} columns, {held}"
    refuse_large(needed, table.path.stat().st_size, claim)
    blocks = [_block(table, run) for run in _runs(table, places)] or [np.empty((table.rows, 0))]
    if isinstance(numbers, np.ndarray):
        return np.hstack([one if isinstance(one, np.ndarray) else one.toarray() for one in blocks]), tuple(names)
    return csr_array(hstack(list(map(csr_array, blocks)), format="csr")), tuple(names)


def _runs(table: Table, places: list[int]) -> list[list[int]]:
    """The attributes in their order: those that are kept as they are together, every other by itself."""
    runs: list[list[int]] = []
    for at in places:
        if runs and table.attributes[at].is_plain_number and table.attributes[runs[-1][-1]].is_plain_number:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _block(table: Table, places: list[int]) -> csr_array | np.ndarray:
    """The columns that attributes of one run give."""
    attribute = table.attributes[places[0]]
    if attribute.is_plain_number:
        return table.values.numbers[:, places]
    codes = table.values.column(places[0]).astype(int)
    if attribute.is_zero_or_one:  # {1,0}: the first code stands for 1
        return np.array([float(text) for text in attribute.codes or ()])[codes][:, None]
    shape = (table.rows, len(attribute.codes or ()))
    return csr_array((np.ones(table.rows), (np.arange(table.rows), codes)), shape=shape)
