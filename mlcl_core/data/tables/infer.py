"""The schema of a table, inferred once from its first rows and from what options tell."""

from mlcl_core.data.tables.cells import (
    CellReading,
    LabelCells,
    look_at_cells,
    no_label_words,
    read_cells,
    read_zero_one,
)
from mlcl_core.data.tables.class_names import class_names_in
from mlcl_core.data.tables.draft import Draft, check_columns, in_short, is_index
from mlcl_core.data.tables.facts import EMPTY, LISTS, NUMBER, ZERO_ONE
from mlcl_core.data.tables.head import TableHead
from mlcl_core.data.tables.items import (
    missing_pictures,
    take_features,
    take_group,
    take_names,
    take_pictures,
    take_split,
    take_text,
    take_title,
    take_told,
)
from mlcl_core.data.tables.labels import take_found_labels, take_named_labels, take_told_labels
from mlcl_core.data.tables.options import NOT_ONE, TableOptions, listed, threshold_of
from mlcl_core.data.tables.rows import take_rows
from mlcl_core.data.tables.schema import FEATURE, IGNORED, LABEL, PICTURE, TEXT, TableSchema
from mlcl_core.data.tables.unknown import ask_unknown
from mlcl_core.errors import InputError


def infer_schema(head: TableHead, hints: TableOptions) -> TableSchema:
    """Infer what each column of a table is.

    What ``hints`` tell is taken as it is; then what the format itself knows; then the names of columns decide (text,
    labels, id, split, ...); then their cells. Where two readings are left, the schema has a question, and its columns
    are those of the likelier one.

    Args:
        head: The first rows.
        hints: The options of the table; empty ones are inferred.

    Edge cases:
        A column that is wholly empty has no role. An index saved by pandas holds the names of the items, unless another
        column does. No label column is found: the schema has none, and :func:`loaded_from_table` refuses the table.

    Raises:
        InputError: No rows, a repeated name of a column, a name or a pattern in an option that matches no column, both
            texts and pictures, a column of numbers in which a cell is none.
    """
    return inferred(head, hints)[0]


def inferred(head: TableHead, hints: TableOptions) -> tuple[TableSchema, dict[str, str]]:
    """As :func:`infer_schema`, and what the cells of each column are, whatever its role."""
    check_columns(head.table.column_names, head.file.path)
    if not head.table.num_rows:
        raise no_rows_error(head.file.path)
    told = class_names_in(hints.label_names, head.file)
    draft = Draft(head, hints, said=list(head.said), questions=list(head.questions), class_names=told)
    take_told(draft)
    take_told_labels(draft)
    _leave_out_empty(draft)
    take_split(draft)
    take_named_labels(draft)
    take_pictures(draft)
    take_names(draft)
    take_text(draft)
    take_found_labels(draft)
    rows, key = take_rows(draft)
    if rows == "item":
        take_group(draft)
        take_title(draft)
    take_features(draft)
    kind, missing = _kind(draft)
    _read_label_cells(draft)
    unknown = ask_unknown(draft)
    schema = TableSchema(
        head.format,
        draft.as_columns(),
        kind,
        rows,
        head.encoding,
        head.delimiter,
        head.decimal,
        head.header,
        unknown,
        threshold_of(hints.threshold),
        _no_label(draft),
        dict.fromkeys(draft.of_role(LABEL), told) if told else head.classes,
        key,
        hints.labels == NOT_ONE,
        missing,
        tuple(dict.fromkeys(draft.said)),
        tuple(draft.questions),
        head.place,
    )
    return schema, {name: facts.kind for name, facts in draft.facts.items()}


def no_rows_error(path: object) -> InputError:
    """The error for columns without rows."""
    return InputError(f"{path} names columns but has no rows; one row for each item is needed")


def _leave_out_empty(draft: Draft) -> None:
    empty = [name for name in draft.columns if draft.facts[name].kind == EMPTY and name not in draft.roles]
    draft.give(empty, IGNORED)
    nameless = [name for name in empty if is_index(name) or name.startswith("Unnamed: ")]
    named = [name for name in empty if name not in nameless]
    if nameless:
        draft.said.append("a column without a name is empty and counts for nothing")
    if named:
        draft.said.append(f"{len(named)} empty column{'s'[: len(named) != 1]} not used: {in_short(named, 5)}")


def _kind(draft: Draft) -> tuple[str, str]:
    """The kind of the items, and what is missing where there are none."""
    if draft.options.items:
        # the other table says what they are
        return "labels_only", ""
    missing = missing_pictures(draft)
    if missing is not None:
        return "labels_only", missing
    for role, kind in ((PICTURE, "picture"), (TEXT, "text"), (FEATURE, "features")):
        if draft.of_role(role):
            return kind, ""
    return "labels_only", "no column holds items: texts, pictures or numbers (items=FILE joins a table of them)"


def _read_label_cells(draft: Draft) -> None:
    """Find how the cells of each label column are written."""
    labels = draft.of_role(LABEL)
    options = draft.options
    for name in labels:
        facts = draft.facts[name]
        fractions = facts.kind == NUMBER and (len(labels) > 1 or options.threshold != "")
        alone = (facts.kind == ZERO_ONE or fractions) and options.cell in ("", "zero_one") and not options.separator
        if name in draft.cells or alone:
            draft.cells.setdefault(name, ("zero_one", ""))
            continue
        classes = draft.classes_of(name)
        # numbers of classes are no vectors of 0 and 1
        known = "arrow_list" if classes and facts.kind == LISTS else ""
        cell = options.cell or draft.head.cells.get(name, known)
        try:
            reading = look_at_cells(facts.cells, name, cell=cell, separator=options.separator, classes=classes)
        except InputError as error:
            raise draft.error(str(error)) from None
        if reading is None:
            raise draft.error(
                f"column {name!r} holds {facts.cells.type} ({facts.kind}), no labels; name the columns of labels in "
                "the option labels"
            )
        draft.cells[name] = (reading.cell, reading.separator)
        # what the format itself knows is no guess
        draft.said += () if name in draft.head.cells else reading.said
        draft.questions += reading.questions


def _no_label(draft: Draft) -> tuple[str, ...]:
    """The words that mean no label: told, or found standing alone in cells, or as a column of their own."""
    told = draft.options.no_label
    if told:
        return () if told == NOT_ONE else tuple(listed(told))
    found: list[str] = []
    path, together = draft.head.file.path, [name for name in draft.of_role(LABEL) if draft.cells[name][0] == "zero_one"]
    for name in draft.of_role(LABEL):
        if name not in together and not draft.questions:
            cell, separator = draft.cells[name]
            reading, classes = CellReading(cell, separator), draft.classes_of(name)
            found += no_label_words(read_cells(draft.facts[name].cells, name, reading, path, classes=classes))
    if together and not draft.questions:
        ones = read_zero_one(
            [draft.facts[name].cells for name in together],
            together,
            path,
            unknown=draft.options.unknown,
            threshold=threshold_of(draft.options.threshold),
        )
        found += no_label_words(LabelCells(ones.y, tuple(together)))
    words = tuple(dict.fromkeys(found))
    if words:
        draft.said.append(f"{in_short([repr(word) for word in words])} counts as no label (no_label=none: as a label)")
    return words
