"""Forces of two methods, with the divisor and the two terms of the marked anchor beside them."""

from functools import partial

import streamlit as st

from dashboard import state
from dashboard.figures.placed import anchor_sum
from dashboard.figures.relations import Verdict, verdict
from dashboard.lessons import Picture, Recorded
from dashboard.lessons.placement import DIVISORS, PLACES, differences
from dashboard.parts.frame.table import inert_table
from dashboard.parts.learn.stages.matrix_parts import FORCES, present_methods
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
    if place in TERMS and not compared:
        st.latex(TERMS[place].replace("%s", SYMBOLS.get(normalise, "n_i")))
    batch, *methods = present_methods()
    row, other = picture.pair or (0, 1)
    both = {letter: verdict(batch, method) for letter, method in zip("AB", methods, strict=True)}
    st.markdown(f"**What the loss of anchor {batch.names[row]} is made of**")
    inert_table([_parts(letter, one, row, other, batch.names[other]) for letter, one in both.items()], hide_index=True)
    FORCES.draw(recorded, run, picture)
    if compared:
        st.markdown("**Largest difference between force A and force B, by what the sum is divided by**")
        found = differences()
        inert_table(
            [
                {"weight": place, **{DIVISORS[name]: f"{one[place]:.3f}" for name, one in found.items()}}
                for place in PLACES
            ],
            hide_index=True,
        )


def _parts(letter: str, one: Verdict, row: int, other: int, name: str) -> dict[str, str]:
    """One method's row of the table."""
    found = anchor_sum(one, row)
    if found is None or one.terms is None:
        return {"": letter}
    parts = {
        "": letter,
        f"weight of item {name}": f"{float(one.terms.attract[row, other]):.2f}",
        "positives": f"{found.positives}",
        "sum of weights": f"{found.weights:.2f}",
        "divided by": f"{found.divisor:.2f}",
    }
    if one.method.placement == "inside":
        parts |= {"constant (log w)": f"{found.constant + 0.0:.2f}", "term of log share": f"{found.shares:.2f}"}
    return parts | {"loss": f"{found.value:.2f}"}


PLACED = Stage("placement", partial(_draw, free=True), of_a_run=False)
PLACED_STILL = Stage("placement before the guess", partial(_draw, free=False), of_a_run=False)
PLACED_COMPARED = Stage("placement and divisors", partial(_draw, free=True, compared=True), of_a_run=False)
