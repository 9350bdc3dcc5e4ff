"""Figures for print: 300 dots an inch, the screen's shapes and colours, names as text, the origin in the file."""

import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from dashboard.components.cloud import FOLDER
from dashboard.figures import print_sheet
from dashboard.figures.anchor_neighbours import AnchorNeighbours
from dashboard.figures.arrows import strongest
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.colourings.relation import by_relation
from dashboard.figures.colours import ATTRACT, RELATIONS, REPEL
from dashboard.figures.hand_batch import made_up_batch
from dashboard.figures.label_places import LabelPlaces
from dashboard.figures.methods import Method
from dashboard.figures.on_map import OnMap
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.print_cloud import FORCE, cloud_sheet
from dashboard.figures.print_marks import SHAPES, radius
from dashboard.figures.print_matrices import luminance, matrices_sheet, mix, short
from dashboard.figures.print_on_map import NEAR
from dashboard.figures.print_sheet import DOTS
from dashboard.figures.relations import relations_payload, verdict
from dashboard.figures.selected import Shown

PROVES = {"test_cells_say_what_the_screen_says": ("· not a positive",)}
NASTY = "$x_1$ <b onload='1'>&"
SVG = "{http://www.w3.org/2000/svg}"


def pairs(n: int = 12) -> AnchorPairs:
    """Item 0 with eleven others, of every relation; half of them pull."""
    rng = np.random.default_rng(0)
    numbers = {name: rng.random(n) for name in ("weight", "cosine", "similarity_factor", "dissimilarity_factor")}
    counts = {name: rng.integers(0, 3, n) for name in ("shared", "extra")}
    relation = np.array([0, *([1, 2, 3, 4, 5] * 3)[: n - 1]])
    return AnchorPairs(
        0, "anchor", relation=relation, positive=relation == 2, force=rng.normal(size=n), **numbers, **counts
    )


@pytest.fixture
def frame() -> CloudFrame:
    """A frame with an anchor, a prototype and arrows."""
    found, rng = pairs(), np.random.default_rng(1)
    return CloudFrame(
        rng.normal(size=(12, 2)),
        by_relation(found),
        items="",
        run="r",
        step=3,
        map_name="pca",
        status="",
        alt="",
        pairs=found,
        anchor=0,
        arrows=replace(strongest(found), way=(0.6, 0.8)).message(),
        stars=np.array([[0.1, 0.2], [np.nan, np.nan]]),
        star_names=[NASTY, "b"],
    )


def texts(svg: bytes) -> list[str]:
    """The texts of an SVG, which is well-formed."""
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_png_has_print_size_and_its_origin(frame):
    """7.1 x 5.6 inches at 300 dots; title and origin are in the file."""
    picture = Image.open(io.BytesIO(cloud_sheet(frame, "a title", ["a note"], {"run": "r"}).file("png")))
    assert picture.size == (round(7.1 * DOTS), round(5.6 * DOTS))
    assert round(picture.info["dpi"][0]) == DOTS == 300
    assert picture.info["Title"] == "a title"
    assert json.loads(picture.info["Description"]) == {"run": "r"}


def test_an_svg_holds_text_colours_and_units(frame):
    """Names are text, neither TeX nor markup; each relation has its colour and its count; force has its unit."""
    svg = cloud_sheet(frame, NASTY, [f"a note {NASTY}"], {"run": NASTY}).file("svg")
    said = texts(svg)
    assert {NASTY, f"a note {NASTY}", FORCE} <= set(said)
    counts = by_relation(pairs()).counts()
    assert {f"{mark.seen_mark().name} {counts[mark.code]}" for mark in RELATIONS} <= set(said)
    for colour in (*(mark.colour for mark in RELATIONS), ATTRACT, REPEL):
        assert colour.lower() in svg.decode().lower()
    assert not ElementTree.fromstring(svg).findall(f".//{SVG}b")
    assert svg == cloud_sheet(frame, NASTY, [f"a note {NASTY}"], {"run": NASTY}).file("svg")  # equal files


def test_shapes_and_sizes_are_those_of_the_screen():
    """The corners and radii in marks.js, number by number."""
    code = (FOLDER / "marks.js").read_text(encoding="utf-8")
    for shape in ("diamond", "square"):
        part = code.split(f'shape === "{shape}"')[1].split("}")[0]
        numbers = {float(number) for number in re.findall(r"(\d\.?\d*) \* r", part)}
        corners = {abs(number) for corner in SHAPES[shape] for number in corner} - {0}
        assert corners == (numbers if shape == "diamond" else numbers - {1.8})
    up = re.findall(r"\d\.\d", code.split("const sign")[1].split("} else")[0])
    assert {float(number) for number in up} == {abs(number) for corner in SHAPES["up"] for number in corner} - {0}
    assert SHAPES["down"] == [(x, -y) for x, y in SHAPES["up"]]
    dot, least, more = map(float, re.search(r'"dot" \? ([\d.]+) : ([\d.]+) \+ ([\d.]+) \* Math.sqrt', code).groups())
    assert (radius("dot", 1), radius("up", 0), radius("up", 0.25)) == (dot, least, least + more / 2)


