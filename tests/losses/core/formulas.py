"""Formulas of the rule ``formula``, drawn at random."""

from hypothesis import strategies as st

NUMBERS = st.sampled_from(["s", "t", "both", "only_s", "only_t", "either", "labels", "2", "0.5", "1e-3"])
FORMULAS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "<", ">=", "==", "and", "or"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        st.tuples(st.sampled_from(["sqrt", "exp", "log", "abs", "not ", "-"]), inner).map(
            lambda p: f"({p[0]}({p[1]}))"
        ),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda p: f"{p[0]}({p[1]}, {p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"where({', '.join(p)})"),
    ),
    max_leaves=6,
)
