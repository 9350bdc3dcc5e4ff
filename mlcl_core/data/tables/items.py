"""Which columns hold the items: pictures, texts, embeddings or numbers; and their names, splits and groups."""

import re

import pyarrow as pa

from mlcl_core.data.readers.members import InArchive, InFolder
from mlcl_core.data.tables.draft import Draft, first_called, is_index, one
from mlcl_core.data.tables.facts import (
    DIFFERENT,
    EMBEDDING,
    LISTS,
    MOSTLY,
    NUMBER,
    OTHER,
    PICTURE,
    TEXT,
    WORD,
    ZERO_ONE,
    first_no_number,
    is_picture_cell,
    mostly,
)
from mlcl_core.data.tables.options import NOT_ONE
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.schema import FEATURE, GROUP, IGNORED, NAME, SPLIT
from mlcl_core.data.tables.schema import PICTURE as PICTURES
from mlcl_core.data.tables.schema import TEXT as TEXTS

TEXT_COLUMNS = (
    *("text", "sentence", "comment", "comment_text", "review", "abstract", "plot", "synopsis", "overview"),
    *("description", "summary", "body", "document", "content", "question", "utterance", "tweet", "message"),
)
PICTURE_COLUMNS = ("image", "picture", "img", "file_name", "filename", "file", "path")
NAME_COLUMNS = ("id", "name", "title", "item")
SPLIT_COLUMNS = ("split", "subset", "partition", "set", "fold")
SPLIT_WORDS = ("train", "training", "val", "valid", "validation", "dev", "test", "testing", "all")
IS_ID = re.compile(r"(?i)(^|[\s_.-])(id|ids|uuid|guid|index|key)$|[a-z](Id|ID)$|^imageid$")
TRIED = 10  # pictures that are looked for before a table counts as one of labels without items
FEW = 5  # columns of numbers, up to which a column of titles beside them may be the items


def take_told(draft: Draft) -> None:
    """Give the columns that options name their roles, and those that the format itself knows."""
    path, options = draft.head.file.path, draft.options
    from mlcl_core.data.tables.draft import chosen

    draft.give(chosen(draft.columns, options.ignore, "ignore", path), IGNORED)
    told = {}
    for option, role in (("text", TEXTS), ("picture", PICTURES), ("names", NAME), ("split", SPLIT), ("group", GROUP)):
        kept = [name for name in draft.columns if draft.roles.get(name) != IGNORED]
        found = one(kept, getattr(options, option), option, path)
        # a column of names may be the groups as well
        if found is not None and not (option == "group" and found in draft.roles):
            draft.give([found], role)
        told[role] = getattr(options, option) != ""
    if options.text not in ("", NOT_ONE) and options.picture not in ("", NOT_ONE):
        raise draft.error("options text and picture are both given; the items are either texts or pictures")
    for name, role in draft.head.roles.items():
        if name in draft.columns and name not in draft.roles and not told.get(role):
            draft.give([name], role)


def take_split(draft: Draft) -> None:
    """Find the column of splits by its name, where its cells are words of splits."""
    if draft.options.split or draft.of_role(SPLIT):
        return
    named = first_called(draft.free, SPLIT_COLUMNS[:1])
    if named is None:
        also = [name for name in draft.free if name.lower().strip() in SPLIT_COLUMNS[1:]]
        named = next((name for name in also if mostly(draft.facts[name].cells, _is_split_word)), None)
    if named is not None:
        draft.give([named], SPLIT)


def _is_split_word(cell: object) -> bool:
    return str(cell).strip().lower() in SPLIT_WORDS


def take_pictures(draft: Draft) -> None:
    """Find the column of pictures: the first with a name for them, else the first that holds them."""
    if draft.options.picture or draft.options.text not in ("", NOT_ONE) or draft.of_role(PICTURES):
        return
    if draft.of_role(TEXTS):
        return
    holding = [name for name in draft.kinds(PICTURE, OTHER) if mostly(draft.facts[name].cells, is_picture_cell)]
    found = first_called(holding, PICTURE_COLUMNS) or next(iter(holding), None)
    if found is not None:
        draft.give([found], PICTURES)


def take_names(draft: Draft) -> None:
    """Find the column of names: by its name, else an id whose cells are all different, else pandas' index."""
    index = [name for name in draft.columns if is_index(name) and name not in draft.roles]
    draft.give(index, IGNORED)
    if draft.options.names or draft.of_role(NAME):
        draft.give([name for name in draft.kinds(NUMBER, WORD) if is_id(draft, name)], IGNORED)
        return
    ids = [name for name in draft.kinds(NUMBER, WORD, TEXT) if is_id(draft, name)]
    found = first_called(draft.kinds(NUMBER, WORD, TEXT, ZERO_ONE), NAME_COLUMNS) or next(iter(ids), None)
    # a column of another kind may be called so: lists of names are no names
    if found is None and index and draft.facts[index[0]].kind in (NUMBER, WORD, TEXT, ZERO_ONE):
        found = index[0]
    if found is not None:
        draft.give([found], NAME)
    draft.give([name for name in ids if name != found], IGNORED)


def is_id(draft: Draft, name: str) -> bool:
    """Whether a column is called like an id and its cells are all different."""
    return bool(IS_ID.search(name)) and draft.facts[name].is_unique


