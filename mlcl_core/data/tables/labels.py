"""Which columns hold the labels."""

import re
from contextlib import suppress

import numpy as np

from mlcl_core.data.tables.cells import CellReading, look_at_cells
from mlcl_core.data.tables.draft import Draft, chosen, in_short, plain_name
from mlcl_core.data.tables.facts import (
    EMBEDDING,
    EMPTY,
    LISTS,
    NUMBER,
    OTHER,
    PICTURE,
    TEXT,
    WORD,
    ZERO_ONE,
    as_numbers,
)
from mlcl_core.data.tables.items import IS_ID, is_id
from mlcl_core.data.tables.options import NOT_ONE, names_as_option
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.rows import ANNOTATORS
from mlcl_core.data.tables.schema import LABEL
from mlcl_core.data.tables.schema import PICTURE as PICTURES
from mlcl_core.data.tables.schema import TEXT as TEXTS
from mlcl_core.errors import InputError

NAMED = (
    *("labels", "label", "tags", "tag", "genres", "genre", "classes", "class", "categories", "category"),
    *("topics", "topic", "label_names", "labelname", "finding labels", "finding_labels", "choices", "annotations"),
)
NUMBERED = re.compile(r"(?i)(label|tag|class|category|genre|topic)s?[ _.-]?\d+")
WHOLE = re.compile(r"-?\d{1,5}")
LIKELY = 0.5  # the strength of a reading from which a column without a telling name may hold the labels
MANY = 100  # columns of 0 and 1 that are asked about, where few numbers stand before them
FEW_NUMBERS = 0.1  # of the columns of 0 and 1


def take_told_labels(draft: Draft) -> None:
    """Give the role to the columns that the option or the format names."""
    path, text = draft.head.file.path, draft.options.labels
    kept = [name for name in draft.columns if name not in draft.roles]
    if text == NOT_ONE and NOT_ONE not in kept:
        return
    if text and text not in kept and WHOLE.fullmatch(text.strip()):
        draft.give(_at_an_end(draft, kept, int(text)), LABEL)
    elif text:
        draft.give(chosen(kept, text, "labels", path), LABEL)


def _at_an_end(draft: Draft, kept: list[str], count: int) -> list[str]:
    """The last columns, or the first ones for a negative number; names, ids and texts do not count."""
    kept = [name for name in kept if draft.facts[name].kind in (ZERO_ONE, NUMBER, EMPTY) and not is_id(draft, name)]
    if not 0 < abs(count) <= len(kept):
        raise draft.error(f"labels is {count}; it must name columns, or be 1 to {len(kept)} (-1 to -{len(kept)})")
    return kept[-count:] if count > 0 else kept[:-count]


def take_named_labels(draft: Draft) -> None:
    """Find label columns by their names: one of ``NAMED``, or several called label1, label2, ..."""
    if draft.of_role(LABEL) or draft.options.labels == NOT_ONE:
        return
    named = [
        name
        for name in draft.free
        if plain_name(name) in NAMED and draft.facts[name].kind not in (PICTURE, EMBEDDING, TEXT)
    ]
    # texts are no labels, unless the column is called so
    named += [name for name in draft.kinds(TEXT) if plain_name(name) in NAMED]
    if len(named) > 1:
        named = _of_several(draft, sorted(named, key=lambda name: NAMED.index(plain_name(name))))
    if named:
        draft.give(named, LABEL)
        return
    numbered = [name for name in draft.kinds(WORD, TEXT) if NUMBERED.fullmatch(name.strip())]
    if len(numbered) > 1:
        draft.give(numbered, LABEL)
        draft.cells |= dict.fromkeys(numbered, ("one", ""))
        draft.said.append(f"each of the columns {in_short(numbered)} holds one label of an item, or none")


def _of_several(draft: Draft, named: list[str]) -> list[str]:
    """The one of several columns called labels, tags, ... whose cells look like labels; else a question."""
    fitting = [name for name in named if _strength(draft, name) >= LIKELY]
    if len(fitting) > 1:
        _ask_which(draft, fitting)
    return (fitting or named)[:1]


def _strength(draft: Draft, name: str) -> float:
    if draft.facts[name].kind == ZERO_ONE:
        return LIKELY
    reading = _look(draft, name)
    return 0.0 if reading is None else reading.strength


def _look(draft: Draft, name: str) -> CellReading | None:
    if name not in draft.readings:
        draft.readings[name] = None
        with suppress(InputError):
            draft.readings[name] = look_at_cells(draft.facts[name].cells, name, classes=draft.classes_of(name))
    return draft.readings[name]


def _ask_which(draft: Draft, names: list[str]) -> None:
    choices = []
    for name in names[:4]:
        reading = _look(draft, name)
        how = f"the labels are in {name!r}" + (f", written as {reading.cell}" if reading is not None else "")
        choices.append(Choice(how, {"labels": name}))
    which = (
        f"which column holds the labels, {in_short(names)}?" if len(names) > 1 else f"are the labels in {names[0]!r}?"
    )
    draft.questions.append(Question(which, tuple(choices)))


