"""Cards of rules and losses, from their registry records."""

import streamlit as st

from dashboard.figures.relations import Verdict
from dashboard.figures.rule_cards import treatment_table, treatments, works_on
from mlcl_core.losses import LOSSES, LossRecord
from mlcl_core.pairs import RULES


def rule_cards(verdicts: dict[str, Verdict]) -> None:
    """What the two rules are, when they help, and what they do to each relation, with the parameters on the page."""
    for column, (letter, one) in zip(st.columns(2), verdicts.items(), strict=True):
        rule = RULES[one.method.rule]
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{letter}: {rule.title}**")
            st.latex(rule.formula)
            st.markdown(rule.summary)
            st.markdown(f"**Helps:** {rule.helps}")
            st.markdown(f"**Edge cases:** {rule.edge_cases}")
            found = treatments(one.method.rule, one.method.rule_params)
            if found is not None:
                st.markdown(treatment_table(found), help="Computed by the rule, the five items being one batch.")
            st.caption(f"{rule.source}. Its own normalisation: {rule.normalise.replace('_', ' ')}.")


def loss_cards() -> None:
    """Every loss of the registry, behind a button."""
    with st.expander(f"All losses ({len(LOSSES)})", icon=":material/menu_book:"):
        left, right = st.columns(2)
        for place, record in enumerate(LOSSES.values()):
            with (right if place % 2 else left).container(border=True):
                loss_card(record)


def loss_card(record: LossRecord) -> None:
    """Title, formula, sentence, when it helps, edge cases and source of a loss."""
    st.markdown(f"**{record.title}** `{record.name}`{' :orange-badge[experimental]' if record.experimental else ''}")
    st.latex(record.formula)
    st.markdown(record.summary)
    if record.helps:
        st.markdown(f"**Helps:** {record.helps}")
    if record.edge_cases:
        st.markdown(f"**Edge cases:** {record.edge_cases}")
    st.caption(f"{record.source}. Works on {works_on(record)}.")