def test_what_is_switched_on_is_drawn(frame):
    """Names of labels, of which two at the same place leave the first; lines to neighbours, with what they mean."""
    places = LabelPlaces((1, 0), np.array([[0.0, 0.0], [0.0, 0.01]], np.float32))
    near = AnchorNeighbours(np.array([3, 4]), np.array([3, 5]), "")
    shown = OnMap(neighbours=True, names=True, trail=True, places_before=frame.xy[:3], near=near, places=places)
    plain = replace(frame, stars=None, arrows=None, star_names=["a label", NASTY])
    svg = cloud_sheet(replace(plain, on_map=shown, marked=np.array([2])), "t", [], {}).file("svg")
    assert {NASTY, NEAR} <= set(texts(svg))
    assert "a label" not in texts(svg)
    assert svg.count(b"stroke-dasharray") > cloud_sheet(plain, "t", [], {}).file("svg").count(b"stroke-dasharray")


def test_what_is_not_selected_is_grey(frame):
    """With one item selected, of each relation's colour only its legend entry and that item are left."""
    mask = np.zeros(12, bool)
    mask[1] = True
    alone = replace(frame, arrows=None, stars=None, selection=Shown(mask, False, False, 0))
    colours = cloud_sheet(alone, "t", [], {}).file("svg").decode().lower()
    whole = cloud_sheet(replace(alone, selection=None), "t", [], {}).file("svg").decode().lower()
    shown = {mark.code: (colours.count(mark.colour.lower()), whole.count(mark.colour.lower())) for mark in RELATIONS}
    first = int(pairs().relation[1])
    assert all(some < every for code, (some, every) in shown.items() if code != first)


def test_nothing_to_draw_is_no_error(monkeypatch):
    """No points, and coordinates that are all equal."""
    monkeypatch.setattr(print_sheet, "DOTS", 30)
    for xy in (np.zeros((0, 2)), np.ones((3, 2))):
        colouring = by_relation(pairs(max(len(xy), 1)))
        few = replace(colouring, code=colouring.code[: len(xy)], size=colouring.size[: len(xy)])
        empty = CloudFrame(xy, few, items="", run="r", step=0, map_name="pca", status="", alt="")
        assert cloud_sheet(empty, "t", [], {}).file("png").startswith(b"\x89PNG")


def test_cells_say_what_the_screen_says():
    """Numbers as in words.js; a pair that is not positive has a dot, and the legend explains it; names are text."""
    cases = [
        (1 / 3, False, ".33"),
        (1.0, False, "1"),
        (-0.1234, True, "−.12"),
        (0.1, True, "+.10"),
        (12.3, False, "12"),
    ]
    assert [short(value, signed=signed) for value, signed, _ in cases] == [words for *_, words in cases]
    assert (short(float("nan")), short(0.001, signed=True), short(0)) == ("–", "+0", "0")
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]], bool)
    batch = made_up_batch(labels, "abc", key="k", origin="o", readiness="random", seed=0)
    batch = replace(batch, names=(NASTY, "2", "3"))
    both = [verdict(batch, Method(name)) for name in ("similarity_dissimilarity", "jaccard")]
    said = texts(matrices_sheet(relations_payload(batch, *both, edit=0), NASTY, ["note"], {}).file("svg"))
    assert said.count("·") == 8  # two methods, four pairs each that share nothing
    assert {"· not a positive", NASTY, "Force A", "Similarity (cosine)"} <= set(said)
    assert said.count(".5") >= 4


def test_a_refused_method_has_its_reason(monkeypatch):
    """Its matrices are empty, and say why."""
    monkeypatch.setattr(print_sheet, "DOTS", 30)
    labels = np.array([[1, 0], [0, 1]], bool)
    batch = made_up_batch(labels, "ab", key="k", origin="o", readiness="random", seed=0)
    refused = verdict(batch, Method("formula", {"expression": "nonsense("}))
    assert refused.refused
    payload = relations_payload(batch, verdict(batch, Method("jaccard")), refused, edit=0)
    assert matrices_sheet(payload, "t", [], {}).file("png").startswith(b"\x89PNG")


def test_colours_are_mixed_as_on_the_screen():
    """A share of 0 is the ground, of 1 the colour; black text stands on what is light."""
    assert mix((1, 1, 1), (0, 0.5, 1), 0).tolist() == [1, 1, 1]
    assert mix((1, 1, 1), (0, 0.5, 1), 2).tolist() == [0, 0.5, 1]
    assert (luminance(np.ones(3)), luminance(np.zeros(3))) == (pytest.approx(1), 0)
