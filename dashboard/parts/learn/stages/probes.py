"""Probe sets beside their maps: points whose truth is known, in the space (to turn) and as a map draws them."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components.space import space
from dashboard.figures.space import space_payload
from dashboard.lessons import Picture, Recorded
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.demo_runs.probe_sets import PROBE_SETS, drawn
from mlcl_core.runs.run import Run

Panel = Callable[[str], None]


def _of_space(name: str, *, low: bool = False) -> None:
    """The points where they are."""
    truth = drawn(name).truth
    st.markdown("**In the data**")
    groups = f", in groups {', '.join(truth.names)}" if len(truth.names) > 1 else ""
    alt = f"{len(truth.points)} points in three dimensions{groups}."
    payload = space_payload(f"{name}.space", truth.points, truth.groups, truth.names, alt=alt, low=low)
    space(payload, key=f"learn.space.{name}")


def _of_map(name: str, neighbours: int | None, *, low: bool = False) -> None:
    """A map of them, with its score."""
    found = drawn(name, neighbours)
    title = "PCA" if neighbours is None else "UMAP"
    st.markdown(f"**On the {title} map** · trustworthiness {found.scores['trustworthiness']:.2f}")
    alt = f"{title} map of the same {len(found.xy)} points."
    payload = space_payload(f"{name}.{title}", found.xy, found.truth.groups, found.truth.names, alt=alt, low=low)
    space(payload, key=f"learn.space.{name}.{title}")


def _umap(name: str) -> None:
    _of_map(name, PROBE_SETS[name].neighbours[0])


def _pca(name: str) -> None:
    _of_map(name, None)


def _side_by_side(name: str, panels: Sequence[Panel]) -> Callable[[Recorded, Run, Picture], None]:
    def draw(_: Recorded, __: Run, ___: Picture) -> None:
        for column, panel in zip(st.columns(len(panels), gap="small"), panels, strict=True):
            with column:
                panel(name)

    return draw


def _one_below_the_other(_: Recorded, __: Run, ___: Picture) -> None:
    _of_map("distances", PROBE_SETS["distances"].neighbours[0], low=True)
    _of_space("distances", low=True)


def _map_of_distances(_: Recorded, __: Run, ___: Picture) -> None:
    _of_map("distances", PROBE_SETS["distances"].neighbours[0], low=True)


def _map_without_score(_: Recorded, __: Run, ___: Picture) -> None:
    found = drawn("noise", PROBE_SETS["noise"].neighbours[0])
    st.markdown("**A UMAP map**")
    space(space_payload("noise.UMAP", found.xy, alt=f"UMAP map of {len(found.xy)} points."), key="learn.space.judge")


PROBE_NOISE = Stage("map of a probe set", _map_without_score, of_a_run=False)
PROBE_NOISE_TRUTH = Stage("map and truth of a probe set", _side_by_side("noise", (_umap, _of_space)), of_a_run=False)
PROBE_DISTANCES = Stage("distances on a map", _map_of_distances, of_a_run=False)
PROBE_DISTANCES_TRUTH = Stage("distances on a map and in the data", _one_below_the_other, of_a_run=False)
PROBE_SIZES = Stage("sizes on a map and in the data", _side_by_side("sizes", (_of_space, _umap)), of_a_run=False)
PROBE_RINGS = Stage("rings on maps and in the data", _side_by_side("rings", (_of_space, _pca, _umap)), of_a_run=False)
