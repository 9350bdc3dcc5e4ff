"""Values that cards set for the widgets of the matrices."""

from dashboard import state


def pairs(
    example: str,
    a: str = "similarity_dissimilarity",
    b: str = "any_shared",
    *,
    placement: str = "outside",
    normalise: str = "rule",
    temperature: float = 0.1,
) -> dict[str, object]:
    """Two methods on an example of the Relations page, under the same placement, normalisation and temperature.

    The example has its own labels and the embeddings of ``recorded.example``.
    """
    return {
        state.RELATIONS_SOURCE: "example",
        state.RELATIONS_EXAMPLE: example,
        state.RELATIONS_READINESS: "learning",
        state.RELATIONS_RULE["A"]: a,
        state.RELATIONS_RULE["B"]: b,
        state.RELATIONS_PLACEMENT: placement,
        state.RELATIONS_NORMALISE: normalise,
        state.RELATIONS_TEMPERATURE: temperature,
    }
