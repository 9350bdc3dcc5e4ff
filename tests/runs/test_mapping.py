"""Which maps are due, and making them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mlcl_core.errors import InputError
from mlcl_core.maps import MAPS, verdict
from mlcl_core.runs.files import load_arrays, save_arrays
from mlcl_core.runs.mapping import RunMaps
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from tests.runs.handmade import embeddings, make_run, write_frame


def maps_of(run: Run) -> RunMaps:
    """What a mapper that has just started knows of the run."""
    maps = RunMaps(run, run.config().maps)
    maps.scan()
    return maps


def draw_all(maps: RunMaps, *names: str) -> None:
    """Make every map that is due."""
    maps.scan()
    for name in names or MAPS:
        for step in maps.due(name):
            maps.draw(name, step, **({"landmarks": 50, "neighbours": 10} if name == "umap" else {}))


def later(run: Run, step: int) -> None:
    """Set a frame's time a second after now, as a frame written later has it."""
    path = numbered_path(run.path / "frames", step)
    stamp = path.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(stamp, stamp))
    os.utime(path.parent, ns=(stamp, stamp))


def test_pca_for_every_frame_umap_for_the_last(tmp_path: Path) -> None:
    """Every frame gets a PCA map, the last one a UMAP map, with the frame's ids and finite scores."""
    run = make_run(tmp_path, (0, 20, 40))
    draw_all(maps_of(run))
    assert run.map_steps("pca") == [0, 20, 40]
    assert run.map_steps("umap") == [40]
    for name, step in (("pca", 0), ("pca", 40), ("umap", 40)):
        made = run.map(name, step)
        assert (made.ids == run.frame(step).ids).all()
        assert made.xy.dtype == np.float32
        assert np.isfinite(made.xy).all()
        assert 0.5 < made.scores["trustworthiness"] <= 1
        assert 0 < made.scores["knn_recall"] <= 1
        assert made.scores["cpu_seconds"] > 0


def test_movement_is_told_from_the_map_before(tmp_path: Path) -> None:
    """The second map says how model and map moved since the first; a frame that repeats the last one: still."""
    run = make_run(tmp_path, (0, 20))
    maps = maps_of(run)
    draw_all(maps)
    write_frame(run, 40, embeddings(20))
    draw_all(maps)
    assert {"model_moved", "map_moved", "previous_step"}.isdisjoint(run.map("pca", 0).scores)
    assert run.map("pca", 20).scores["model_moved"] > 0.1
    for name in MAPS:
        scores = run.map(name, 40).scores
        assert scores["previous_step"] == 20
        assert scores["model_moved"] == 0
        assert verdict(scores) == "still"
    assert run.map("umap", 40).scores["warm"] == 1


def test_same_frames_same_pca_maps(tmp_path: Path) -> None:
    """PCA maps made one by one as frames come equal those made afterwards, bit for bit."""
    live, after = make_run(tmp_path / "a"), make_run(tmp_path / "b", (0, 20, 40))
    maps = maps_of(live)
    for step in (0, 20, 40):
        write_frame(live, step)
        draw_all(maps, "pca")
    draw_all(maps_of(after), "pca")
    for step in (0, 20, 40):
        assert (live.map("pca", step).xy == after.map("pca", step).xy).all()


def test_nothing_is_made_twice(tmp_path: Path) -> None:
    """A second look, and a second mapper, find nothing to do."""
    run = make_run(tmp_path, (0, 20))
    maps = maps_of(run)
    draw_all(maps)
    assert not maps.scan()
    for seen in (maps, maps_of(run)):
        assert not seen.due("pca")
        assert not seen.due("umap")


@pytest.mark.parametrize("restarted", [False, True])
def test_replaced_frame_gets_new_maps(tmp_path: Path, restarted: bool) -> None:
    """A frame that a resumed run writes again gets its maps again, and no UMAP map shows the old one meanwhile."""
    run = make_run(tmp_path, (0, 20, 40))
    maps = maps_of(run)
    draw_all(maps)
    old = run.map("pca", 40).xy
    write_frame(run, 40, embeddings(400))
    later(run, 40)
    maps = maps_of(run) if restarted else maps
    maps.scan()
    assert maps.due("pca") == [40]
    assert run.map_steps("umap") == []
    draw_all(maps)
    assert (run.map("pca", 40).xy != old).any()
    assert run.map_steps("umap") == [40]


