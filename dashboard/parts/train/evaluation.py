"""The evaluation of a run, as it keeps it: intervals, bands and labels; a button that makes it."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import state
from dashboard.access import may_act, require_teacher
from dashboard.figures.evaluation import by_frequency, frequency_words, label_rows, metric_rows
from dashboard.figures.formatting import escaped
from dashboard.parts.data.problems import show_doubts
from dashboard.parts.frame.live import in_one_line, live
from dashboard.parts.frame.table import inert_table
from mlcl_core.errors import InputError
from mlcl_core.runs.evaluations import read_evaluation, read_progress, start_evaluation
from mlcl_core.runs.run import Run
from mlcl_core.runs.scores import items_sentence

if TYPE_CHECKING:
    from mlcl_core.runs.evaluations import Evaluation

PROTOCOLS = {"probe": "Linear probe", "knn": "Weighted kNN", "finetune": "Fine-tuning"}
UNDER_WAY = "evaluation.under_way"  # whether the last drawing saw an evaluation under way
POLL_SECONDS = 1.0


def show_evaluation(run: Run) -> None:
    """The part below the result of a run that has ended."""
    with st.expander("Evaluation: how sure, and for which labels", icon=":material/query_stats:"):
        protocol = st.segmented_control(
            "Protocol",
            list(PROTOCOLS),
            format_func=lambda name: PROTOCOLS[name],
            default="probe",
            required=True,
            key=state.PROTOCOL,
            help="A linear classifier or the nearest items on the frozen encoder's output h, or the encoder trained on "
            "with a classifier: the order of methods may differ between them.",
        )
        progress = read_progress(run)
        under_way = progress is not None and progress.alive
        live(lambda: _shown(run, str(protocol)), every=POLL_SECONDS if under_way else None, key="train.evaluation")


def _shown(run: Run, protocol: str) -> None:
    progress = read_progress(run)
    under_way = progress is not None and progress.alive
    if st.session_state.get(UNDER_WAY) and not under_way:
        st.session_state[UNDER_WAY] = False
        st.rerun()
    st.session_state[UNDER_WAY] = under_way
    if progress is not None and under_way:
        share = min(1.0, progress.done / progress.of) if progress.of else 0.0
        st.progress(share, escaped(f"{PROTOCOLS.get(progress.protocol, progress.protocol)}: {progress.phase}"))
    elif progress is not None and progress.protocol == protocol:
        st.error(in_one_line(progress.error or "The evaluation ended early: its process is gone."))
    kept = read_evaluation(run, protocol)
    if may_act():
        st.button(
            "Evaluate again" if kept else "Evaluate",
            icon=":material/query_stats:",
            disabled=under_way,
            on_click=_start,
            args=(run, protocol),
            key="evaluation.start",
            help="Takes the checkpoint that is best on validation items; a process of its own does the work.",
        )
    if kept is not None:
        _kept(kept)
    elif not under_way:
        st.caption("Not evaluated by this protocol yet.")


def _start(run: Run, protocol: str) -> None:
    """Callback: start the process."""
    require_teacher()
    try:
        start_evaluation(run, protocol)
    except InputError as error:
        st.session_state[state.NOTICE] = str(error)
    except OSError as error:
        st.session_state[state.NOTICE] = f"The evaluation cannot be started: {error.strerror or error}"


def _kept(found: "Evaluation") -> None:
    from mlcl_core.metrics import FINAL_METRICS

    values = {name: one.value for name, one in found.metrics.items()}
    if (sentence := items_sentence({"test": values, "items": found.items_as_given})) is not None:
        st.warning(sentence, icon=":material/trending_flat:")
    chosen = ", ".join(
        f"{name.replace('_', ' ')} {value:g}" if isinstance(value, float) else f"{name.replace('_', ' ')} {value}"
        for name, value in found.chosen.items()
    )
    st.caption(
        escaped(
            f"Checkpoint at step {found.step:,} of {found.last_step:,}, chosen among {len(found.moments)} on "
            f"{found.items.get('validation', 0):,} validation items, as were: {chosen}."
        )
    )
    titles = {name: record.title for name, record in FINAL_METRICS.items()}
    number = st.column_config.NumberColumn(format="%.3f")
    rows = metric_rows(found, titles)
    inert_table(
        rows,
        hide_index=True,
        column_config=dict.fromkeys([name for name in rows[0] if name != "test"], number) if rows else {},
        key="evaluation.metrics",
    )
    st.caption(
        "Low and high end the interval of these models: other test items, this encoder. Other seeds spread further."
    )
    st.plotly_chart(
        by_frequency(found), key="evaluation.frequency", config={"displayModeBar": False}, alt=frequency_words(found)
    )
    st.caption(escaped(found.bands_cut))
    of_labels = dict.fromkeys(["precision", "recall", "F1", "AP"], number)
    inert_table(label_rows(found), hide_index=True, column_config=of_labels, key="evaluation.labels")
    for words in (found.labels.words, found.why_no_items, *found.said):
        if words:
            st.caption(escaped(words))
    show_doubts(tuple(found.doubts))
    with st.popover("Conventions", icon=":material/rule:"):
        for words in found.conventions.get("words", []):
            st.caption(escaped(str(words)))
        best = found.optimistic_on_test
        numbers = ", ".join(f"{titles.get(name, name)} {value:.3f}" for name, value in best.values.items())
        st.caption(escaped(f"{best.words} {numbers}."))


__all__ = ["show_evaluation"]
