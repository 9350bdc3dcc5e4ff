"""Checks of the arrays and the status of a run: shapes, types, lengths, items, bounds."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from mlcl_core.errors import InputError
from mlcl_core.runs.checked import checked_meta, checked_status
from mlcl_core.runs.checked_arrays import Watched, checked_batch, checked_frame, checked_map
from mlcl_core.runs.records import Status

Arrays = dict[str, np.ndarray]
N, LABELS = 6, 3
WATCHED = Watched(np.arange(N) * 3, LABELS)


def frame() -> Arrays:
    """A frame of six items, with prototypes."""
    z = np.ones((N, 4), np.float32)
    return {"ids": WATCHED.ids.copy(), "z": z, "h": np.ones((N, 2), np.float32), "prototypes": z[:LABELS]}


def drawn() -> Arrays:
    """Their map."""
    xy = np.ones((N, 2), np.float32)
    return {"ids": WATCHED.ids.copy(), "xy": xy, "prototypes": xy[:LABELS]}


def batch() -> Arrays:
    """A batch of five items, three of which are anchors."""
    wide = np.ones((3, 5), np.float32)
    return {
        "ids": np.arange(5), "view": np.array([0, 0, 0, 1, 2]), "z": np.ones((5, 4), np.float32),
        "y": np.ones((5, LABELS), np.uint8), "w": wide, "s": wide.copy(), "force": wide.copy(),
        "pictures": np.zeros((5, 1, 8, 8), np.uint8),
    }  # fmt: skip


READ: dict[str, tuple[Callable[[], Arrays], Callable[[Arrays], Any]]] = {
    "frame": (frame, lambda arrays: checked_frame(5, arrays, WATCHED)),
    "map": (drawn, lambda arrays: checked_map(5, "pca", arrays, '{"knn_recall": 1}', WATCHED)),
    "batch": (batch, lambda arrays: checked_batch(5, arrays, '{"loss.temperature": 0.2}', WATCHED)),
}


@pytest.mark.parametrize("kind", READ)
def test_what_is_whole_is_read(kind: str) -> None:
    """Valid arrays are returned, in float64 or float32, labels as booleans."""
    make, read = READ[kind]
    arrays = make()
    found = read(arrays)
    for name, array in arrays.items():
        assert np.array_equal(getattr(found, name), array)
    wide = {name: array.astype(np.float64) if array.dtype == np.float32 else array for name, array in arrays.items()}
    assert read(wide).step == 5


@pytest.mark.parametrize("kind", READ)
def test_no_array_may_be_missing_or_of_another_type_or_shape(kind: str) -> None:
    """Each array in turn: missing, with a row or an axis more or less, as text or as another kind of number."""
    make, read = READ[kind]
    for name in make():
        if name not in ("prototypes", "pictures"):
            with pytest.raises(InputError, match=f"{name} is missing"):
                read({key: array for key, array in make().items() if key != name})
        good = make()[name]
        other = good.astype(np.int64 if good.dtype == np.float32 else np.float32)
        for bad in (good[:-1], good[None], good[..., None], np.concatenate([good, good]), other, good.astype("S4")):
            with pytest.raises(InputError) as refused:
                read({**make(), name: bad})
            assert "\n" not in str(refused.value)
            assert len(str(refused.value)) < 300


@pytest.mark.parametrize("ids", [
    np.arange(N), WATCHED.ids[::-1], WATCHED.ids + 1, np.zeros(N, np.int64), WATCHED.ids.astype(np.float32),
])  # fmt: skip
def test_the_items_must_be_the_watched_ones(ids: np.ndarray) -> None:
    """In their order: row i of a frame is row i of the list. Without a readable list nothing can tell."""
    for kind in ("frame", "map"):
        make, read = READ[kind]
        with pytest.raises(InputError, match="ids"):
            read({**make(), "ids": ids})
    if ids.dtype == np.int64:
        assert checked_frame(5, {**frame(), "ids": ids}, None).step == 5


def test_numbers_that_are_not_finite() -> None:
    """A frame may hold NaN, of a training that broke down; a map and a batch may not, and 3e38 is refused in all."""
    for value, kinds in ((np.nan, ("map", "batch")), (np.inf, ("map", "batch")), (3e38, ("frame", "map", "batch"))):
        for kind in kinds:
            make, read = READ[kind]
            for name, array in make().items():
                if array.dtype == np.float32:
                    bad = array.copy()
                    bad[0, 0] = value
                    with pytest.raises(InputError, match=f"{name} holds"):
                        read({**make(), name: bad})
    broken = frame()
    broken["z"][2] = np.nan
    assert np.isnan(checked_frame(5, broken, WATCHED).z[2]).all()


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"a": NaN}', '{"a": 1e400}', '{"a": [1]}', "[" * 9_999])
def test_scores_and_settings_are_finite_numbers(text: str) -> None:
    """Any other value is refused with its key."""
    for read in (
        lambda: checked_map(5, "pca", drawn(), text, WATCHED),
        lambda: checked_batch(5, batch(), text, WATCHED),
    ):
        with pytest.raises(InputError, match="in the file's metadata"):
            read()


@pytest.mark.parametrize("text", ['{"a": "b"}', '{"a": {}}'])
def test_settings_may_be_words_and_scores_may_not(text: str) -> None:
    """A rule is a word, its parameters are values by name."""
    assert checked_batch(5, batch(), text, WATCHED).settings == json.loads(text)
    with pytest.raises(InputError, match="a: input should be a valid number"):
        checked_map(5, "pca", drawn(), text, WATCHED)


@pytest.mark.parametrize(("key", "value"), [
    ("pid", -1), ("pid", 0), ("pid", 2**40), ("step", -1), ("step", 10**400), ("total", 1e300),
    ("heartbeat", float("nan")),
    ("eta", float("inf")), ("seconds", -1.0), ("error", "x" * 20_000), ("ready", "half"), ("loss", float("-inf")),
    ("last_step", [5]), ("host", 7), ("state", None),
])  # fmt: skip
def test_a_status_holds_what_can_be(key: str, value: Any) -> None:
    """An impossible number, an endless text, another type: the key is named."""
    good = asdict(Status(state="running", step=3, pid=77, heartbeat=5.0, loss=-1.5))
    assert checked_status(json.dumps(good).encode()) == Status(**good)
    with pytest.raises(InputError):
        checked_status(json.dumps({**good, key: value}).encode())


@pytest.mark.parametrize(("key", "value"), [
    ("name", ""), ("name", "n" * 101), ("name", 5), ("name", None), ("note", "x" * 10_001), ("note", []),
    ("created", 1e300), ("created", -5.0), ("created", float("nan")), ("created", "yesterday"), ("created", True),
    ("branch", "off"), ("branch", {"parent": "a", "at": 5}), ("branch", {"parent": "", "at": 5, "checkpoint": 5}),
    ("branch", {"parent": "a", "at": -1, "checkpoint": 0}), ("branch", {"parent": "a", "at": 5, "checkpoint": 6}),
    ("tags", "one"), ("tags", [5]), ("tags", [""]), ("tags", ["x" * 41]), ("tags", ["x"] * 21),
])  # fmt: skip
def test_a_meta_file_holds_what_can_be(key: str, value: Any) -> None:
    """As for the status; unknown keys are kept."""
    good = {"name": "n" * 100, "note": "", "created": 5.0, "tags": ["a", "b"], "mood": {"good": [1]}}
    assert checked_meta(json.dumps(good).encode()) == good
    branched = {**good, "branch": {"parent": "a", "at": 5, "checkpoint": 5}}
    assert checked_meta(json.dumps(branched).encode()) == branched
    with pytest.raises(InputError, match=key):
        checked_meta(json.dumps({**good, key: value}).encode())