def test_latest_is_the_last_written(tmp_path: Path) -> None:
    """After a resume the frame written last counts, not the later steps from before, and starts from an earlier map."""
    run = make_run(tmp_path, (0, 20, 40, 60))
    maps = maps_of(run)
    draw_all(maps)
    write_frame(run, 40, embeddings(400))
    later(run, 40)
    maps.scan()
    assert maps.due("umap") == [40]
    draw_all(maps)
    assert run.map("pca", 40).scores["previous_step"] == 20
    assert run.map("umap", 40).scores["warm"] == 0


def test_maps_without_a_frame_go(tmp_path: Path) -> None:
    """When frames are thinned out, so are their maps."""
    run = make_run(tmp_path, (0, 20, 40))
    maps = maps_of(run)
    draw_all(maps)
    numbered_path(run.path / "frames", 20).unlink()
    numbered_path(run.path / "frames", 40).unlink()
    maps.scan()
    assert run.map_steps("pca") == [0]
    assert run.map_steps("umap") == []


def test_copied_run_keeps_its_maps(tmp_path: Path) -> None:
    """New file times alone change nothing: maps belong to what is in the frames."""
    run = make_run(tmp_path, (0, 20))
    draw_all(maps_of(run))
    for step in (0, 20):
        later(run, step)
    maps = maps_of(run)
    assert not maps.due("pca")
    assert run.map_steps("umap") == [20]


def test_damaged_map_is_made_again(tmp_path: Path) -> None:
    """A map file that is cut off, or none of ours, is due again."""
    run = make_run(tmp_path, (0, 20))
    draw_all(maps_of(run), "pca")
    path = numbered_path(run.path / "maps" / "pca", 0)
    path.write_bytes(path.read_bytes()[:50])
    maps = maps_of(run)
    assert maps.due("pca") == [0]
    draw_all(maps, "pca")
    assert run.map("pca", 0).xy.shape == (60, 2)


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (np.full((60, 6), np.nan, np.float16), "row 0, column 0"),
        (np.zeros((60, 0), np.float16), "no column"),
        (np.zeros(60, np.float16), "shape"),
        (None, "cannot be read"),
    ],
    ids=["NaN", "no columns", "one axis", "cut off"],
)
def test_bad_frame_is_refused(tmp_path: Path, z: np.ndarray | None, message: str) -> None:
    """A frame that can't be mapped costs a line in log.txt; the others get their maps; put right, it gets its own."""
    run = make_run(tmp_path, (0, 20, 40))
    path = numbered_path(run.path / "frames", 20)
    if z is None:
        path.write_bytes(path.read_bytes()[:100])
    else:
        write_frame(run, 20, z)
    maps = maps_of(run)
    draw_all(maps)
    draw_all(maps)
    assert run.map_steps("pca") == [0, 40]
    log = (run.path / "log.txt").read_text()
    assert log.count("frame 20 gets no pca map") == 1
    assert message in log
    write_frame(run, 20)
    later(run, 20)
    draw_all(maps, "pca")
    assert run.map_steps("pca") == [0, 20, 40]


@pytest.mark.parametrize(
    "z",
    [np.zeros((0, 4)), np.ones((1, 4)), np.eye(2, 4), np.ones((30, 4)), np.arange(1.0, 31)[:, None], np.zeros((30, 4))],
    ids=["no items", "one", "two", "collapse", "one column", "zeros"],
)
def test_odd_frames_get_finite_maps(tmp_path: Path, z: np.ndarray) -> None:
    """Few items, a collapse, one column: both maps are there and finite, twice in a row."""
    run = make_run(tmp_path)
    maps = maps_of(run)
    for step in (0, 20):
        write_frame(run, step, z.astype(np.float16))
        draw_all(maps)
        for name in MAPS:
            made = run.map(name, step)
            assert made.xy.shape == (len(z), 2)
            assert np.isfinite(made.xy).all()
            assert all(np.isfinite(value) for value in made.scores.values())


def test_items_without_direction_stand_apart(tmp_path: Path) -> None:
    """They are marked in every map and counted in its scores; a map without any has no such list.

    Two of sixty have no direction at step 20, one of them and another at 40, none at 60. How far points went is told
    from those with a place before too: PCA hardly moved, and UMAP, of other landmarks each time, stayed where it was.
    """
    run = make_run(tmp_path, (0,))
    maps = maps_of(run)
    draw_all(maps)
    for step, gone in ((20, [3, 40]), (40, [3, 41]), (60, [])):
        z = embeddings(0).copy()
        z[gone] = 0
        write_frame(run, step, z)
        draw_all(maps)
        for name in MAPS:
            made = run.map(name, step)
            assert made.scores["without_direction"] == len(gone)
            assert made.scores["map_moved"] < {"pca": 0.25, "umap": 0.5}.get(name, float("inf"))
            assert made.apart is None if not gone else np.flatnonzero(made.apart).tolist() == gone
            assert np.isfinite(made.xy).all()
    assert run.map("pca", 40).scores["model_moved"] > 2 / 60
    assert run.map("pca", 0).apart is None


