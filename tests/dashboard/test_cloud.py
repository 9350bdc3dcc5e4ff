"""Frames and items of the cloud, as data."""

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from dashboard.figures.anchor import anchor_pairs, force_by_relation, most_informative_anchor
from dashboard.figures.cloud import CloudFrame, alt_text, empty_message, items_message
from dashboard.figures.colourings.cardinality import by_label_count
from dashboard.figures.colourings.label import by_label
from dashboard.figures.colourings.relation import by_relation
from dashboard.figures.colourings.split import by_split
from dashboard.figures.colours import RELATIONS
from dashboard.figures.selected import Shown
from dashboard.figures.wire import unpack
from mlcl_core.losses import build_loss
from mlcl_core.pairs import Relation
from tests import reference
from tests.made_runs import made_data

SD = build_loss("weighted_supcon", rule="similarity_dissimilarity", temperature=0.1)


def space() -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and labels of the made data."""
    z = torch.nn.functional.normalize(torch.randn(40, 6, generator=torch.Generator().manual_seed(1)), dim=1)
    return z.numpy(), made_data().labels.dense().numpy()


def test_codes_are_those_of_the_relations() -> None:
    """Colours, shapes and names use the codes of mlcl_core.pairs, none missing, no shape or colour twice."""
    assert {mark.name.upper(): mark.code for mark in RELATIONS} == {
        relation.name: int(relation) for relation in Relation
    }
    assert len({mark.shape for mark in RELATIONS}) == len({mark.colour for mark in RELATIONS}) == 5


def test_positions_survive_quantising() -> None:
    """Positions come back within one part in 65,535 of the frame's box."""
    xy = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    colouring = by_label_count(np.ones((50, 2), dtype=bool))
    header, arrays = unpack(
        CloudFrame(xy, colouring, items="i", run="r", step=3, map_name="pca", status="", alt="").message()
    )
    left, bottom, right, top = header["box"]
    back = arrays["xy"].reshape(-1, 2) / 65535 * [right - left, top - bottom] + [left, bottom]
    assert np.abs(back - xy).max() <= max(right - left, top - bottom) / 65535


@pytest.mark.parametrize("xy", [np.zeros((0, 2)), np.zeros((1, 2)), np.ones((4, 2)), np.full((3, 2), np.nan)])
def test_degenerate_maps_make_frames(xy: np.ndarray) -> None:
    """No point, one point, all at one position, or not finite: a frame with a box of positive size."""
    colouring = by_label_count(np.zeros((len(xy), 3), dtype=bool))
    with np.errstate(all="ignore"):
        header, _ = unpack(
            CloudFrame(
                np.nan_to_num(xy), colouring, items="", run="r", step=0, map_name="pca", status="", alt=""
            ).message()
        )
    left, bottom, right, top = header["box"]
    assert right > left
    assert top > bottom
    assert header["n"] == len(xy)


def test_20000_points_fit_in_120_kilobytes() -> None:
    """A live frame of 20,000 points in the colours and sizes of their pairs, some selected, is under 120,000 bytes."""
    rng = np.random.default_rng(0)
    pairs = anchor_pairs(SD, rng.normal(size=(20_000, 8)), rng.random((20_000, 40)) < 0.1, 3)
    spread = replace(pairs, weight=rng.random(20_000))  # of every size
    message = CloudFrame(
        rng.normal(size=(20_000, 2)),
        by_relation(spread),
        items="i",
        run="r",
        step=1,
        map_name="pca",
        status="",
        alt="",
        pairs=spread,
        selection=Shown(rng.random(20_000) < 0.5),
    ).message()
    assert len(message) < 120_000
    arrays = unpack(message)[1]
    np.testing.assert_array_equal(arrays["code"], pairs.relation)
    assert len(np.unique(arrays["size"])) == 8  # the steps in which marks.js draws
    assert np.abs(arrays["size"] / 255 - spread.weight / spread.weight.max()).max() <= 1 / 14 + 1 / 255


