"""Probe sets: their truth is what their names say, and the maps that ship are the Lab's own of these points."""

import numpy as np
import pytest
from scipy.stats import chisquare

from mlcl_core.demo_runs.probe_sets import PROBE_SETS, drawn, group_distances, group_sizes
from mlcl_core.demo_runs.probe_sets.make import maps_of
from mlcl_core.demo_runs.probe_sets.maps import FILE, map_key
from mlcl_core.maps import faithfulness
from mlcl_core.runs.files import load_arrays

MAPS = [(name, near) for name, one in PROBE_SETS.items() for near in (None, *one.neighbours)]


def apart(points: np.ndarray, groups: np.ndarray) -> float:
    """The largest distance between groups over the smallest."""
    far = group_distances(points, groups)[np.triu_indices(groups.max() + 1, 1)]
    return float(far.max() / far.min())


def test_the_truth() -> None:
    """Groups as far apart and as wide as they were made; noise evenly in all eight corners of its cube."""
    truth = {name: one.points() for name, one in PROBE_SETS.items()}
    assert apart(truth["distances"].points, truth["distances"].groups) == pytest.approx(6, abs=0.3)
    # the root mean square of three coordinates
    expected = [3**0.5 * deviation for deviation in (0.2, 0.8, 2.4)]
    assert group_sizes(truth["sizes"].points, truth["sizes"].groups) == pytest.approx(expected, rel=0.1)
    corner = (truth["noise"].points > 0) @ (1, 2, 4)
    assert chisquare(np.bincount(corner)).pvalue > 0.01
    assert np.abs(truth["noise"].points).max() <= 1


def test_the_rings_are_linked() -> None:
    """One circle crosses the disc of the other once inside it and once outside: they cannot be pulled apart."""
    rings = PROBE_SETS["rings"].points()
    flat, upright = (rings.points[rings.groups == group] for group in (0, 1))
    assert np.allclose(flat[:, 2], 0)
    above = upright[:, 2] > 1e-6
    crossings = [upright[i] for i in np.flatnonzero(above != np.roll(above, 1))]
    assert sorted(bool(np.hypot(*point[:2]) < 1) for point in crossings) == [False, True]


@pytest.mark.parametrize(("name", "near"), MAPS)
def test_what_ships(name: str, near: int | None) -> None:
    """The points are those of the seed, the PCA map is made again to the bit, scores are the engine's."""
    arrays, shown = load_arrays(FILE)[0], drawn(name, near)
    made = PROBE_SETS[name].points()
    assert np.array_equal(shown.truth.points, made.points)
    assert len(shown.xy) == len(made.groups)
    assert np.isfinite(shown.xy).all()
    assert shown.scores == faithfulness(made.points, arrays[map_key(name, near)])
    if near is None:
        from mlcl_core.maps import pca_map

        np.testing.assert_allclose(shown.xy, pca_map(made.points).xy, atol=1e-4)


def test_all_that_ships_is_of_a_set() -> None:
    """No array of a set that is gone, none that is missing, and less than 50 KB."""
    names = {map_key(name, near) for name, near in MAPS} | set(PROBE_SETS)
    assert set(load_arrays(FILE)[0]) == names
    assert FILE.stat().st_size < 50_000


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBE_SETS)
def test_the_command_draws_them_again(name: str) -> None:
    """UMAP of another machine may round otherwise: neighbours are kept as well, and groups lie as misleadingly."""
    again = maps_of(PROBE_SETS[name])
    for near in PROBE_SETS[name].neighbours:
        shown, xy = drawn(name, near), again[map_key(name, near)]
        scores = faithfulness(shown.truth.points, xy)
        assert scores["trustworthiness"] == pytest.approx(shown.scores["trustworthiness"], abs=0.02)
        if shown.truth.groups.any():
            assert apart(xy, shown.truth.groups) == pytest.approx(apart(shown.xy, shown.truth.groups), rel=0.25)


def test_group_distances_by_hand() -> None:
    """A 3-4-5 triangle of middles; a group's size is the root mean square distance from its middle."""
    points = np.array([[0, 1], [0, -1], [3, 0], [3, 0], [3, 4]], np.float32)
    groups = np.array([0, 0, 1, 1, 2])
    assert group_distances(points, groups)[0].tolist() == [0, 3, 5]
    assert group_sizes(points, groups) == [1, 0, 0]
