"""Weights and forces of two methods, with the divisor and the two terms of the marked anchor beside them."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.figures.placed import AnchorSum, anchor_sum
from dashboard.figures.relations import verdict
from dashboard.lessons import Picture, Recorded
from dashboard.lessons.placement import DIVISORS, differences
from dashboard.parts.frame.table import inert_table
from dashboard.parts.learn.stages.matrix_parts import WEIGHTS_AND_FORCES, present_methods
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.losses import NORMALISATIONS, PLACEMENTS
from mlcl_core.runs.run import Run

TERMS = {
    "outside": r"L_i = \frac{1}{%s} \sum_j w_j \,(-\log \mathrm{share}_j)",
    "inside": r"L_i = \frac{1}{%s} \sum_j -\log (w_j\, \mathrm{share}_j) "
    r"= \frac{1}{%s} \Big( \underbrace{\sum_j -\log w_j}_{\text{constant}} + \sum_j -\log \mathrm{share}_j \Big)",
}
SYMBOLS = {"count": r"\text{positives}", "weight_sum": r"\sum_j w_j", "labels": r"\text{labels}", "none": "1"}


def _draw(recorded: Recorded, run: Run, picture: Picture, *, free: bool, compared: bool = False) -> None:
    session = st.session_state
    if free:
        left, right = st.columns(2, gap="small")
        with left:
            st.selectbox(
                "The weight stands",
                list(PLACEMENTS),
                format_func=lambda name: name.replace("_", " "),
                key=state.RELATIONS_PLACEMENT,
                persist_state="session",
            )
        with right:
            st.selectbox(
                "Each anchor's sum is divided by",
                list(NORMALISATIONS),
                format_func=lambda name: DIVISORS.get(name, "what the method's paper says"),
                key=state.RELATIONS_NORMALISE,
                persist_state="session",
            )
    place, normalise = session[state.RELATIONS_PLACEMENT], session[state.RELATIONS_NORMALISE]
    if place in TERMS:
        st.latex(TERMS[place].replace("%s", SYMBOLS.get(normalise, "n_i")))
    WEIGHTS_AND_FORCES.draw(recorded, run, picture)
    batch, a, b = present_methods()
    row = (picture.pair or (0, 1))[0]
    sums = {letter: anchor_sum(verdict(batch, one), row) for letter, one in (("A", a), ("B", b))}
    if compared:
        left, right = st.columns(2, gap="medium")
        with left:
            _sums(batch.names[row], sums, place)
        with right:
            _compared()
    else:
        _sums(batch.names[row], sums, place)


def _sums(name: str, sums: dict[str, AnchorSum | None], place: str) -> None:
    st.markdown(f"**Anchor {name}**")
    found = {letter: one for letter, one in sums.items() if one is not None}
    rows = {
        "positives": [f"{one.positives}" for one in found.values()],
        "sum of its weights": [f"{one.weights:.2f}" for one in found.values()],
        "divided by": [f"{one.divisor:.2f}" for one in found.values()],
    }
    if place == "inside":
        rows["term of log w (constant)"] = [f"{one.constant:.2f}" for one in found.values()]
        rows["term of log share"] = [f"{one.shares:.2f}" for one in found.values()]
    rows["loss"] = [f"{one.value:.2f}" for one in found.values()]
    table = pd.DataFrame({letter: [row[at] for row in rows.values()] for at, letter in enumerate(found)})
    inert_table(table.set_index(pd.Index(list(rows), name="")), hide_index=False)


def _compared() -> None:
    st.markdown("**Largest difference between force A and force B**")
    found = differences()
    rows = [
        {"divided by": DIVISORS[name], **{place: f"{value:.3f}" for place, value in both.items()}}
        for name, both in found.items()
    ]
    inert_table(rows, hide_index=True)


PLACED = Stage("placement", partial(_draw, free=True), of_a_run=False)
PLACED_STILL = Stage("placement before the guess", partial(_draw, free=False), of_a_run=False)
PLACED_COMPARED = Stage("placement and divisors", partial(_draw, free=True, compared=True), of_a_run=False)