def take_group(draft: Draft) -> None:
    """Find a column of ids that repeat, or one called group: items with equal cells are kept in one split."""
    if draft.options.group or draft.of_role(GROUP) or draft.of_role(SPLIT):
        return
    repeated = [
        name
        for name in draft.kinds(NUMBER, WORD)
        # what is the same in all rows groups none
        if (IS_ID.search(name) or name.lower().strip() == GROUP)
        and not draft.facts[name].is_unique
        and draft.facts[name].count > 1
    ]
    if repeated:
        draft.give(repeated[:1], GROUP)
        draft.said.append(
            f"items with the same {repeated[0]!r} fall into the same split (group=none: drawn one by one)"
        )


def take_text(draft: Draft) -> None:
    """Find the column of texts: by its name, else the longest of mostly different cells of four words or more."""
    if draft.options.text or draft.of_role(TEXTS) or draft.of_role(PICTURES):
        return
    if draft.options.picture not in ("", NOT_ONE):
        return
    called = first_called(draft.kinds(TEXT, WORD, ZERO_ONE), TEXT_COLUMNS)
    long = draft.kinds(TEXT)
    if called is None and long:
        called = max(long, key=lambda name: draft.facts[name].words)
        if len(long) > 1:
            draft.said.append(f"items are the texts in {called!r}, the longest ones (text=... names another column)")
    if called is not None:
        draft.give([called], TEXTS)


def take_title(draft: Draft) -> None:
    """Take the titles or names of items as their texts, where a table holds nothing else that could be items."""
    if draft.options.text or draft.of_role(TEXTS) or draft.of_role(PICTURES) or draft.kinds(EMBEDDING):
        return
    titles = [
        name
        for name in draft.columns
        if draft.roles.get(name, NAME) == NAME
        and name.lower() not in ("id", "name", "item")
        and draft.facts[name].kind in (WORD, TEXT)
        and draft.facts[name].words >= 1.5
        and draft.facts[name].different >= DIFFERENT
    ]
    numbers = draft.kinds(NUMBER)
    if not titles or len(numbers) >= FEW:
        return
    title = max(titles, key=lambda name: draft.facts[name].words)
    if numbers:
        named = f"the {len(numbers)} columns of numbers" if len(numbers) > 1 else f"the numbers in {numbers[0]!r}"
        draft.questions.append(
            Question(
                f"are the items the texts in {title!r} or {named}?",
                (
                    Choice(f"texts of {draft.facts[title].words:.1f} words on average", {"text": title}),
                    Choice(f"numbers: {', '.join(numbers[:3])}", {"text": NOT_ONE}),
                ),
                title,
            )
        )
        return
    draft.said.append(f"items are the texts in {title!r}, as there is no other column that could be items")
    draft.give([title], TEXTS)


def take_features(draft: Draft) -> None:
    """Make the numbers that are left the features; other columns are left out, and it is said which."""
    if draft.of_role(TEXTS) or draft.of_role(PICTURES):
        return
    embeddings = draft.kinds(EMBEDDING)
    if embeddings:
        draft.give(embeddings[:1], FEATURE)
        return
    words = draft.kinds(WORD, TEXT)
    for name in words:
        facts = draft.facts[name]
        if facts.numbers >= MOSTLY:
            row = first_no_number(facts.cells, draft.head.decimal or ".")
            cell = facts.cells[row].as_py()
            raise draft.error(
                f"column {name!r} holds text ({str(cell)[:60]!r} at row {row}), not numbers; leave out what is no "
                f"feature by the option ignore={_for_option(name)}, or name the labels by the option labels"
            )
    unique = [name for name in words if draft.facts[name].is_unique]
    if unique and not draft.options.names and not draft.of_role(NAME):
        draft.give(unique[:1], NAME)
        draft.said.append(f"column {unique[0]!r} holds the items' names: nearly all of its cells are different")
    # beside texts and pictures, columns of numbers are no items
    binary = draft.kinds(ZERO_ONE)
    numbers = draft.kinds(NUMBER, ZERO_ONE)
    if binary and len(numbers) > len(binary):
        draft.said.append(
            f"{_columns(binary)} of 0 and 1 {'is a feature' if len(binary) == 1 else 'are features'}, not labels: "
            f"{_few(binary)} (labels=... names labels)"
        )
    draft.give(numbers, FEATURE)
    if left := draft.kinds(WORD, TEXT, LISTS, OTHER, PICTURE):
        why = ", as features are numbers" if numbers else ""
        draft.said.append(f"{_columns(left)} not used{why}: {_few(left)}")


def missing_pictures(draft: Draft) -> str | None:
    """What is missing, where none of the first pictures that a table names is there; None where any is."""
    column = next(iter(draft.of_role(PICTURES)), None)
    if column is None or not pa.types.is_large_string(draft.facts[column].cells.type):
        return None
    names = [name for name in draft.facts[column].cells.slice(0, TRIED).to_pylist() if name]
    read = draft.head.file.reader_of_members
    # another kind of reader is asked when the pictures are read
    if not isinstance(read, InFolder | InArchive) or any(read.has(name) for name in names):
        return None
    return (
        f"none of the pictures that column {column!r} names, such as {names[0][:60]!r}, is beside it" if names else None
    )


def _for_option(name: str) -> str:
    return f'"{name}"' if "," in name else " ".join(name.split())


def _columns(names: list[str]) -> str:
    return f"{len(names):,} column{'s'[: len(names) != 1]}"


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
