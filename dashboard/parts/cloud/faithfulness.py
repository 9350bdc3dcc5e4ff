"""How far a map can be trusted, and whether the model or only the map moved."""

from collections.abc import Mapping

import streamlit as st

from dashboard import loaders
from dashboard.figures.cloud import STAND_APART, without_direction
from dashboard.parts.frame.current import View
from mlcl_core.errors import InputError

# (score, title, what it means)
SCORES = (
    (
        "trustworthiness",
        "Trustworthiness",
        "Each false neighbour here costs by how far down the space ranks it. 1: none is false; about 0.5: by chance.",
    ),
    (
        "knn_recall",
        "kNN recall",
        "Of an item's nearest here, the share that are among its nearest in the space.",
    ),
)
HELP = (
    "Two questions about the same neighbours. kNN recall counts those that are right. Trustworthiness (Venna & Kaski "
    "2001) asks how wrong the others are: the next best in the space costs almost nothing, the farthest of all most. "
    "So it can be near 1 where recall is low. Equally near items share the remaining ranks. Both scores are computed "
    "on a fixed sample of the items."
)


MOVED = {
    "projector": "Only the **map** moved since the last one, not the model: this jump means nothing.",
    "model": "The **model** moved, but this map hardly shows it.",
    "both": "Model and map moved: the model is learning.",
    "still": "Neither model nor map moved since the last map.",
}


def trust_words(scores: Mapping[str, float]) -> str:
    """The scores of a map in one line, and what moved since the map before."""
    from mlcl_core.maps import verdict

    said = [f"{title} {scores[key]:.2f}" for key, title, _ in SCORES if key in scores]
    if apart := int(scores.get("without_direction", 0)):
        said.append(without_direction(apart))
    return " · ".join([*said, MOVED[verdict(scores)].replace("**", "")])


def show_faithfulness(view: View) -> None:
    """Draw the map's scores with their meanings, and a notice when only the projector moved."""
    from mlcl_core.maps import verdict

    if view.step is None:
        return
    try:
        scores = loaders.map_frame(view.run, view.map_name, view.step).scores
    except InputError:
        return
    st.markdown("**How far can this map be trusted?**", help=HELP)
    _show_scores(scores)
    moved = verdict(scores)
    if moved == "projector":
        st.warning(MOVED[moved], icon=":material/warning:")
    elif moved == "model":
        st.info(MOVED[moved], icon=":material/info:")
    else:
        st.caption(MOVED[moved])
    if "seconds" in scores:
        st.caption(f"Drawn in {scores['seconds']:.1f} s.")


def _show_scores(scores: dict[str, float]) -> None:
    # maps of earlier versions have no scores of ties
    spots, tied = scores.get("spots"), scores.get("tied")
    if spots is not None and spots < 2:
        st.markdown("**No order to show**")
        st.caption(
            "All items lie on one spot in the space: no map of them is right or wrong."
            if spots
            else "No item has a direction: none is nearer than another."
        )
    else:
        for key, title, meaning in SCORES:
            value = scores.get(key)
            st.markdown(f"{title} **{'–' if value is None else f'{value:.2f}'}**")
            st.caption(meaning)
        if tied is not None and spots is not None:
            st.markdown(
                f"Exactly tied **{share(tied)}**",
                help=f"Items that lie exactly on another one in the space. All together lie on {spots:,.0f} spots.",
            )
    apart = int(scores.get("without_direction", 0))
    if apart:
        st.markdown(f"**{without_direction(apart)}**")
        st.caption(
            f"Their vector is zero, so that no item is near: they stand {STAND_APART}, crossed out, and in no score."
        )


def share(value: float) -> str:
    """A share in percent; shares just above 0 or below 1 are not rounded to them."""
    if 0 < value < 0.01:
        return "below 1 %"
    if 0.99 < value < 1:
        return "above 99 %"
    return f"{value:.0%}".replace("%", " %")
