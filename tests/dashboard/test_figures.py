"""Curves, timeline, table and words, as data."""

import numpy as np
import pytest
import torch

from dashboard.figures.anchor import anchor_pairs
from dashboard.figures.curves import LONGEST, cosine_options, metric_options
from dashboard.figures.pair_table import pair_table
from dashboard.figures.timeline import timeline_payload
from dashboard.figures.words import ago, duration, escaped, label_set
from mlcl_core.losses import build_loss
from tests.made_runs import made_data


def frames(count: int) -> list[dict]:
    """Frame events with a loss and one cosine."""
    return [
        {"event": "frame", "step": 10 * i, "metrics": {"loss": 3.0 - i / 100, "cosine_equal": 0.5}}
        for i in range(count)
    ]


def test_cosine_curves_mark_the_step_looked_at() -> None:
    """Four lines named at their ends, colours of the relations, a dashed line at the step."""
    options = cosine_options(frames(5), now=20)
    assert [line["name"] for line in options["series"]] == ["equal", "nested", "overlap", "disjoint"]
    assert options["series"][0]["lineStyle"]["color"] == "#009E73"
    assert options["series"][0]["markLine"]["data"] == [{"xAxis": 20}]
    assert len({line["symbol"] for line in options["series"]}) == 4
    assert "markLine" not in cosine_options(frames(5), now=None)["series"][0]


@pytest.mark.parametrize("count", [0, 1, 7, LONGEST, LONGEST + 1, 5 * LONGEST + 3])
def test_long_curves_are_thinned_and_keep_their_ends(count: int) -> None:
    """However long the run, a line has at most 401 points, the first and the newest among them."""
    points = metric_options(frames(count), "loss", "Loss", None)["series"][0]["data"]
    assert len(points) <= LONGEST + 1
    if count:
        assert points[0][0] == 0
        assert points[-1][0] == 10 * (count - 1)


def test_timeline_marks_interventions() -> None:
    """What was set, paused and taken up again stands where it happened, in words."""
    events = [
        {"event": "step", "step": 1},
        {"event": "acknowledged", "action": "set", "step": 7, "settings": {"loss.temperature": 0.2}},
        {"event": "acknowledged", "action": "pause", "step": 9},
        {"event": "resumed", "step": 8},
    ]
    payload = timeline_payload("r", [0, 10], None, events, growing=True)
    assert [(mark["step"], mark["kind"]) for mark in payload["marks"]] == [(7, "set"), (9, "pause"), (8, "resumed")]
    assert payload["marks"][0]["text"] == "temperature 0.2 at step 7"


def test_pair_table_holds_the_strongest() -> None:
    """At most so many pulls and pushes, strongest first, numbers unrounded."""
    y = made_data().labels.dense().numpy()
    z = torch.nn.functional.normalize(torch.randn(40, 6, generator=torch.Generator().manual_seed(1)), dim=1).numpy()
    pairs = anchor_pairs(build_loss("weighted_supcon"), z, y, 4)
    table = pair_table(pairs, np.arange(40), [""] * 40, y, made_data().label_names, shown=6)
    force = table["force"].to_numpy()
    assert (force < 0).sum() == (force > 0).sum() == 6
    assert (np.diff(np.abs(force)) <= 0).all()
    assert abs(force[force < 0]).max() == -pairs.force.min()
    assert table["item"][0] == f"item {table['row'][0]}"


def test_a_held_order_stays() -> None:
    """With a line selected, rows keep their places; their numbers are the new ones."""
    y = made_data().labels.dense().numpy()
    z = torch.nn.functional.normalize(torch.randn(40, 6, generator=torch.Generator().manual_seed(2)), dim=1).numpy()
    pairs = anchor_pairs(build_loss("weighted_supcon"), z, y, 4)
    table = pair_table(pairs, np.arange(40), [""] * 40, y, made_data().label_names, held=[9, 3, 30])
    assert table["row"].tolist() == [9, 3, 30]
    assert table["force"].tolist() == pairs.force[[9, 3, 30]].tolist()


def test_words() -> None:
    """Durations, ages, sets; other people's words cannot act as markup."""
    assert [duration(s) for s in (None, 4.6, 100, 3700)] == ["–", "5 s", "1 min 40 s", "1 h 1 min"]
    assert ago(0.21) == "0.2 s ago"
    assert label_set(["a", "b"]) == "{a, b}"
    assert escaped("<b>*x*</b> $y$ [z](w)") == r"\<b\>\*x\*\</b\> \$y\$ \[z\]\(w\)".replace("</b", r"</b")
