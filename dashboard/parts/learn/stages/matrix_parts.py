"""One or two matrices of an example batch, or one anchor with the others: what a card speaks of and nothing else."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.components.matrices import matrices
from dashboard.figures.formatting import escaped
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.matrix_part import FACTORS, part_payload
from dashboard.figures.methods import Method, method_names, method_title
from dashboard.figures.relations import Verdict, verdict
from dashboard.lessons import Picture, Recorded
from dashboard.parts.learn.stages.stage import Stage
from dashboard.parts.relations.batch_editor import present_batch, take_edit
from mlcl_core.runs.run import Run

TITLES = {"relation": "Compared with the anchor", "similarity_factor": "Kˢ", "dissimilarity_factor": "Kᵈ"}
WEIGHT = {"weightA": "weight K"}
SHORT = {"all_equal": "ALL", "any_shared": "ANY", "mulsupcon": "MulSupCon"}
WEIGHTS = ("weightA", "weightB")


def _part(
    _: Recorded,
    __: Run,
    picture: Picture,
    *,
    only: tuple[str, ...] = (),
    anchored: bool = False,
    titles: Mapping[str, str] | None = None,
) -> None:
    session, pair = st.session_state, picture.pair or (0, 1)
    batch, *methods = present_methods()
    a, b = (verdict(batch, method) for method in methods)
    named = {f"weight{letter}": f"weight under {_name(one)}" for letter, one in zip("AB", (a, b), strict=True)}
    payload = part_payload(
        batch,
        a,
        b,
        edit=session[state.RELATIONS_EDIT],
        only=only,
        pair=pair,
        anchor=pair[0] if anchored else None,
        titles=named | TITLES | dict(titles or {}),
    )
    matrices(payload, key=state.RELATIONS_COMPONENT, on_edit=take_edit)
    for one in (a, b):
        if one.refused:
            st.error(f"{method_title(one.method.rule)}: {escaped(one.refused)}", icon=":material/block:")


def present_methods() -> tuple[HandBatch, Method, Method]:
    """The example batch of the card with its edits, and methods A and B with the settings of the card."""
    session = st.session_state
    batch = present_batch(("example", session[state.RELATIONS_EXAMPLE]), session[state.RELATIONS_READINESS], None)
    return batch, _method("A"), _method("B")


def _method(letter: str) -> Method:
    """Method A or B with the settings of the card; its parameters are the defaults."""
    session = st.session_state
    return Method(
        session[state.RELATIONS_RULE[letter]],
        {},
        session[state.RELATIONS_TEMPERATURE],
        session[state.RELATIONS_PLACEMENT],
        session[state.RELATIONS_NORMALISE],
    )


def _name(one: Verdict) -> str:
    return SHORT.get(one.method.rule, method_title(one.method.rule))


def _chosen(recorded: Recorded, run: Run, picture: Picture) -> None:
    for column, (letter, key) in zip(st.columns(2), state.RELATIONS_RULE.items(), strict=True):
        with column:
            st.selectbox(f"Method {letter}", method_names(), format_func=method_title, key=key, persist_state="session")
    _part(recorded, run, picture, only=WEIGHTS, anchored=True)


def _stage(name: str, draw: Callable[[Recorded, Run, Picture], None]) -> Stage:
    return Stage(name, draw, of_a_run=False)


LABEL_SETS = _stage("label sets", partial(_part, anchored=True))
RELATIONS_OF_ONE = _stage("relations of one anchor", partial(_part, only=("relation",), anchored=True))
RELATION_MATRIX = _stage("relations", partial(_part, only=("relation",), titles={"relation": "Relation"}))
POSITIVES = _stage("positives of two methods", partial(_part, only=WEIGHTS))
SIMILARITY = _stage("similarity factor", partial(_part, only=FACTORS[:1], anchored=True))
BOTH_FACTORS = _stage("both factors", partial(_part, only=(*FACTORS, "weightA"), anchored=True, titles=WEIGHT))
WEIGHT_MATRIX = _stage("weight matrix", partial(_part, only=(*FACTORS, "weightA"), titles=WEIGHT))
TWO_WEIGHTS = _stage("weights of two methods", _chosen)
FORCES = _stage("forces", partial(_part, only=("forceA", "forceB")))
