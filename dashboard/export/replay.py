"""A run as one HTML file that plays by itself: read here, made smaller until it fits, and what was left out is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np

from dashboard import loaders
from dashboard.access import without_folders
from dashboard.components.replay import replay_page
from dashboard.export.items import map_step
from dashboard.export.origin import origin
from dashboard.export.record import MAX_REPLAY_ITEMS
from dashboard.figures.anchor import most_informative_anchor
from dashboard.figures.cloud import CloudFrame, items_message, without_direction
from dashboard.figures.colourings.cardinality import by_label_count
from dashboard.figures.formatting import shortened
from dashboard.figures.replay import Replay, ReplayTable, relations_fit
from dashboard.figures.run_facts import run_facts
from dashboard.figures.strongest import StrongestPairs, strongest_pairs
from dashboard.figures.timeline import timeline_payload
from dashboard.parts.anchor.side import NO_FORCE
from dashboard.parts.cloud.cloud_view import map_title
from dashboard.parts.cloud.faithfulness import trust_words
from mlcl_core.engine.summary import main_settings
from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES
from mlcl_core.maps import FIRST_MAP
from mlcl_core.metrics import HEADLINE
from mlcl_core.runs.records import MapFrame, WatchedItems
from mlcl_core.runs.run import Run

MAX_BYTES = 6_000_000
STRONGEST = 10  # pulls, and pushes, of an item
MARKED = 2  # steps between the first and the last that have a table
TILES = (48, 32, 24, 16, 0)  # pixels of a picture's side, which runs keep in 48; 0: no pictures
FRAMES = (40, 20, 12)  # kept at least, before something else is left out
TEXTS = (280, 80)  # characters
UNTABLED = "The embeddings of no frame are kept, so there are no pulls and pushes to show."
PAIRLESS = "This run's loss compares no pairs of items, so there are no pulls and pushes to show."
MARKS = {"set": 0, "alarm": 1}  # kinds of marks whose steps have a table, those of lower numbers first


@dataclass(frozen=True)
class ReplayFile:
    """The file; the steps of its frames; what was made smaller or left out, in sentences."""

    html: bytes
    items: int
    steps: list[int]
    said: list[str]


@dataclass(frozen=True)
class _Read:
    """What is read of a run once, whatever is left out later."""

    run: Run
    map_name: str
    at: int
    watched: WatchedItems
    maps: list[MapFrame]
    tables: list[ReplayTable]
    unread: int


@dataclass(frozen=True)
class _Plan:
    """What a file holds."""

    tile: int
    frames: int
    characters: int
    strongest: int
    relations: bool


def replay(run: Run, step: int | None = None, map_name: str | None = None, *, at_most: int = MAX_BYTES) -> ReplayFile:
    """The run as a file that plays it.

    Args:
        run: The run.
        step: The step at which it opens; None: the last one with a map.
        map_name: The map that is played; None: the first.
        at_most: Bytes of the file. Pictures are made smaller first, then frames are left out evenly, texts shortened,
            pairs and colours left out; each of these is said.

    Raises:
        InputError: No such map, no map at the step, a damaged file, more than 20,000 items, or so many that no file of
            them fits.
    """
    name, count = map_name or FIRST_MAP, len(run.watched_items().ids)
    if count > MAX_REPLAY_ITEMS:
        raise InputError(
            f"a replay holds at most {MAX_REPLAY_ITEMS:,} items, and the run watches {count:,}: export a .parquet"
        )
    read = _read(run, name, map_step(run, name, step))
    items, content = cache(partial(_items, read)), cache(partial(_content, read))
    whole = None
    for plan in _plans(read):
        whole = whole or plan
        shared, found = items(plan.tile, plan.characters), content(plan.frames, plan.strongest, plan.relations)
        if 4 * (len(shared) + len(found.message())) / 3 > at_most:
            continue
        said = _left_out(read, plan, whole, len(found.frames))
        page = replay_page(f"{run.name} · replay", shared, replace(found, words=_words(read, said)).message()).encode()
        if len(page) <= at_most:
            return ReplayFile(page, len(read.watched.ids), [frame.step for frame in found.frames], said)
    raise InputError(
        f"a replay of {count:,} items takes more than {at_most / 1e6:g} MB, even without pictures and "
        "pairs; export a table (.parquet) instead"
    )


def _read(run: Run, name: str, at: int) -> _Read:
    watched, maps, unread = run.watched_items(), [], 0
    for step in run.map_steps(name):
        try:
            maps.append(run.map(name, step))
        except InputError:
            if step == at:
                raise
            unread += 1
    steps = [drawn.step for drawn in maps]
    return _Read(run, name, at, watched, maps, _tables(run, steps), unread)


def _tables(run: Run, steps: Sequence[int]) -> list[ReplayTable]:
    """The tables of the first and the last frame, and of up to two that are marked."""
    frames = sorted({*steps} & {*run.frame_steps()})
    if not frames:
        return []
    titles = {frames[0]: "It is the first frame.", frames[-1]: "It is the last frame."}
    events = loaders.events(run)
    marks = [
        mark for mark in timeline_payload(run.id, [], None, events, growing=False)["marks"] if mark["kind"] in MARKS
    ]
    for mark in sorted(marks, key=lambda mark: (MARKS[mark["kind"]], mark["step"])):
        step = next((one for one in frames if one >= mark["step"]), frames[-1])
        if step not in titles and len(titles) < 2 + MARKED:
            titles[step] = f"Marked there: {without_folders(mark['text'])}."
    return [_table(run, step, titles[step]) for step in sorted(titles)]


def _table(run: Run, step: int, title: str) -> ReplayTable:
    try:
        taken = loaders.as_batch(run, step)
        if taken is None:
            return ReplayTable(step, title, None, PAIRLESS)
        loss, z, labels, prototypes = taken
        return ReplayTable(step, title, strongest_pairs(loss, z, labels, prototypes, STRONGEST))
    except InputError as error:
        reason = shortened(without_folders(str(error)))
        return ReplayTable(step, title, None, f"The pairs of this step cannot be computed: {reason}.")


def _plans(read: _Read) -> Iterator[_Plan]:
    """What the file may hold, from all of it to the least."""
    tiles = TILES if read.watched.pictures else TILES[:1]
    plan = _Plan(tiles[0], len(read.maps), TEXTS[0], STRONGEST, relations_fit(read.watched.labels))
    yield plan
    for tile in tiles[1:3]:
        yield (plan := replace(plan, tile=tile))
    for fewest in FRAMES:
        while plan.frames > fewest:
            yield (plan := replace(plan, frames=max(fewest, int(0.75 * plan.frames))))
        if fewest == FRAMES[0]:
            for tile in tiles[3:]:
                yield (plan := replace(plan, tile=tile))
            yield (plan := replace(plan, characters=TEXTS[1]))
    for strongest in (5, 3):
        yield (plan := replace(plan, strongest=strongest))
    yield (plan := replace(plan, relations=False))
    yield replace(plan, strongest=0)


def _items(read: _Read, tile: int, characters: int) -> bytes:
    watched = read.watched
    texts = None if watched.texts is None else [_shortened(text, characters) for text in watched.texts]
    return items_message(
        ids=watched.ids,
        names=watched.names,
        labels=watched.labels,
        label_names=watched.label_names,
        pictures=watched.pictures if tile else None,
        texts=texts,
        tile=tile,
    )[1]


def _content(read: _Read, frames: int, strongest: int, relations: bool) -> Replay:
    watched, run = read.watched, read.run
    maps = _evenly(read.maps, frames, {read.at, *(table.step for table in read.tables)})
    steps = [drawn.step for drawn in maps]
    moved = [one for one in loaders.model_moved(run) if one[1] in steps]
    timeline = timeline_payload(
        run.id, steps, read.at, loaders.events(run), growing=False, moved=moved, headline=HEADLINE
    )
    for mark in timeline["marks"]:
        mark["text"] = without_folders(mark["text"])  # the file leaves this machine
    return Replay(
        frames=[_frame(read, drawn) for drawn in maps],
        trust=[trust_words(drawn.scores) for drawn in maps],
        tables=[_fewer(table, strongest) for table in read.tables],
        watched=watched,
        timeline=timeline,
        anchor=most_informative_anchor(watched.labels),
        words=_words(read, []),
        relations=relations,
    )


def _evenly(maps: Sequence[MapFrame], count: int, kept: set[int]) -> list[MapFrame]:
    """About ``count`` maps at even distances, among them the first, the last and those at the steps ``kept``."""
    if count >= len(maps):
        return list(maps)
    chosen = set(np.linspace(0, len(maps) - 1, count).round().astype(int).tolist())
    return [drawn for place, drawn in enumerate(maps) if place in chosen or drawn.step in kept]


def _frame(read: _Read, drawn: MapFrame) -> CloudFrame:
    title, n = map_title(read.map_name), len(drawn.ids)
    apart = "" if drawn.apart is None else f" · {without_direction(int(drawn.apart.sum()))}"
    return CloudFrame(
        drawn.xy,
        by_label_count(read.watched.labels),
        items="",  # the digest of the other message, known where the file is opened
        run=read.run.id,
        step=drawn.step,
        map_name=read.map_name,
        status=f"{title} · step {drawn.step:,}{apart}",
        alt=f"{title} map at step {drawn.step:,}, {n:,} items.",
        stars=drawn.prototypes,
        star_names=read.watched.label_names,
        apart=drawn.apart,
    )


def _fewer(table: ReplayTable, strongest: int) -> ReplayTable:
    pairs: StrongestPairs | None = table.pairs
    if pairs is None or strongest == STRONGEST:
        return table
    if not strongest:
        return replace(table, pairs=None, why="The pairs of so many items do not fit into this file.")
    return replace(table, pairs=pairs.first(strongest))


def _left_out(read: _Read, plan: _Plan, whole: _Plan, frames: int) -> list[str]:
    said = []
    if read.unread:
        said.append(f"{read.unread:,} damaged maps are left out.")
    if frames < len(read.maps):
        said.append(f"Of {len(read.maps):,} frames {frames:,} are in this file, at even distances.")
    if plan.tile != whole.tile:
        said.append(f"Pictures have {plan.tile} pixels a side." if plan.tile else "Pictures are left out.")
    if plan.characters != whole.characters and read.watched.texts:
        said.append(f"Texts are cut after {plan.characters} characters.")
    if plan.strongest != whole.strongest:
        kept = (
            f"{plan.strongest} pulls and {plan.strongest} pushes are" if plan.strongest else "no pulls and pushes are"
        )
        said.append(f"Of each item at most {kept} in this file.")
    if not plan.relations:
        said.append("Points are not coloured by relation: there are too many different label sets.")
    return said


def _words(read: _Read, said: Sequence[str]) -> dict[str, Any]:
    run = read.run
    config, told = run.config(), origin(run, None, read.map_name)
    record = LOSSES.get(config.loss.name)
    facts = run_facts(config, loaders.config_at(run, None), () if record is None else record.options)
    settings = {**main_settings(config), "data": facts[0].removeprefix("data ")}  # without the path of a file
    made = ", ".join(f"{name} {version}" for name, version in told["versions"].items())
    return {
        "title": run.name,
        "facts": facts,
        "notes": [
            *said,
            "Relations, weights, cosines and forces were computed by the Lab, by the functions that train, from the "
            "watched items taken as one batch; numbers have three digits.",
            "Points have one size here; in the app their size is the weight.",
            f"Run {run.id}, map {map_title(read.map_name)}; SHA-256 of its configuration {told['configuration']}.",
            f"Written with {made}.",
        ],
        "settings": list(settings.items()),
        "forceless": NO_FORCE,
        "untabled": UNTABLED,
    }


def _shortened(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[:characters]}…"  # line ends stay
