"""Cards of rules and losses, from their registry records."""

import streamlit as st

from dashboard.figures.relations import Verdict
from dashboard.figures.rule_cards import treatment_table, treatments, works_on
from mlcl_core.losses import LOSSES, LossRecord
from mlcl_core.pairs import RULES


def rule_cards(verdicts: dict[str, Verdict]) -> None:
    """Cards of the two methods, with their effect on each relation under the parameters on the page."""
    for column, (letter, one) in zip(st.columns(2), verdicts.items(), strict=True):
        with column.container(border=True, height="stretch"):
            if not one.method.is_rule:
                loss_card(LOSSES[one.method.rule], letter)
                show_treatments(one)
                continue
            rule = RULES[one.method.rule]
            st.markdown(f"**{letter}: {rule.title}**")
            st.latex(rule.formula)
            st.markdown(rule.summary)
            st.markdown(f"**Helps:** {rule.when_to_use}")
            st.markdown(f"**Edge cases:** {rule.edge_cases}")
            show_treatments(one)
            st.caption(f"{rule.source}. Its own normalisation: {rule.normalise.replace('_', ' ')}.")


def show_treatments(one: Verdict) -> None:
    """The weight that a method gives to one pair of each relation."""
    found = treatments(one.method.rule, one.method.rule_params)
    if found is not None:
        st.markdown(treatment_table(found), help="Computed by the method itself, with the five items as one batch.")


def loss_cards() -> None:
    """All losses of the registry, behind a button."""
    with st.expander(f"All losses ({len(LOSSES)})", icon=":material/menu_book:"):
        left, right = st.columns(2)
        for place, record in enumerate(LOSSES.values()):
            with (right if place % 2 else left).container(border=True):
                loss_card(record)


def loss_card(record: LossRecord, letter: str = "") -> None:
    """Title, formula, summary, use, edge cases and source of a loss."""
    title = f"{letter}: {record.title}" if letter else record.title
    st.markdown(f"**{title}** `{record.name}`{' :orange-badge[experimental]' if record.experimental else ''}")
    st.latex(record.formula)
    st.markdown(record.summary)
    if record.when_to_use:
        st.markdown(f"**Helps:** {record.when_to_use}")
    if record.edge_cases:
        st.markdown(f"**Edge cases:** {record.edge_cases}")
    st.caption(f"{record.source}. Works on {works_on(record)}.")
