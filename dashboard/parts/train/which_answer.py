"""The study that answers "Which is better here?": its answer grows on one side, how far it is stands on the other."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.forest import forest
from dashboard.figures.formatting import escaped, plain
from dashboard.figures.which_forest import difference_lines, method_lines
from dashboard.figures.which_words import missing_words
from dashboard.loaders.study_tables import method_table
from dashboard.page_files import page_file
from dashboard.parts.fields.number_field import KEEP
from dashboard.parts.frame.current import choose_run
from dashboard.parts.frame.download import offer_download
from dashboard.parts.frame.live import in_one_line, live
from dashboard.parts.study.answer import show_answer
from dashboard.parts.study.progress import show_progress
from dashboard.parts.train.run_setup import ask_which
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.run import Run
from mlcl_core.studies.compare.item_part import OVER_LABELS
from mlcl_core.studies.file import WHICH_PREFIX
from mlcl_core.studies.folder import StudyFolder, StudyStatus, study_folders

if TYPE_CHECKING:
    import plotly.graph_objects as go

SECONDS = 2.0  # between two redraws while it is under way
METRICS = {"macro_f1": "macro-F1", "micro_f1": "micro-F1", "map": "mAP"}
FIRST_METRIC = "macro_f1"
ENDED = (False, True)
NO_BAR = {"displayModeBar": False}
ABOUT_INTERVALS = "Bars: 95 % intervals, not adjusted for the number of comparisons. Hovering says what each is about."


def shown_study() -> StudyFolder | None:
    """The study of this session, else one that was asked for here and is under way; None: the question is shown."""
    wanted = st.session_state.get(state.WHICH_STUDY)
    asked = [folder for folder in study_folders(home_directory()) if folder.name.startswith(WHICH_PREFIX)]
    if wanted is None:
        return next((folder for folder in asked if folder.run.status().alive), None)
    return next((folder for folder in asked if folder.name == wanted), None)


def show_study(folder: StudyFolder, left: Any, right: Any) -> None:
    """Draw both sides of the page, again and again while the study is under way or its answer is computed."""
    now = _drawn(folder)
    st.session_state[state.WHICH_STUDY], st.session_state[state.WHICH_SEEN] = folder.name, now
    every = None if now == ENDED else SECONDS
    with left:
        live(_answer, every=every, key=state.LIVE)
    with right:
        live(_beside, every=every, key=state.NUMBERS)


def _drawn(folder: StudyFolder) -> tuple[bool, bool]:
    """Whether a process works on the study, and whether all that is shown of it is computed."""
    status = loaders.study_status(folder)
    if not status.done:
        return status.alive, True
    data = _data(folder)
    whole = loaders.study_answer(folder, data) is not None and method_table(folder, data, _metric()).complete
    return status.alive, whole


def _redraw_if_changed(folder: StudyFolder) -> None:
    """Draw the whole page where another interval between two redraws is due."""
    if _drawn(folder) != st.session_state.get(state.WHICH_SEEN):
        st.rerun()


# ---- the answer


def _answer() -> None:
    folder = shown_study()
    if folder is None:
        return
    status = loaders.study_status(folder)
    st.markdown(f"**{escaped(folder.file.title or folder.name)}**")
    if not status.done:
        st.info("The first numbers come with the first training that is done.", icon=":material/hourglass_empty:")
        return
    show_answer(folder, status)
    st.segmented_control(
        "Metric",
        list(METRICS),
        format_func=lambda name: METRICS.get(name, name),
        default=FIRST_METRIC,
        required=True,
        key=state.WHICH_METRIC,
        persist_state=KEEP,
        label_visibility="collapsed",
    )
    _redraw_if_changed(folder)
    table = method_table(folder, _data(folder), _metric())
    if not table.rows:
        return
    lines, marked = method_lines(table)
    methods, ahead = st.columns(2, gap="medium")
    with methods:
        # sentences about such a mean are about frequent labels
        over = ", rare labels included" if table.metric in OVER_LABELS else ""
        _chart(forest(lines, f"{table.title}{over}", marked=marked, dark=_dark()), "which.forest")
    others = difference_lines(table)
    if others and table.reference is not None:
        with ahead:
            _chart(forest(others, f"{table.reference} less each other", zero=0.0, dark=_dark()), "which.ahead")
    st.caption(" ".join([ABOUT_INTERVALS, *map(escaped, table.notes)]))


def _data(folder: StudyFolder) -> str:
    return str(loaders.study_axes(folder).data[0])


def _metric() -> str:
    return str(state.get(state.WHICH_METRIC, FIRST_METRIC))


def _chart(figure: "go.Figure", key: str) -> None:
    with st.container(key=key):
        st.plotly_chart(figure, key=f"{key}.chart", config=NO_BAR)


def _dark() -> bool | None:
    kind = getattr(st.context.theme, "type", None)
    return None if kind is None else kind == "dark"


# ---- how far it is, and what can be done


def _beside() -> None:
    folder = shown_study()
    if folder is None:
        return
    status = loaders.study_status(folder)
    _redraw_if_changed(folder)
    show_progress(folder, status)
    for error in st.session_state.pop(state.STUDY_ERROR, ()):
        st.error(in_one_line(error), icon=":material/error:")
    if status.state == "queued" and status.waiting_for:
        waiting = f"Waiting for **{escaped(status.waiting_for)}**: one training at a time per device."
        st.info(f"{waiting} It starts by itself.")
    _show_missing(folder, status)
    _show_pair(folder)
    with st.container(horizontal=True, gap="small"):
        if st.button("Tables and more", icon=":material/science:", key="which.study_page", help="The Study page."):
            st.session_state[state.STUDY] = folder.name
            st.switch_page(page_file("study"))
        offer_download(
            "Its file",
            folder.file.to_json,
            file_name=f"{folder.name}.json",
            mime="application/json",
            key="which.file",
            help=f"Without a browser: mlcl study {folder.name}.json",
        )
        st.button("Ask something else", icon=":material/balance:", key="which.again", on_click=ask_which)


def _show_missing(folder: StudyFolder, status: StudyStatus) -> None:
    if status.done >= status.total:
        return
    done = {(str(row["method"]), int(row["seed"])) for row in folder.records()}
    st.caption(escaped(missing_words(done, loaders.study_axes(folder).methods, folder.file.seeds)))


def _show_pair(folder: StudyFolder) -> None:
    """Two methods with the same seed, whose spaces Compare shows beside each other."""
    runs = {run.id: run for run in loaders.runs(studies=True)}
    found: dict[int, dict[str, Run]] = {}
    for row in folder.records():
        run = runs.get(str(row.get("run") or ""))
        if run is not None:
            found.setdefault(int(row["seed"]), {})[str(row["method"])] = run
    pairs = {seed: of for seed, of in sorted(found.items()) if len(of) > 1}
    if not pairs:
        return
    seed = next(iter(pairs))
    names = list(pairs[seed])
    with st.container(key="which-pair"):
        left, right = st.columns(2, gap="small")
        with left:
            first = _side("Space of", names, 0)
        with right:
            second = _side("beside that of", names, 1)
        if st.button(
            "Compare their spaces",
            icon=":material/compare_arrows:",
            key="which.compare",
            width="stretch",
            disabled=first == second,
            help=f"Both trained with seed {seed}: which items have other neighbours, and why.",
        ):
            _compare(pairs[seed][first], pairs[seed][second])


def _side(title: str, names: list[str], place: int) -> str:
    key = state.WHICH_PAIR[place]
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[place]
    return str(st.selectbox(title, names, format_func=plain, key=key, persist_state=KEEP))


def _compare(first: Run, second: Run) -> None:
    choose_run(first)
    session = st.session_state
    session[state.COMPARE_WITH], session[state.COMPARE_WITH_STEP] = second.id, None
    session[state.COMPARE_RULE] = session[state.COMPARE_FOR] = None
    st.switch_page(page_file("compare"))