@pytest.mark.parametrize("name", list(MAPS))
def test_none_has_a_direction(tmp_path: Path, name: str) -> None:
    """All stand apart: no spot, no order, no movement; a prototype has no place between them."""
    run = make_run(tmp_path)
    maps = maps_of(run)
    for step in (0, 20):
        write_frame(run, step, np.zeros((60, 6)), prototypes=embeddings(0)[:2])
        draw_all(maps, name)
    made = run.map(name, 20)
    assert made.apart is not None
    assert made.apart.all()
    assert made.scores["without_direction"] == 60
    assert made.scores["spots"] == made.scores["map_moved"] == made.scores["model_moved"] == 0
    assert made.prototypes is not None
    assert np.isnan(made.prototypes).all()


def test_a_prototype_without_direction_has_no_place(tmp_path: Path) -> None:
    """The others stand where their items are, and are drawn between those that have a direction."""
    run = make_run(tmp_path)
    z = embeddings(20).copy()
    z[0] = 0
    write_frame(run, 20, z, prototypes=np.vstack([np.zeros(6), z[3]]))
    draw_all(maps_of(run), "pca")
    made = run.map("pca", 20)
    assert made.prototypes is not None
    assert np.isnan(made.prototypes[0]).all()
    np.testing.assert_allclose(made.prototypes[1], made.xy[3], atol=1e-4)


def test_a_list_of_another_length_is_refused(tmp_path: Path) -> None:
    """A map that says of fifty items whether they stand apart, and has sixty, is damaged."""
    run = make_run(tmp_path)
    arrays = {"ids": np.arange(60), "xy": np.zeros((60, 2), np.float32), "apart": np.zeros(50, np.uint8)}
    save_arrays(numbered_path(run.path / "maps" / "pca", 0), arrays, {"scores": "{}"})
    with pytest.raises(InputError, match="50"):
        run.map("pca", 0)


def test_other_items_start_afresh(tmp_path: Path) -> None:
    """Where the items differ from those of the map before, nothing is continued and no movement is claimed."""
    run = make_run(tmp_path, (0,))
    maps = maps_of(run)
    draw_all(maps)
    write_frame(run, 20, embeddings(20, n=70))
    draw_all(maps)
    assert "map_moved" not in run.map("pca", 20).scores
    assert run.map("umap", 20).scores["warm"] == 0


def test_killed_between_write_and_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a mapper that is killed before the rename leaves is no map; the next one makes it."""
    run = make_run(tmp_path, (0, 20))
    maps = maps_of(run)
    maps.draw("pca", 0)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            maps.draw("pca", 20)
    assert run.map_steps("pca") == [0]
    draw_all(maps_of(run), "pca")
    assert run.map_steps("pca") == [0, 20]


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A map that can't be written is still due, and nothing that was there is lost."""
    run = make_run(tmp_path, (0, 20))
    maps = maps_of(run)
    maps.draw("pca", 0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space"):
            maps.draw("pca", 20)
    assert maps.due("pca") == [20]
    assert run.map("pca", 0).xy.shape == (60, 2)


def test_file_holds_what_the_contract_says(tmp_path: Path) -> None:
    """ids int64, xy float32, the scores as JSON in the metadata."""
    run = make_run(tmp_path, (0,))
    draw_all(maps_of(run), "pca")
    arrays, metadata = load_arrays(numbered_path(run.path / "maps" / "pca", 0))
    assert {name: array.dtype.name for name, array in arrays.items()} == {"ids": "int64", "xy": "float32"}
    assert json.loads(metadata["scores"])["explained"] > 0


def test_prototypes_stand_where_their_items_are(tmp_path: Path) -> None:
    """A prototype that is an item's embedding stands on that item, in both maps; without prototypes there are none."""
    run = make_run(tmp_path, (0,))
    write_frame(run, 20, embeddings(20), prototypes=embeddings(20)[[3, 41]])
    draw_all(maps_of(run))
    for name in MAPS:
        made = run.map(name, 20)
        assert made.prototypes is not None
        np.testing.assert_allclose(made.prototypes, made.xy[[3, 41]], atol=1e-4)
    assert run.map("pca", 0).prototypes is None
    assert run.frame(0).prototypes is None
