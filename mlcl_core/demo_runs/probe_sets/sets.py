"""The probe sets: points in three dimensions and the groups that they were made in, the same for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

PLACES = tuple[float, float, float]


@dataclass(frozen=True)
class Truth:
    """Points and the group of each one, by its number; ``names`` are those of the groups."""

    points: Float32[np.ndarray, "n 3"]
    groups: Int64[np.ndarray, " n"]
    names: tuple[str, ...]


@dataclass(frozen=True)
class ProbeSet:
    """One probe set.

    Attributes:
        name: Key of ``PROBE_SETS``.
        truth: What is known of it, in one sentence.
        make: Makes its points from random numbers.
        neighbours: The numbers of neighbours with which UMAP draws it, one map each.
    """

    name: str
    truth: str
    make: Callable[[np.random.Generator], Truth]
    neighbours: tuple[int, ...] = (15,)

    def points(self, seed: int = 0) -> Truth:
        """Its points from a seed."""
        return self.make(np.random.default_rng(seed))


def noise(generator: np.random.Generator) -> Truth:
    """300 points, each anywhere in a cube with the same probability."""
    return Truth(generator.uniform(-1, 1, (300, 3)).astype(np.float32), np.zeros(300, np.int64), ("points",))


def balls(
    generator: np.random.Generator, centres: tuple[PLACES, ...], deviations: tuple[float, ...], each: int
) -> Truth:
    """Groups of ``each`` normally distributed points around centres; deviations are those of every coordinate."""
    groups = np.repeat(np.arange(len(centres)), each)
    middle: Float64[np.ndarray, "n 3"] = np.array(centres)[groups]
    points = middle + np.array(deviations)[groups][:, None] * generator.normal(size=middle.shape)
    return Truth(points.astype(np.float32), groups, tuple("ABCDEFGH"[: len(centres)]))


def rings(_: np.random.Generator) -> Truth:
    """Two circles of radius 1, each through the middle of the other one."""
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    still = np.zeros_like(turn)
    flat, upright = [np.cos(turn), np.sin(turn), still], [1 + np.cos(turn), still, np.sin(turn)]
    points = np.concatenate([np.stack(ring, 1) for ring in (flat, upright)]).astype(np.float32)
    return Truth(points, np.repeat(np.arange(2), 120), ("A", "B"))


NOISE = ProbeSet("noise", "Random points in a cube: there is no group.", noise, (5, 15))
SIZES = ProbeSet(
    "sizes",
    "Three groups of as many points, each wider than the one before.",
    lambda generator: balls(generator, ((0, 0, 0), (12, 0, 0), (6, 10, 0)), (0.2, 0.8, 2.4), 80),
)
DISTANCES = ProbeSet(
    "distances",
    "Three equal groups on a line: A and B are near each other, C is far away.",
    lambda generator: balls(generator, ((0, 0, 0), (3, 0, 0), (18, 0, 0)), (0.5, 0.5, 0.5), 80),
)
RINGS = ProbeSet("rings", "Two rings, linked like those of a chain.", rings)
PROBE_SETS = {one.name: one for one in (NOISE, SIZES, DISTANCES, RINGS)}
