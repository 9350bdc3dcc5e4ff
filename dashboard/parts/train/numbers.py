"""The live numbers beside the cloud: cosine by relation, one metric of choice, the device, the final probe."""

from typing import Any

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.curves import by_relation, cosine_options, in_words, metric_options
from dashboard.figures.formatting import escaped
from dashboard.parts.data.problems import show_doubts
from dashboard.parts.frame.table import inert_table
from mlcl_core.few_items import WATCHED, few_items
from mlcl_core.runs.records import Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.scores import items_sentence, score_columns

NESTED_WORDS = "nested: one of the two label sets lies inside the other."


def show_numbers(run: Run) -> None:
    """Curves and panels of a run, of constant size while numbers change."""
    from mlcl_core.metrics import LIVE_METRICS

    frames = [event for event in loaders.events(run) if event.get("event") == "frame"]
    now = st.session_state.get(state.STEP)
    st.markdown(
        "**Mean cosine by relation**",
        help="How alike the embeddings of two items are, on average, for each relation of their label sets.",
    )
    st.echarts_chart(cosine_options(frames, now), key="numbers.cosine", height=196, alt=cosine_words(frames))
    st.caption(f"{NESTED_WORDS}{'' if now is None else ' Dashed: the step in view.'}")
    names = [name for name, record in LIVE_METRICS.items() if not record.relation]  # the others are curves above
    metric = st.selectbox(
        "Metric",
        names,
        format_func=lambda name: LIVE_METRICS[name].title,
        key=state.METRIC,
        persist_state="session",
        label_visibility="collapsed",
    )
    record = LIVE_METRICS[str(metric or names[0])]
    st.echarts_chart(
        metric_options(frames, record.name, record.title, now),
        key="numbers.metric",
        height=150,
        alt=_metric_words(frames, record.name, record.title),
    )
    better = {"up": " Higher is better.", "down": " Lower is better."}.get(record.direction, "")
    st.caption(record.summary + better)
    show_doubts(_doubts(run) if record.name == "knn_macro_f1" else ())
    show_device(run.status())


def _doubts(run: Run) -> tuple[str, ...]:
    """What is in doubt of a metric on the watched items outside training."""
    probe = loaders.watched_items(run)
    return () if probe is None else few_items({WATCHED: int((probe.split != "train").sum())})


def final(run: Run) -> dict[str, Any] | None:
    """The event that holds a finished run's test numbers."""
    return next((event for event in reversed(loaders.events(run)) if event.get("event") == "finished"), None)


def show_result(finished: dict[str, Any]) -> None:
    """Scores of the linear probe on the test items: of the trained and the untrained encoder, of the items as given."""
    from mlcl_core.metrics import RUN_METRICS

    if (sentence := items_sentence(finished)) is not None:
        st.warning(sentence, icon=":material/trending_flat:")
    columns = score_columns(finished)
    rows = [
        {"test": record.title, **{title: scores.get(name) for title, scores in columns.items()}}
        for name, record in RUN_METRICS.items()
        if name in finished.get("test", {})
    ]
    st.markdown(
        "**Linear probe on the test items**",
        help="A linear classifier on the frozen encoder's output h: what it learnt, beside what it knew untrained. "
        "As given: the same classifier on the items' own features, or on those of the frozen encoder before it.",
    )
    number = st.column_config.NumberColumn(format="%.3f")
    inert_table(rows, hide_index=True, column_config=dict.fromkeys(columns, number), key="numbers.probe")
    if why := finished.get("why_no_items"):
        st.caption(escaped(f"No scores of the items as given. {why}"))
    show_doubts(finished.get("doubts", ()))
    for record in RUN_METRICS.values():
        if record.explained:
            st.caption(f"**{record.title}**: {record.summary}")


def show_device(status: Status) -> None:
    """Device, memory and items per second; the reasons where training takes a slow path."""
    speed = "–" if status.items_per_second is None else f"{status.items_per_second:,.0f} items/s"
    memory = "–" if status.memory_mb is None else f"{status.memory_mb:,.0f} MB"
    st.markdown(f":material/memory: {escaped(status.device or 'device not chosen yet')} · **{speed}** · {memory}")
    for reason in status.slow:
        st.caption(f":material/speed: Slower than it could be: {escaped(reason)}.")


def cosine_words(frames: list[dict[str, Any]]) -> str:
    """The curves of the mean cosines in words."""
    if not frames:
        return "Mean cosine by relation: no frames yet."
    last = frames[-1]
    metrics = last.get("metrics", {})
    values = {relation: metrics[key] for key, relation in by_relation().items() if key in metrics}
    return (
        f"Mean cosine at step {last['step']}: "
        + ", ".join(f"{in_words(name)} {value:.2f}" for name, value in values.items())
        + "."
    )


def _metric_words(frames: list[dict[str, Any]], key: str, title: str) -> str:
    values = [frame["metrics"][key] for frame in frames if key in frame.get("metrics", {})]
    return (
        f"{title}: from {values[0]:.3f} to {values[-1]:.3f} over {len(values)} frames."
        if values
        else f"{title}: no frames yet."
    )
