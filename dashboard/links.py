"""Every view has a link: the page, and the parameters below.

A link is restored before a page is drawn, in the first run of a session and after Back or Forward. The address follows
the view and holds what differs from the default, beside the run. What a link names and what is not there costs one
sentence under the run bar; the rest of the link holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import loaders, selection, state, warm
from dashboard.access import PARAMETER
from dashboard.figures.colourings import COLOURINGS
from dashboard.figures.formatting import shortened
from dashboard.figures.id_ranges import id_ranges, ids_of, is_ranges
from dashboard.figures.map_names import offered_maps
from dashboard.parts.cloud.colour_choice import choice_key, colour_in_words, take_colour
from dashboard.parts.frame.current import choose_run, current_run, follows, look_at
from dashboard.parts.learn.lesson_state import card_view, end_lesson, in_lesson, place_of_card
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.run import Run

MAX_LENGTH = 4_000  # characters of a value: 200 item ids with seven digits are 1,600
MAX_ITEMS = 200  # ids in a link; more are a named selection of the run
NONE = "none"  # a selection of no item
MAX_SHOWN = 60  # characters of a value in a sentence
MAX_PROBLEMS = 6
LIVE = "live"
QUIZZES = ("before", "after", "answers")
EMBEDDING = ("embed", "embed_options")  # Streamlit's own parameters


@dataclass(frozen=True)
class Parameter:
    """One parameter of a link.

    Attributes:
        name: In the address.
        written: Its value for the view of this session; empty: the default.
        take: Puts a value of a link into the session; an empty one after Back or Forward: the default. Raises
            InputError with a sentence about a value that cannot be shown.
        pages: The pages that it belongs to; empty: all.
        of_a_run: Whether its values belong to the run of the link.
    """

    name: str
    written: Callable[[], str]
    take: Callable[[str], None]
    pages: frozenset[str] = frozenset()
    of_a_run: bool = False

    def is_on(self, page: str) -> bool:
        """Whether links of a page have it."""
        return not self.pages or page in self.pages


# ---- lesson and card


def _lesson_written() -> str:
    return str(state.get(state.LESSON, ""))


def _take_lesson(text: str) -> None:
    if not text:
        end_lesson()
        return
    warm.wait()  # opening a card names the methods of the engine
    from dashboard.lessons import LESSONS
    from dashboard.parts.learn.opening import show_lesson

    if text not in LESSONS:
        raise InputError(f"there is no lesson {_quoted(text)}")
    if st.session_state.get(state.LESSON) != text:
        show_lesson(text, 0)


def _card_written() -> str:
    place = state.get(state.CARD, 0)
    return str(int(str(place)) + 1) if _lesson_written() and place else ""


def _take_card(text: str) -> None:
    lesson = _lesson_written()
    if not lesson:
        if text:
            raise InputError("a card belongs to a lesson, and the link names none")
        return
    from dashboard.lessons import LESSONS
    from dashboard.parts.learn.opening import show_lesson

    cards, wanted = len(LESSONS[lesson].cards), _whole(text, "card") if text else 1
    if not 1 <= wanted <= cards:
        raise InputError(f"the lesson has {cards} cards, and no card {wanted:,}")
    if st.session_state.get(state.CARD) != wanted - 1:
        show_lesson(lesson, wanted - 1)


# ---- the quiz on the Learn page


def _quiz_written() -> str:
    return "" if _lesson_written() else str(state.get(state.QUIZ, ""))


def _take_quiz(text: str) -> None:
    if text and text not in QUIZZES:
        raise InputError(f"there is no quiz {_quoted(text)}: it is {', '.join(QUIZZES[:-1])} or {QUIZZES[-1]}")
    if text and _lesson_written():
        raise InputError("a link opens a lesson or the quiz, and not both")
    st.session_state[state.QUIZ] = text or None


# ---- run and step


def _run_written() -> str:
    chosen = st.session_state.get(state.RUN)
    return "" if chosen is None or follows() or _is_the_cards(state.RUN) else str(chosen)


def _take_run(text: str) -> None:
    if text and text != st.session_state.get(state.RUN):
        choose_run(_known_run(text))
    elif text and follows():
        choose_run(_known_run(text), st.session_state.get(state.STEP))


def _known_run(text: str) -> Run:
    found = next((run for run in loaders.store().runs() if run.id == text), None)
    if found is None:
        raise InputError(f"there is no run {_quoted(text)} here: it was deleted, or is on another machine")
    return found


def _step_written() -> str:
    """The step; in a lesson where it is not that of the card, and never on a card that asks: it may be the answer."""
    step = st.session_state.get(state.STEP)
    if in_lesson() and (_is_the_cards(state.STEP) or _asks()):
        return ""
    return _step_in_words(step)


def _is_the_cards(key: str) -> bool:
    """Whether a value of an open lesson need not be named: its card sets it, or shows no run that it is about."""
    place = place_of_card()
    return in_lesson() and (not place or (card_view() | place).get(key) == st.session_state.get(key))


def _asks() -> bool:
    from dashboard.lessons import LESSONS

    return LESSONS[_lesson_written()].cards[int(str(state.get(state.CARD, 0)))].question is not None


def _step_in_words(step: int | None) -> str:
    if step is None:
        return LIVE if in_lesson() else ""
    return str(step)


def _take_step(text: str) -> None:
    if not text and (place := place_of_card()):
        look_at(place[state.STEP])
        return
    if (step := _wanted_step(text)) is None:
        look_at(None)
        return
    run = current_run()
    shown = _nearest_frame(run, step)
    look_at(shown)
    if shown != step:
        raise InputError(_no_frame(step, shown, "the run"))


def _wanted_step(text: str) -> int | None:
    return None if text in ("", LIVE) else _whole(text, "step")


def _nearest_frame(run: Run | None, step: int) -> int | None:
    return None if run is None else loaders.nearest_step(run.frame_steps(), step)


def _no_frame(step: int, shown: int | None, whose: str) -> str:
    instead = "it has none yet" if shown is None else f"step {shown:,} is shown"
    return f"{whose} has no frame of step {step:,}; {instead}"


# ---- anchor, map, colours


def _anchor_written() -> str:
    chosen, run = st.session_state.get(state.ITEM), current_run()
    if chosen is None or run is None or _is_the_cards(state.ITEM) or not _is_watched(run, int(chosen)):
        return ""
    return str(chosen)


def _is_watched(run: Run, item: int) -> bool:
    watched = loaders.watched_items(run)
    return watched is not None and bool((watched.ids == item).any())


def _take_anchor(text: str) -> None:
    if not text:
        st.session_state[state.ITEM] = card_view().get(state.ITEM)
        return
    item, run = _whole(text, "anchor"), current_run()
    if run is None or not _is_watched(run, item):
        raise InputError(f"item {item:,} is not among the watched items of the run, so it cannot be the anchor")
    st.session_state[state.ITEM] = item


def _map_written() -> str:
    chosen = str(state.get(state.MAP, FIRST_MAP))
    return "" if _is_the_cards(state.MAP) or (chosen == FIRST_MAP and not in_lesson()) else chosen


def _take_map(text: str) -> None:
    if text and text not in offered_maps():
        raise InputError(f"there is no map {_quoted(text)}; the maps are {', '.join(offered_maps())}")
    st.session_state[state.MAP] = text or card_view().get(state.MAP, FIRST_MAP)


def _colour_written() -> str:
    words = colour_in_words()
    return "" if _is_the_cards(state.COLOUR) else words or ("relation" if in_lesson() else "")


def _take_colour(text: str) -> None:
    take_colour(text or str(card_view().get(state.COLOUR, "")))


# ---- the selected items


def _items_written() -> str:
    ids, run = selection.selected_ids(), current_run()
    if ids is None or run is None:
        return ""
    if not len(ids):
        return NONE
    return id_ranges(ids) if len(ids) <= MAX_ITEMS else loaders.selection_name(run, ids)


def _take_items(text: str) -> None:
    if not text:
        if selection.selected_ids() is not None:
            selection.clear()
        return
    run = current_run()
    watched = loaders.watched_items(run) if run is not None else None
    if run is None or watched is None:
        raise InputError("the run has no watched items yet, so none of the link is selected")
    if text == NONE:
        wanted = np.zeros(0, np.int64)
    else:
        wanted = ids_of(text, MAX_ITEMS) if is_ranges(text) else loaders.named_selection(run, text)
    there = wanted[np.isin(wanted, watched.ids)]
    lacking = len(wanted) - len(there)
    if len(there) or text == NONE:
        before = selection.selected_ids()
        if before is None or not np.array_equal(before, there):
            selection.select(there, "replace", "link")
    if lacking:
        which = "the selected items are" if lacking == len(wanted) else f"{lacking:,} of the {len(wanted):,} items are"
        raise InputError(f"{which} not watched by the run")


# ---- the rule beside the run's own, and what a run is compared with


def _rule_key() -> str:
    compares = st.session_state.get(state.PAGE) == "compare"
    return state.COMPARE_RULE if compares else state.RELATIONS_RULE["A"]


def _rule_written() -> str:
    chosen = str(state.get(_rule_key(), ""))
    relations = st.session_state.get(state.PAGE) == "relations"
    return "" if relations and chosen == state.RELATIONS_FIRST["A"] else chosen


def _take_rule(text: str) -> None:
    key = _rule_key()
    if not text:
        st.session_state.pop(key, None)
        return
    warm.wait()
    from dashboard.figures.methods import method_names
    from mlcl_core.pairs import RULES

    known = list(RULES) if key == state.COMPARE_RULE else method_names()
    if text not in known:
        raise InputError(f"there is no rule {_quoted(text)}")
    st.session_state[key] = text


def _with_written() -> str:
    return str(state.get(state.COMPARE_WITH, ""))


def _take_with(text: str) -> None:
    st.session_state[state.COMPARE_WITH] = _known_run(text).id if text else None
    # otherwise the page takes a run that was compared with for one that changed places with the current run
    st.session_state[state.COMPARE_FOR] = st.session_state.get(state.RUN)


def _with_step_written() -> str:
    return _step_in_words(st.session_state.get(state.COMPARE_WITH_STEP))


def _take_with_step(text: str) -> None:
    step = _wanted_step(text)
    if step is None:
        st.session_state[state.COMPARE_WITH_STEP] = None
        return
    other = st.session_state.get(state.COMPARE_WITH)
    run = _known_run(str(other)) if other else current_run()
    st.session_state[state.COMPARE_WITH_STEP] = shown = _nearest_frame(run, step)
    if shown != step:
        raise InputError(_no_frame(step, shown, "the run that is compared with"))


# ---- the study


def _study_written() -> str:
    return str(state.get(state.STUDY, ""))


def _take_study(text: str) -> None:
    from mlcl_core.studies.file import STUDIES

    if text and text not in {row.folder.name for row in loaders.study_rows()} | {*STUDIES}:
        raise InputError(f"there is no study {_quoted(text)} here: it was deleted, or is on another machine")
    st.session_state[state.STUDY] = text or None


COMPARE, LEARN, STUDY = frozenset({"compare"}), frozenset({"learn"}), frozenset({"study"})
# Taken in this order: a card sets the run, a run its step; and each is checked against what stands before it.
PARAMETERS: tuple[Parameter, ...] = (
    Parameter("lesson", _lesson_written, _take_lesson, LEARN),
    Parameter("card", _card_written, _take_card, LEARN),
    Parameter("quiz", _quiz_written, _take_quiz, LEARN),
    Parameter("run", _run_written, _take_run),
    Parameter("step", _step_written, _take_step, of_a_run=True),
    Parameter("anchor", _anchor_written, _take_anchor, of_a_run=True),
    Parameter("map", _map_written, _take_map),
    Parameter("colour", _colour_written, _take_colour),
    Parameter("items", _items_written, _take_items, of_a_run=True),
    Parameter("rule", _rule_written, _take_rule, COMPARE | {"relations"}),
    Parameter("with", _with_written, _take_with, COMPARE),
    Parameter("with_step", _with_step_written, _take_with_step, COMPARE),
    Parameter("study", _study_written, _take_study, STUDY),
)
# Changes of these alone leave no entry in the browser's history: a step changes with every move of the timeline.
QUIET = ("step", "with_step", "items", PARAMETER)


def restore(page: str) -> None:
    """Show what the link says, in the first run of a session and after Back or Forward; otherwise do nothing."""
    session = st.session_state
    if session.get(state.PAGE) != page:
        _keep_choices()
    session[state.PAGE] = page
    first = state.LINK_READ not in session
    context = get_script_run_ctx()
    back = context is not None and context.is_history_navigation
    if not (first or back):
        return
    session[state.LINK_READ] = True
    given = {name: st.query_params.get_all(name) for name in st.query_params if name not in (PARAMETER, *EMBEDDING)}
    if given:
        session[state.LINK_PROBLEMS] = _taken(given, page, default=back and not first)


def names_nothing() -> bool:
    """Whether the address asks for no view of its own."""
    return not [name for name in st.query_params if name not in (PARAMETER, *EMBEDDING)]


def _keep_choices() -> None:
    """Keep what a link chose on another page.

    Streamlit (1.67) forgets the value of a widget that was put into the session and not touched since, although the
    widget's state is to persist for the session: on the next page the widget shows its default.
    """
    for key in (state.MAP, state.COLOUR, *map(choice_key, COLOURINGS), state.RELATIONS_RULE["A"]):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _taken(given: dict[str, list[str]], page: str, *, default: bool) -> tuple[str, ...]:
    """Take the parameters of a link; ``default``: what it does not name gets its default. Returns what is wrong."""
    known = {one.name for one in PARAMETERS if one.is_on(page)}
    problems = [f"the Lab knows no parameter {_quoted(name)} on this page" for name in given if name not in known]
    without_run = False
    for one in PARAMETERS:
        values = given.get(one.name, [""] if default else [])
        if not one.is_on(page) or not values or (without_run and one.of_a_run):
            continue
        try:
            one.take(_single(one.name, values))
        except (InputError, OSError) as error:
            sentence = str(error)
            if one.name == "run":
                without_run = True
                left_out = [other.name for other in PARAMETERS if other.of_a_run and other.name in given]
                sentence += f"; {', '.join(left_out)} of the link left out" if left_out else ""
            problems.append(sentence)
    shown = problems[:MAX_PROBLEMS]
    if len(problems) > MAX_PROBLEMS:
        shown.append(f"{len(problems) - MAX_PROBLEMS} more parameters are left out")
    return tuple(shown)


def _single(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise InputError(f"{name} is named {len(values)} times: which is meant is open, so none is taken")
    if len(values[0]) > MAX_LENGTH:
        raise InputError(f"{name} has {len(values[0]):,} characters; at most {MAX_LENGTH:,} are read")
    return values[0]


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise InputError(f"{name} is {_quoted(text)}; it must be a whole number, from 0 on")
    return int(text)


def _quoted(text: str) -> str:
    return f"“{shortened(text, MAX_SHOWN)}”"


def address() -> str:
    """The query of the view of this session."""
    page = str(st.session_state.get(state.PAGE, ""))
    return urlencode(_written(page))


def _written(page: str) -> dict[str, str]:
    values = {one.name: one.written() for one in PARAMETERS if one.is_on(page)}
    return {name: value for name, value in values.items() if value}


def write(*, first: bool = False) -> None:
    """Let the address follow the view; nothing is sent where it does.

    Args:
        first: Also in the first run of a session. Otherwise the component of the run bar puts that run's address into
            the browser, without an entry in its history.
    """
    session = st.session_state
    if not (first or session.get(state.LINK_BEGUN)):
        return
    wanted = _written(str(session.get(state.PAGE, "")))
    if wanted != {name: st.query_params[name] for name in st.query_params}:
        st.query_params.from_dict(wanted)
