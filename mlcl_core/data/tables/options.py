"""The options of every table, by which a schema is corrected: ``--set``, forms, ``FILE.schema.json``."""

import csv
from dataclasses import dataclass
from typing import Annotated, Literal

from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

DELIMITERS = (",", ";", "\t", "|")
TAB = ("tab", "\\t")
NOT_ONE = "none"  # for a column: there is none, also where one would be found
CHARACTERS = 20_000


def delimiter_of(text: str) -> str:
    """The delimiter that an option names: a tab for ``tab``, else the text itself; empty: to be found.

    Raises:
        InputError: The text is not one of the delimiters.
    """
    mark = "\t" if text in TAB else text
    if mark and mark not in DELIMITERS:
        raise InputError(f"delimiter is {text!r}; it must be one of , ; | tab, or empty to guess it from the header")
    return mark


def threshold_of(text: str) -> float | None:
    """The number that an option names; None where it is empty.

    Raises:
        InputError: The text is no number from 0 to 1.
    """
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 1:
        raise InputError(f"threshold is {text!r}; it must be a number from 0 to 1")
    return number


Encoding = Annotated[
    str,
    Param(
        "The encoding of the file; empty: UTF-8, or what a detector finds where the file is none, which is said.",
        max_length=40,
        examples=("utf-8", "cp1252", "shift_jis"),
    ),
]


@dataclass(frozen=True)
class TableOptions:
    """The options of a table; empty: what the file says, by the names and the cells of its columns."""

    labels: Annotated[
        str,
        Param(
            "Columns that hold labels: names separated by commas or a pattern such as label_*; a number k for the last "
            "k columns, -k for the first; one column may hold lists. Empty: what names and cells say.",
            max_length=CHARACTERS,
            examples=("sea,sun,fog", "label_*", "genres", "53"),
        ),
    ] = ""
    separator: Annotated[
        str,
        Param(
            "What separates the labels in a cell: any text, or tab; empty: what the cells say.",
            max_length=20,
            examples=(";", "|", ", "),
        ),
    ] = ""
    cell: Annotated[
        str,
        Param(
            "How label cells are written: one (a label), separated, list, vector (0 and 1) or zero_one (each column is "
            "a label); empty: what the cells say.",
            max_length=20,
            examples=("one", "list", "vector"),
        ),
    ] = ""
    unknown: Annotated[
        Literal["", "no", "yes", "drop_item"],
        Param("What an unknown cell (blank, NA, -1) among columns of 0 and 1 counts as; empty: a question."),
    ] = ""
    threshold: Annotated[
        str,
        Param(
            "From which number on a label is carried, where cells are fractions, confidences or shares of annotators.",
            max_length=20,
            examples=("0.5", "1"),
            validate=threshold_of,
        ),
    ] = ""
    no_label: Annotated[
        str,
        Param(
            "Words in label cells that mean no label, separated by commas; none: each word is a label. Empty: words "
            "such as No Finding that stand alone in their cells.",
            max_length=CHARACTERS,
            examples=("No Finding", "none"),
        ),
    ] = ""
    label_names: Annotated[
        str,
        Param(
            "A file beside the table that names the labels whose numbers cells hold: one a line, from 0 on, or a JSON "
            "list, or a JSON object of names by number.",
            max_length=1000,
            examples=("classes.txt", "id2label.json"),
        ),
    ] = ""
    rows: Annotated[
        Literal["", "item", "item_label", "annotator"],
        Param(
            "What one row is: an item, one label of an item (rows with the same name are joined), or the answer of one "
            "annotator for an item; empty: what names and cells say."
        ),
    ] = ""
    items: Annotated[
        str,
        Param(
            "A second table, beside the first or by its path, that holds the items of a table of names and labels.",
            max_length=1000,
            examples=("texts.csv",),
        ),
    ] = ""
    text: Annotated[
        str,
        Param(
            "The column of texts, where the items are texts; none: they are not. Empty: what names and cells say.",
            examples=("text", "plot"),
        ),
    ] = ""
    picture: Annotated[
        str,
        Param(
            "The column of pictures, where the items are pictures: names of files relative to the table, or encoded "
            "bytes; none: they are not. Empty: what names and cells say.",
            examples=("image", "file_name"),
        ),
    ] = ""
    names: Annotated[
        str,
        Param(
            "The column of the items' names; none: there is none. Empty: what names and cells say.", examples=("title",)
        ),
    ] = ""
    split: Annotated[
        str,
        Param(
            "The column that says train, validation or test; none: splits are drawn. Empty: what names and cells say.",
            examples=("split", "fold"),
        ),
    ] = ""
    group: Annotated[
        str,
        Param(
            "A column whose equal cells belong together (patient, author, film): where splits are drawn, items of a "
            "group fall into the same one; none: there is none. Empty: what names and cells say.",
            examples=("patient", "author"),
        ),
    ] = ""
    ignore: Annotated[
        str,
        Param(
            "Columns to leave out: names separated by commas, or patterns.",
            max_length=CHARACTERS,
            examples=("year,director", "meta_*"),
        ),
    ] = ""


@dataclass(frozen=True)
class TextFileOptions(TableOptions):
    """The options of a table in a text file."""

    delimiter: Annotated[
        str,
        Param(
            "What separates columns: , ; | or tab; empty: guessed from the header.",
            max_length=3,
            examples=(",", ";", "tab"),
            validate=delimiter_of,
        ),
    ] = ""
    decimal: Annotated[Literal["", ".", ","], Param("The decimal mark of numbers; empty: what the cells say.")] = ""
    encoding: Encoding = ""
    header: Annotated[
        Literal["", "yes", "no"],
        Param("Whether the first row holds the names of the columns; empty: what it looks like."),
    ] = ""


TABLE_PARAMS = declared_options(TableOptions)
TEXT_FILE_PARAMS = declared_options(TextFileOptions)


def listed(text: str) -> list[str]:
    """Names in an option, separated by commas or line breaks; a name with commas stands in double quotes."""
    parts = next(csv.reader([",".join(text.splitlines())], skipinitialspace=True), [])
    return [part.strip() for part in parts if part.strip()]


def names_as_option(names: tuple[str, ...] | list[str]) -> str:
    """Names in the form that an option takes."""
    if len(names) == 1:
        return names[0]
    quoted = ['"' + name.replace('"', '""') + '"' if any(mark in name for mark in ',"\n\r') else name for name in names]
    return ",".join(quoted)