def test_equal_frames_have_equal_stamps() -> None:
    """Equal frames have equal stamps; another anchor has another stamp."""
    z, y = space()
    frames = []
    for anchor in (4, 4, 5):
        pairs = anchor_pairs(SD, z, y, anchor)
        frames.append(
            unpack(
                CloudFrame(
                    z[:, :2],
                    by_relation(pairs),
                    items="i",
                    run="r",
                    step=1,
                    map_name="pca",
                    status="",
                    alt="",
                    pairs=pairs,
                ).message()
            )[0]
        )
    assert frames[0]["stamp"] == frames[1]["stamp"] != frames[2]["stamp"]


@pytest.mark.parametrize("role", ["anchor", "reference"])
def test_pairs_equal_the_reference_loops(role: str) -> None:
    """All quantities of an anchor's pairs, in both roles, equal the loops over sets to 1e-6."""
    z, y = space()
    own = np.arange(len(y))
    loops = reference.anchors(z, y, z, y, rule="similarity_dissimilarity", temperature=0.1, self_index=own)
    fields = {
        "relation": "relation",
        "shared": "shared",
        "extra": "extra",
        "similarity_factor": "similarity_factor",
        "dissimilarity_factor": "dissimilarity_factor",
        "weight": "attract",
        "cosine": "cosine",
        "force": "force",
    }
    for anchor in (0, 1, 2, 17):
        pairs = anchor_pairs(SD, z, y, anchor, role)
        others = own != anchor
        for ours, theirs in fields.items():
            expected = loops[theirs][anchor] if role == "anchor" else loops[theirs][:, anchor]
            np.testing.assert_allclose(getattr(pairs, ours)[others], expected[others], atol=1e-6, err_msg=ours)


def test_the_item_is_no_pair_with_itself() -> None:
    """The anchor's own entry has no relation, no weight and no force, and the legend does not count it."""
    z, y = space()
    pairs = anchor_pairs(SD, z, y, 4)
    assert pairs.relation[4] == pairs.weight[4] == pairs.force[4] == 0
    assert sum(by_relation(pairs).counts().values()) == len(y) - 1


def test_forces_of_one_anchor_sum_to_zero() -> None:
    """The bars by relation contain all of the force, which sums to zero."""
    z, y = space()
    pairs = anchor_pairs(SD, z, y, 4)
    forces = force_by_relation(pairs)
    assert all(pull <= 0 <= push for pull, push in forces.values())
    net = sum(pull + push for pull, push in forces.values())
    assert net == pytest.approx(float(pairs.force.sum()), abs=1e-12)
    assert net == pytest.approx(0, abs=1e-9)


def test_first_anchor_has_relations() -> None:
    """The default anchor is related to other items; without items there is none."""
    _, y = space()
    row = most_informative_anchor(y)
    assert ((y & y[row]).sum(1) > 0).sum() > 2
    assert most_informative_anchor(np.zeros((0, 3), dtype=bool)) == -1
    assert most_informative_anchor(np.zeros((3, 3), dtype=bool)) in (0, 1, 2)


def test_first_anchor_among_many() -> None:
    """Of 100,000 items one with every kind of relation is found, without a matrix of all pairs."""
    y = np.random.default_rng(0).random((100_000, 5)) < 0.4
    row = most_informative_anchor(y)
    shared, size = (y & y[row]).sum(1), y.sum(1)
    kinds = (shared == size) & (size == y[row].sum()), (shared == size) & (size < y[row].sum()) & (size > 0)
    assert kinds[0].sum() > 1
    assert kinds[1].any()
    assert ((shared == y[row].sum()) & (size > shared)).any()