def take_found_labels(draft: Draft) -> None:
    """Find label columns by their cells: columns of 0 and 1, else one whose cells repeat a few labels."""
    if draft.of_role(LABEL) or draft.options.labels == NOT_ONE:
        return
    beside = bool(draft.of_role(TEXTS) or draft.of_role(PICTURES) or draft.kinds(EMBEDDING))
    runs = _runs(draft)
    words = [name for name in draft.kinds(WORD, LISTS, OTHER) if not IS_ID.search(name)]
    # names of annotators repeat as labels do
    words = [name for name in words if plain_name(name) not in ANNOTATORS]
    listed = [name for name in words if _strength(draft, name) >= LIKELY]
    if beside and not runs and not listed:
        _ask_about_words(draft, words)
    elif beside:
        _beside_items(draft, runs, listed)
    elif runs:
        _among_numbers(draft, runs)
    elif listed:
        _one_of(draft, listed)


def _ask_about_words(draft: Draft, words: list[str]) -> None:
    """Columns of words that may be labels, and look as little like them as like names: which?"""
    weak = sorted((name for name in words if _strength(draft, name) > 0), key=lambda name: -_strength(draft, name))
    if weak:
        draft.give(weak[:1], LABEL)
        _ask_which(draft, weak)


def _runs(draft: Draft) -> list[list[str]]:
    """The columns of 0 and 1 that stand side by side; columns that have a role do not part them."""
    runs: list[list[str]] = [[]]
    for name in draft.free:
        kind = draft.facts[name].kind
        if kind == ZERO_ONE:
            runs[-1].append(name)
        elif kind in (NUMBER, EMBEDDING) or not runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _beside_items(draft: Draft, runs: list[list[str]], listed: list[str]) -> None:
    """Beside texts, pictures and embeddings, columns of 0 and 1 are labels; several of them before one of words."""
    several = max(map(len, runs), default=0) > 1
    single = [name for name in listed if several and (reading := _look(draft, name)) and reading.cell == "one"]
    if single:
        draft.said.append(
            f"{in_short(single)} not used: a word a cell, beside columns of 0 and 1 (labels=... names it)"
        )
        listed = [name for name in listed if name not in single]
    ways = [("columns of 0 and 1", run) for run in runs] + [("the lists", [name]) for name in listed]
    if len(ways) == 1:
        draft.give(ways[0][1], LABEL)
        if listed:
            draft.said.append(f"the labels are in {listed[0]!r}, whose cells repeat few labels")
        return
    draft.give(ways[-1][1] if runs and not listed else ways[0][1], LABEL)
    choices = [Choice(f"{how}: {in_short(names, 4)}", {"labels": names_as_option(names)}) for how, names in ways[-3:]]
    if len(runs) > 1:
        every = [name for run in runs for name in run]
        choices.insert(0, Choice(f"all {len(every)} columns of 0 and 1", {"labels": names_as_option(every)}))
    draft.questions.append(Question("which columns hold the labels?", tuple(choices)))


def _one_of(draft: Draft, listed: list[str]) -> None:
    """Labels in one column, beside numbers or nothing."""
    listed = sorted(listed, key=lambda name: -_strength(draft, name))
    draft.give(listed[:1], LABEL)
    if len(listed) > 1:
        _ask_which(draft, listed)
    else:
        draft.said.append(f"the labels are in {listed[0]!r}, whose cells repeat few labels")


def _among_numbers(draft: Draft, runs: list[list[str]]) -> None:
    """Among columns of numbers: those of 0 and 1 at the end, unless their border is open."""
    numbers = draft.kinds(NUMBER)
    last = runs[-1]
    every = [name for name in draft.free if draft.facts[name].kind in (NUMBER, ZERO_ONE)]
    if not numbers:
        _ask_border(draft, last, f"each of the {len(last):,} columns is 0 and 1: where do the labels begin?")
    elif every[-1] != last[-1]:
        draft.give(last, LABEL)
        choices = [
            Choice(f"{len(run)} labels: {in_short(run, 4)}", {"labels": names_as_option(run)}) for run in runs[-3:]
        ]
        text = f"the last column, {every[-1]!r}, is not 0 and 1: which columns are the labels?"
        other = Choice("another number of columns, the last ones", {"labels": str(len(every))})
        draft.questions.append(Question(text, (*choices, other)))
    elif len(last) > MANY and len(numbers) < FEW_NUMBERS * len(last):
        _ask_border(draft, last, f"the last {len(last):,} columns are 0 and 1: where do the labels begin?")
    else:
        draft.give(last, LABEL)
        draft.said.append(f"the labels are the columns of 0 and 1 at the end ({len(last):,}), from {last[0]!r} on")


def _ask_border(draft: Draft, run: list[str], text: str) -> None:
    if len(run) == 1:
        draft.give(run, LABEL)
        return
    count = _likely_border(draft, run)
    draft.give(run[-count:], LABEL)
    few, rest = in_short(run[-count:], 3), len(run) - count
    choices = (
        Choice(f"{count} labels at the end ({few}) and {rest} features (any number, or names)", {"labels": f"{count}"}),
        Choice(f"all {len(run)} are labels", {"labels": f"{len(run)}"}),
    )
    draft.questions.append(Question(text, choices))


def _likely_border(draft: Draft, run: list[str]) -> int:
    """How many columns at the end differ most, in their share of ones, from those before: a proposal, no more."""
    cells = (as_numbers(draft.facts[name].cells) for name in run)
    ones = np.array([0.5 if found is None else np.nanmean(found == 1) for found in cells])
    places = np.arange(1, len(run))
    before = np.cumsum(ones)[:-1] / places
    after = np.cumsum(ones[::-1])[::-1][1:] / (len(run) - places)
    between = places * (len(run) - places) * (before - after) ** 2
    return len(run) - int(places[int(between.argmax())])
