"""The bench of the point cloud."""

import shutil
from pathlib import Path

import pytest

from mlcl_core.bench.cloud import Case, best, cloud, summary
from mlcl_core.bench.cloud_page import peers_folder
from mlcl_core.errors import InputError


def test_medians_of_a_turn_and_the_lowest_of_all_turns() -> None:
    """A turn counts by its medians, several by the lowest; the ratio is ours with WebGL to the peer."""
    frames = [{"frame": float(k), "script": k / 2, "event": k / 10} for k in (9, 1, 5)]
    turn = {"pan": frames, "hover": frames[:1], "lasso": frames, "hovered": 7, "chosen": [3, 4]}
    found = summary(turn)
    assert found == {"pan": 5, "pan_script": 2.5, "hover": 9, "pick": 0.9, "lasso": 5, "chosen": 4, "hovered": 7}
    slower = {**found, "pan": 20.0}
    numbers = best({"ours_webgl": [slower, found], "ours_2d": [slower], "regl_scatterplot": [slower]})
    assert numbers["ours_webgl"]["pan"] == 5
    assert numbers["ratio_to_regl_scatterplot"] == {"pan": 0.25, "hover": 1, "pick": 1, "lasso": 1}


def test_the_peer_gets_the_points_that_ours_draws() -> None:
    """Its middle is 0 and its upper edge 1; each point has a colour, and the targets are points that are seen."""
    case = Case(300)
    places, points = case.places(), case.points()
    assert len(points["x"]) == len(points["code"]) == 300
    assert points["x"][5] == pytest.approx((places[5, 0] - 600) / 325)
    assert points["y"][5] == pytest.approx((325 - places[5, 1]) / 325)
    assert max(points["code"]) < len(points["colours"]) == len(points["sizes"]) == 5
    near = ((places[:, None] - case.plan(3, 1)["targets"]) ** 2).sum(-1)
    assert near.min(0).max() == 0


def test_without_npm_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No npm, and no peer from an earlier run."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="needs npm, which installs the peer regl-scatterplot"):
        peers_folder(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm installs the peer")
def test_cloud_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few points: all times exist, and all three choose the same points with a lasso and hover the same one."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    numbers = cloud(quick=True)
    found = numbers["milliseconds"]["500"]
    three = [found[name] for name in ("ours_webgl", "ours_2d", "regl_scatterplot")]
    assert {one["chosen"] for one in three} == {three[0]["chosen"]}
    assert {one["hovered"] for one in three} == {three[0]["hovered"]}
    assert three[0]["chosen"] > 100
    assert all(one[key] > 0 for one in three for key in ("pan", "hover", "lasso"))
    assert numbers["drawn_by"]["ours_webgl"].startswith("webgl2: ")
    assert numbers["drawn_by"]["ours_2d"] == "2d"
    assert all(one["arrived"] > 0 and one["moving"] > 0 for one in three[:2])
    assert numbers["messages"]["500"]["bytes"] > 2500
    assert numbers["ticks"]["500"]["bytes"] > numbers["messages"]["500"]["bytes"]
    assert numbers["ticks"]["500"]["seconds"] > 0
