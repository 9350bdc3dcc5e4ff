"""Cards of rules and losses, from their registry records."""

from collections.abc import Mapping

import streamlit as st

from dashboard.figures.methods import Method, method_names, methods_by_group
from dashboard.figures.rule_cards import method_table, treatment_table, treatments, works_on
from dashboard.parts.relations.method_settings import TABLE
from mlcl_core.losses import LOSSES, LossRecord
from mlcl_core.pairs import GROUPS, RULES


def rule_cards(methods: Mapping[str, Method]) -> None:
    """Cards of the two methods, with their effect on each relation under the parameters on the page."""
    for column, (letter, one) in zip(st.columns(2), methods.items(), strict=True):
        with column.container(border=True, height="stretch"):
            if not one.is_rule:
                loss_card(LOSSES[one.rule], letter)
                show_treatments(one)
                continue
            rule = RULES[one.rule]
            st.markdown(f"**{letter}: {rule.title}**")
            st.latex(rule.formula)
            st.markdown(rule.summary)
            st.markdown(f"**Helps:** {rule.when_to_use}")
            st.markdown(f"**Edge cases:** {rule.edge_cases}")
            show_treatments(one)
            st.caption(f"{rule.source}. Its own normalisation: {rule.normalise.replace('_', ' ')}.")


def show_treatments(one: Method) -> None:
    """The weight that a method gives to one pair of each relation."""
    found = treatments(one.rule, one.rule_params)
    if found is not None:
        st.markdown(treatment_table(found), help="Computed by the method itself, with the five items as one batch.")


def all_methods() -> None:
    """Every method by group, with which pairs it calls positive: in words, and on one pair of each relation."""
    title = f"{TABLE}: {len(method_names())} methods in {len(GROUPS)} groups"
    with st.expander(title, icon=":material/list:", key="relations.methods", on_change="rerun") as drawn:
        if not drawn.open:  # a closed one costs the page nothing
            return
        st.caption(
            "Numbers: the weight that the method, with its first settings, gives to the pair of S = {a, b} and T."
        )
        for name, names in methods_by_group().items():
            st.markdown(f"**{GROUPS[name].title.capitalize()}.** {GROUPS[name].summary}\n\n{method_table(names)}")


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
