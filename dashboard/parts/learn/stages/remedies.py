"""Remedies for rare labels, trained from the card, beside the recorded run without them; and who meets in a batch."""

import streamlit as st

from dashboard import loaders
from dashboard.figures.rare_labels import closeness_options, meeting_options
from dashboard.lessons import Picture, Recorded
from dashboard.lessons.long_tail import SIZE, chances, rare_columns, share_without
from dashboard.lessons.remedies import QUEUE, REMEDIES
from dashboard.parts.learn.remedies import note_end, refresh, show_problem, show_remedy
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.runs.run import Run

WITHOUT = "without (recorded)"


def _draw(recorded: Recorded, run: Run, _: Picture) -> None:
    rare = rare_columns(recorded)
    lines = {WITHOUT: loaders.rare_course(run, rare)}
    met: dict[str, float | None] = {WITHOUT: share_without(recorded)}
    always = {f"with {remedy.title}" for remedy in REMEDIES.values() if remedy.always}
    for column, remedy in zip(st.columns(len(REMEDIES), gap="medium"), REMEDIES.values(), strict=True):
        with column:
            trained = show_remedy(remedy)
        name = f"with {remedy.title}"
        lines[name] = [] if trained is None else loaders.rare_course(trained, rare)
        met[name] = None if trained is None else loaders.rare_share(trained, rare)
    show_problem()
    st.markdown("**How many rare labels of a batch meet themselves in another icon?**")
    for column, (name, share) in zip(st.columns(len(met), gap="medium"), met.items(), strict=True):
        column.metric(name, "–" if share is None else f"{share:.0%}")
        if name in always:
            column.caption("and each one meets its prototype")
    st.markdown("**How much closer lie two icons that share a rare label than two that share none?** (mean cosines)")
    words = [f"{name} {points[-1][1]:.3f} at step {points[-1][0]:,}" for name, points in lines.items() if points]
    st.echarts_chart(closeness_options(lines), key="learn.closeness", height=230, alt=f"Closeness: {'; '.join(words)}.")
    note_end()


def _meetings(recorded: Recorded, _: Run, __: Picture) -> None:
    counts, batch, queue = chances(recorded)
    st.markdown("**How likely does a label meet itself?** Each mark is a label.")
    st.echarts_chart(
        meeting_options(counts, {f"in a batch of {SIZE}": batch, f"with {QUEUE} more in a queue": queue}),
        key="learn.meetings",
        height=420,
        alt=f"Chance to meet in a batch of {SIZE}, from {min(batch):.0%} to {max(batch):.0%}; with a queue, from "
        f"{min(queue):.0%}.",
    )


REMEDIES_TRAINED = Stage("remedies", _draw, of_a_run=False, every=refresh)
MEETINGS = Stage("meetings", _meetings, of_a_run=False)
