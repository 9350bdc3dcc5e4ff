"""Colours and shapes of the Lab: safe for colour-blind eyes, and shape always doubles colour."""

from dataclasses import dataclass

EQUAL, SUPERSET, SUBSET, OVERLAP, DISJOINT = "#009E73", "#0072B2", "#56B4E9", "#E69F00", "#999999"
NESTED = SUPERSET  # the mean cosine of superset and subset pairs is one and the same line
ATTRACT, REPEL = "#332288", "#D55E00"
ATTRACT_ON_DARK = "#A99BF5"  # #332288 cannot be read on a dark page
REPEL_ON_DARK = "#FF8A3D"
METRIC = "#CC79A7"


@dataclass(frozen=True)
class Mark:
    """How one class of points is drawn and named; ``code`` is what a point carries."""

    code: int
    name: str
    colour: str
    shape: str
    meaning: str = ""


# Codes are those of mlcl_core.pairs.Relation (a test compares them); the order is that of the legend, top layer first.
RELATIONS: tuple[Mark, ...] = (
    Mark(2, "equal", EQUAL, "circle", "the same labels"),
    Mark(4, "superset", SUPERSET, "up", "S has all labels of T, and more"),
    Mark(5, "subset", SUBSET, "down", "T has all labels of S, and more"),
    Mark(3, "overlap", OVERLAP, "diamond", "some labels in common, each has others too"),
    Mark(1, "disjoint", DISJOINT, "dot", "no label in common"),
)
RELATION_BY_CODE = {mark.code: mark for mark in RELATIONS}

LABEL_MARKS: tuple[Mark, ...] = (
    Mark(1, "has it", SUPERSET, "circle", "items that carry the label"),
    Mark(0, "has it not", DISJOINT, "dot", "items that do not"),
)
COUNT_MARKS: tuple[Mark, ...] = (
    Mark(4, "4 or more", REPEL, "square", "items with four labels or more"),
    Mark(3, "3 labels", OVERLAP, "diamond", "items with three labels"),
    Mark(2, "2 labels", EQUAL, "up", "items with two labels"),
    Mark(1, "1 label", SUBSET, "circle", "items with one label"),
    Mark(0, "no label", DISJOINT, "dot", "items without labels"),
)
SPLIT_MARKS: tuple[Mark, ...] = (
    Mark(0, "train", SUPERSET, "circle", "items the model trains on"),
    Mark(1, "validation", OVERLAP, "diamond", "items that tune the probe's threshold"),
    Mark(2, "test", EQUAL, "up", "items kept out of training: the honest ones"),
)
