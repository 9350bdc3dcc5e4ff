"""Items without a direction stand apart on every map."""

import numpy as np
import pytest

from mlcl_core.maps import MAPS, MapRecord, draw, faithfulness, map_moved
from mlcl_core.maps.apart import COLUMNS, put_apart
from tests.maps.conftest import clusters

every_map = pytest.mark.parametrize("record", MAPS.values(), ids=MAPS)


def with_zeros(z: np.ndarray, rows: list[int]) -> np.ndarray:
    """The same items, where some have no direction."""
    z = z.copy()
    z[rows] = 0
    return z


@every_map
def test_the_others_are_drawn_as_if_alone(z: np.ndarray, record: MapRecord) -> None:
    """The map of the rest is bit for bit the one without them; they stand beneath it, and are counted."""
    rows = [0, 7, 149]
    there = ~np.isin(np.arange(150), rows)
    made = (
        draw(record, with_zeros(z, rows), landmarks=80) if record.name == "umap" else draw(record, with_zeros(z, rows))
    )
    alone = record.make(z[there], None, **({"landmarks": 80} if record.name == "umap" else {}))
    assert (made.xy[there] == alone.xy).all()
    assert made.xy[rows, 1].max() < alone.xy[:, 1].min()
    assert len(np.unique(made.xy[rows], axis=0)) == 3
    assert made.details == {**alone.details, "without_direction": 3}
    assert faithfulness(with_zeros(z, rows), made.xy) == faithfulness(z[there], alone.xy)


@every_map
def test_with_directions_nothing_changes(z: np.ndarray, record: MapRecord) -> None:
    """Where all have a direction, it is the map itself."""
    made, alone = draw(record, z), record.make(z, None)
    assert (made.xy == alone.xy).all()
    assert made.details["without_direction"] == 0


@every_map
@pytest.mark.parametrize("left", [0, 1, 2, 3])
def test_hardly_any_has_a_direction(record: MapRecord, left: int) -> None:
    """None, one, two or three of seventy have one: finite places, each of the others its own, twice in a row."""
    z = with_zeros(clusters(70), list(range(left, 70)))
    first = draw(record, z)
    before = np.where((z != 0).any(1, keepdims=True), first.xy, np.nan).astype(np.float32)
    for made in (first, draw(record, z, before)):
        assert np.isfinite(made.xy).all()
        assert len(np.unique(made.xy[left:], axis=0)) == 70 - left
        assert made.details["without_direction"] == 70 - left


@every_map
def test_a_direction_found_begins_among_neighbours(z: np.ndarray, record: MapRecord) -> None:
    """An item that stood apart on the map before is drawn where it belongs, and the others hardly move."""
    before = draw(record, z).xy.copy()
    before[:5] = np.nan
    made = draw(record, z, before)
    whole = draw(record, z, draw(record, z).xy)
    assert map_moved(whole.xy, made.xy) < 0.1
    assert faithfulness(z, made.xy)["knn_recall"] > faithfulness(z, whole.xy)["knn_recall"] - 0.05


def test_none_had_a_place(z: np.ndarray) -> None:
    """A map before on which all stood apart is no start."""
    nowhere = np.full((150, 2), np.nan, np.float32)
    for record in MAPS.values():
        assert (draw(record, z, nowhere).xy == draw(record, z).xy).all()


def test_block_by_hand() -> None:
    """Beneath a cloud of 4 by 2, from its left edge on; a second row under the first."""
    cloud = np.array([[-2.0, 1], [2, 1], [0, 3]], np.float32)
    there = np.r_[True, np.zeros(COLUMNS + 1, bool), True, True]
    xy = put_apart(cloud, there)
    assert (xy[there] == cloud).all()
    top = 1 - 0.08 * 4
    assert xy[1] == pytest.approx([-2, top])
    assert xy[COLUMNS] == pytest.approx([2, top])
    assert xy[COLUMNS + 1] == pytest.approx([-2, top - 4 / (COLUMNS - 1)])
    alone = put_apart(np.zeros((0, 2), np.float32), np.zeros(COLUMNS, bool))
    assert np.ptp(alone, axis=0) == pytest.approx([2, 0])
