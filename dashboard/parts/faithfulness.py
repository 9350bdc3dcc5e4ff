"""How far a map can be trusted, and whether the model moved or only the map."""

import streamlit as st

from dashboard import loaders
from dashboard.parts.current import Place
from mlcl_core.errors import InputError


def show_faithfulness(where: Place) -> None:
    """The map's scores with their meanings, and a notice when the projector moved and not the model."""
    from mlcl_core.maps import verdict

    if where.step is None:
        return
    try:
        scores = loaders.map_frame(where.run, where.map_name, where.step).scores
    except InputError:
        return
    st.markdown("**How far can this map be trusted?**")
    _score(
        "Trustworthiness",
        scores,
        "trustworthiness",
        "Of the neighbours you see here, how many are neighbours in the space too. 1 is perfect.",
    )
    _score(
        "kNN recall",
        scores,
        "knn_recall",
        "Of an item's nearest neighbours in the space, the share that is near it here too.",
    )
    moved = verdict(scores)
    if moved == "projector":
        st.warning(
            "Only the **map** moved since the last one, not the model: read nothing into this jump.",
            icon=":material/warning:",
        )
    elif moved == "model":
        st.info("The **model** moved, and this map hardly shows it.", icon=":material/info:")
    else:
        st.caption(
            {
                "both": "Model and map moved: the model is learning.",
                "still": "Neither model nor map moved since the last map.",
            }[moved]
        )
    if "seconds" in scores:
        st.caption(f"Drawn in {scores['seconds']:.1f} s.")


def _score(title: str, scores: dict[str, float], key: str, meaning: str) -> None:
    value, ceiling = scores.get(key), scores.get(f"{key}_ceiling")
    words = "–" if value is None else f"{value:.2f}" + (f" of at most {ceiling:.2f}" if ceiling is not None else "")
    st.markdown(f"{title} **{words}**")
    st.caption(meaning)
