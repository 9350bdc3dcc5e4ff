"""The notes below the matrices: anchors without a positive, the effect of the placement, and the button to see it."""

from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.methods import Method
from dashboard.figures.relations import (
    SAME_FORCE,
    Verdict,
    against_any_shared,
    largest_force_difference,
    reasons_inside,
    verdict,
    without_positive,
)
from dashboard.parts.frame.heading import section
from dashboard.parts.relations.undo import keep_settings, last_step, undo

LESSON = "the settings of the lesson on weights inside the logarithm"
SHOWN = {
    state.RELATIONS_RULE["A"]: "similarity_dissimilarity",
    state.RELATIONS_RULE["B"]: "any_shared",
    state.RELATIONS_PLACEMENT: "inside",
    state.RELATIONS_NORMALISE: "count",
}
FIRST = {
    state.RELATIONS_RULE["A"]: state.RELATIONS_FIRST["A"],
    state.RELATIONS_RULE["B"]: state.RELATIONS_FIRST["B"],
    state.RELATIONS_PLACEMENT: "outside",
    state.RELATIONS_NORMALISE: "rule",
}


def anchors_without_positive(batch: HandBatch, verdicts: dict[str, Verdict]) -> None:
    """Name the anchors without a positive under each method."""
    section("Anchors without a positive")
    for letter, one in verdicts.items():
        if one.terms is None:
            st.markdown(f"**{letter}**: refused, see above.")
            continue
        names = without_positive(batch, one)
        if names:
            st.markdown(
                f"**{letter}**: {', '.join(names)} ({len(names)} of {len(batch)}). As anchors they learn nothing."
            )
        else:
            st.markdown(f"**{letter}**: every anchor has one.")


def placement_lesson(batch: HandBatch, verdicts: dict[str, Verdict]) -> None:
    """The effect of the placement of the weight on the forces, in numbers."""
    section("Does the weight reach the force?")
    a, b = verdicts["A"], verdicts["B"]
    between, blurred = largest_force_difference(a, b), against_any_shared(batch, a)
    st.markdown("Largest difference between forces, over all pairs:")
    left, right = st.columns(2)
    left.metric("A against B", number(between))
    right.metric("A against any shared label", number(blurred) if a.method.is_rule else "–")
    placement = a.method.placement
    if not a.method.is_rule:
        st.markdown(
            "**A** is a loss of its own form: the placement of its weight is part of its definition, and placement and "
            "normalisation above do not apply."
        )
    elif placement == "inside" and blurred is not None and blurred >= SAME_FORCE:
        st.markdown(
            "Weights stand **inside** the logarithm, where they are a constant added to the loss. The forces differ "
            f"from those of any shared label for another reason: {' and '.join(reasons_inside(batch, a))}."
        )
    elif placement == "inside":
        st.markdown(
            "Weights stand **inside** the logarithm: log(*w* · share) = log *w* + log share. The weight is a constant "
            "added to the loss: on this batch the forces are those of any shared label."
        )
    else:
        st.markdown(f"Weights stand **{placement.replace('_', ' ')}**. {_if_inside(batch, a)}")


def show_placement_button(a: Method) -> None:
    """Offer to set up weights inside the logarithm against any shared label; changed settings are asked about."""
    step, session = last_step(), st.session_state
    if step is not None and step.words == LESSON:
        st.button("Back to my settings", icon=":material/undo:", on_click=undo, key="undo.lesson")
    elif a.is_rule and a.placement != "inside" and session.get(state.UNDO_ASKS):
        st.markdown("This replaces methods A and B, the placement and the normalisation that you chose.")
        with st.container(horizontal=True, gap="small"):
            st.button("Replace them", on_click=_set_lesson, type="primary", key="undo.set")
            st.button("Keep my settings", on_click=_answer, key="undo.leave")
    elif a.is_rule and a.placement != "inside":
        changed = any(session.get(key, first) != first for key, first in FIRST.items())
        st.button(
            "Show me: weights inside the logarithm",
            icon=":material/school:",
            on_click=_ask if changed else _set_lesson,
            key="undo.show",
        )


def _ask() -> None:
    st.session_state[state.UNDO_ASKS] = True


def _answer() -> None:
    st.session_state[state.UNDO_ASKS] = False


def _set_lesson() -> None:
    _answer()
    keep_settings(LESSON)
    st.session_state.update(SHOWN)


def _if_inside(batch: HandBatch, one: Verdict) -> str:
    moved = verdict(batch, replace(one.method, placement="inside", normalise="count"))
    blurred = against_any_shared(batch, moved)
    if blurred is None:
        return "Inside the logarithm this rule is refused."
    reasons = reasons_inside(batch, moved)
    why = f"{' and '.join(reasons)}." if reasons else "the weights no longer reach the force."
    return f"Inside the logarithm, divided by the count, the second number becomes {number(blurred)}: {why}"


def number(value: float | None) -> str:
    """A force difference in words; below float32's rounding it is 0."""
    if value is None:
        return "refused"
    return "0" if value < SAME_FORCE else f"{value:.3g}"
