"""Question: what a distance on a map says."""

import numpy as np

from dashboard.quiz.question import Asked, Option, QuizQuestion
from mlcl_core.maps import pca_map

OTHERS, HIDDEN = 40, 8  # further items; dimensions that the map leaves out
SAME_MAP = 1e-4


def make(rng: np.random.Generator) -> Asked | None:
    """Three items of a map, and two spaces with exactly that map in which their order differs."""
    one, near, far = (chr(ord("A") + int(letter)) for letter in rng.permutation(6)[:3])
    spaces = two_spaces(rng)
    maps = [pca_map(z) for z in spaces]
    short, long = (distance(maps[0].xy, other) for other in (1, 2))
    if any(abs(distance(maps[1].xy, other) - length) > SAME_MAP for other, length in ((1, short), (2, long))):
        return None
    cosines = [(float(z[0] @ z[1]), float(z[0] @ z[2])) for z in spaces]
    orders = {first > second for first, second in cosines}
    assert len(orders) == len(spaces)  # the order is open: this is what makes the answer right
    first, second = cosines
    return Asked(
        f"A PCA map of {len(spaces[0])} items, which shows {maps[0].details['explained']:.0%} of their variance. On it "
        f"item {near} lies {short:.2f} from item {one}, and item {far} lies {long:.2f} from it. Which of the two is "
        f"nearer to item {one}, by cosine, in the space where the loss acts?",
        (
            Option("This map alone cannot tell"),
            Option(f"Item {near}: it is nearer on the map", "map_is_space"),
            Option(f"Item {near}, about {long / short:.0f} times as near as item {far}", "read_as_scale"),
            Option(f"Item {far}: the map draws near items apart", "turned_around"),
        ),
        f"The map leaves out directions. Two spaces were made here whose PCA map is exactly this one. In one of them "
        f"the cosine of {one} is **{first[0]:.2f}** to {near} and **{first[1]:.2f}** to {far}; in the other it is "
        f"**{second[0]:.2f}** and **{second[1]:.2f}**: the order is turned. Read neighbours from the space (*Anchor*), "
        "and the map with its scores beside it.",
        {"spaces": spaces},
    )


def two_spaces(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors of the same items in two spaces that look alike in their first two dimensions.

    Each item has a twin that is mirrored in the hidden dimensions, so that those do not correlate with the two that are
    shown: PCA finds exactly these two in both spaces.
    """
    angle = rng.uniform(0, 2 * np.pi, OTHERS + 3)
    angle[1], angle[2] = angle[0] + rng.uniform(0.1, 0.3), angle[0] + rng.uniform(0.9, 1.4)
    radius = rng.uniform(0.72, 0.8, len(angle))
    seen = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    hidden = rng.standard_normal((len(angle), HIDDEN))
    spaces = []
    for facing in ((1, -1), (-1, 1)):  # of the near and the far item, beside the first one or opposite
        turned = hidden.copy()
        turned[1:3] = np.array(facing)[:, None] * hidden[0]
        turned *= (np.sqrt(1 - radius**2) / np.linalg.norm(turned, axis=1))[:, None]
        spaces.append(np.concatenate([np.hstack([seen, turned]), np.hstack([seen, -turned])]))
    return spaces[0], spaces[1]


def distance(xy: np.ndarray, other: int) -> float:
    """From the first item on the map."""
    return float(np.linalg.norm(xy[0] - xy[other]))


MAP_DISTANCE = QuizQuestion(
    name="map_distance",
    title="What a distance on a map says",
    lesson="what_maps_hide",
    card=4,
    mistakes={
        "map_is_space": "took the order on the map for the order in the space",
        "read_as_scale": "took distances on the map for a scale of the space",
        "turned_around": "took the map to turn distances around",
    },
    make=make,
)