def test_items_message_holds_labels_and_pictures() -> None:
    """Label sets are recovered by offsets, names are unchanged, each item has one picture tile."""
    data = made_data()
    file = io.BytesIO()
    Image.new("L", (12, 8), 10).save(file, format="PNG")
    pictures = [file.getvalue()] * 39 + [b"broken"]
    name, message = items_message(
        ids=np.arange(40),
        names=data.item_names,
        labels=data.labels.dense().numpy(),
        label_names=data.label_names,
        pictures=pictures,
    )
    header, arrays = unpack(message)
    assert header["digest"] == name
    assert header["label_names"] == list(data.label_names)
    first, last = arrays["label_offsets"][1], arrays["label_offsets"][2]
    assert sorted(arrays["label_members"][first:last]) == [0, 1, 2, 3, 4]
    sheet = Image.open(io.BytesIO(arrays["atlas"].tobytes()))
    assert sheet.width == header["columns"] * header["tile"]
    assert (sheet.width // header["tile"]) * (sheet.height // header["tile"]) >= 40


def test_alt_text_is_made_of_numbers() -> None:
    """The text for screen readers names map, step, anchor and counts."""
    colouring = by_split(["train", "train", "test"])
    words = alt_text("PCA", 1200, colouring, anchor="a {b}")
    assert words == "PCA map at step 1,200, 3 items, anchor a {b}: 2 train, 0 validation, 1 test."


def test_colourings() -> None:
    """One label, number of labels (four and more together)."""
    y = np.array([[1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0]], dtype=bool)
    assert by_label(y, 1, "sea").code.tolist() == [1, 0, 1]
    assert by_label_count(y).code.tolist() == [4, 0, 1]


def test_empty_cloud_says_why() -> None:
    """A cloud without points carries the message that replaces it."""
    header, _ = unpack(empty_message("No run yet."))
    assert (header["n"], header["empty"]) == (0, "No run yet.")


def test_stars_go_along() -> None:
    """Label prototypes are sent with positions and names; without prototypes neither is."""
    xy = np.zeros((4, 2), np.float32)
    colouring = by_label_count(np.ones((4, 2), dtype=bool))
    places = np.array([[0.5, -1.0], [2.0, 3.0]])
    about = {"items": "i", "run": "r", "step": 3, "map_name": "pca", "status": "", "alt": ""}
    header, arrays = unpack(CloudFrame(xy, colouring, stars=places, star_names=("cat", "<b>"), **about).message())
    assert arrays["stars"].tolist() == [0.5, -1.0, 2.0, 3.0]
    assert header["star_names"] == ["cat", "<b>"]
    header, arrays = unpack(CloudFrame(xy, colouring, **about).message())
    assert "stars" not in arrays
    assert header["star_names"] == []


def test_stars_without_a_place_stay_away() -> None:
    """A prototype without a position is not drawn, and the others keep their names."""
    colouring = by_label_count(np.ones((4, 2), dtype=bool))
    places = np.array([[np.nan, np.nan], [2.0, 3.0]])
    about = {"items": "i", "run": "r", "step": 3, "map_name": "pca", "status": "", "alt": ""}
    header, arrays = unpack(
        CloudFrame(np.zeros((4, 2), np.float32), colouring, stars=places, star_names=("cat", "sea"), **about).message()
    )
    assert arrays["stars"].tolist() == [2.0, 3.0]
    assert header["star_names"] == ["sea"]


@pytest.mark.parametrize("apart", [[], [0], list(range(400)), list(range(401))])
def test_those_apart_are_in_sight(apart: list[int]) -> None:
    """The first view shows all items that stand apart, however few; without any nothing is sent."""
    xy = np.random.default_rng(0).normal(size=(401, 2)).astype(np.float32)
    xy[apart] -= 50
    mask = np.isin(np.arange(401), apart)
    about = {"items": "i", "run": "r", "step": 3, "map_name": "pca", "status": "", "alt": "A map."}
    header, arrays = unpack(
        CloudFrame(xy, by_label_count(np.ones((401, 2), dtype=bool)), apart=mask, **about).message()
    )
    left, bottom, right, top = header["extent"]
    assert (xy[apart] > [left, bottom]).all()
    assert (xy[apart] < [right, top]).all()
    assert ("apart" in arrays) == bool(apart)
    assert ("without a direction" in header["alt"]) == bool(apart)
