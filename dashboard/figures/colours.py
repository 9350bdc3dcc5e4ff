"""Colours and shapes of the Lab: distinguishable with colour blindness, and each colour has its own shape."""

from dataclasses import dataclass

EQUAL, SUPERSET, SUBSET, OVERLAP, DISJOINT = "#009E73", "#0072B2", "#56B4E9", "#E69F00", "#999999"
NESTED = SUPERSET  # superset and subset pairs have the same mean cosine, drawn as one line
ATTRACT, REPEL = "#332288", "#D55E00"
ATTRACT_ON_DARK = "#A99BF5"  # #332288 is unreadable on a dark page
REPEL_ON_DARK = "#FF8A3D"
REPEL_TEXT, REPEL_TEXT_ON_DARK = "#B24E00", REPEL_ON_DARK  # text of 4.5 to 1 on its page
METRIC = "#CC79A7"


@dataclass(frozen=True)
class Mark:
    """How one class of points is drawn and named; ``code`` is stored with each point."""

    code: int
    name: str
    colour: str
    shape: str
    meaning: str = ""
    term: str = ""


@dataclass(frozen=True)
class RelationMark(Mark):
    """A relation of the anchor's label set S to another item's T, with words for that other item, the point.

    ``name`` and ``symbol`` speak of S and T (the anchor is a superset, S ⊃ T), while a reader who points at an item
    wants to know about that item. ``brief`` and ``beside`` describe it; legends, cards, tables, bars and lessons all
    take their words from here.
    """

    symbol: str = ""
    brief: str = ""
    beside: str = ""
    turned: int = 0  # code of the relation of T to S

    def seen(self, role: str = "anchor") -> "RelationMark":
        """The relation whose words describe the point; ``role`` is the role of the selected item.

        ``anchor``: the point is T. ``reference``: the point is S, so that a superset has more labels, not fewer.
        """
        return RELATION_BY_CODE[self.turned] if role == "reference" else self

    def short(self, role: str = "anchor") -> str:
        """The point in two words: "fewer labels"."""
        return self.seen(role).brief

    def where(self, role: str = "anchor") -> str:
        """Its labels compared with those of the anchor (or of the reference): "inside the anchor's"."""
        return self.seen(role).beside.format(role)

    def words(self, role: str = "anchor") -> str:
        """Both: "fewer labels: inside the anchor's"."""
        return f"{self.short(role)}: {self.where(role)}"

    def seen_mark(self, role: str = "anchor") -> Mark:
        """The mark of the relation's points, named after the points; ``term`` is the name in the literature."""
        term = f"{self.name}, {self.symbol}"
        return Mark(self.code, self.short(role), self.colour, self.shape, self.where(role), term)


# Codes of mlcl_core.pairs.Relation (compared by a test), in the order of the legend, top layer first.
RELATIONS: tuple[RelationMark, ...] = (
    RelationMark(
        *(2, "equal", EQUAL, "circle", "the same labels"),
        symbol="S = T",
        brief="same labels",
        beside="exactly the {}'s",
        turned=2,
    ),
    RelationMark(
        *(4, "superset", SUPERSET, "up", "S has all labels of T, and more"),
        symbol="S ⊃ T",
        brief="fewer labels",
        beside="inside the {}'s",
        turned=5,
    ),
    RelationMark(
        *(5, "subset", SUBSET, "down", "T has all labels of S, and more"),
        symbol="S ⊂ T",
        brief="more labels",
        beside="contains the {}'s",
        turned=4,
    ),
    RelationMark(
        *(3, "overlap", OVERLAP, "diamond", "some labels in common, and each has others too"),
        symbol="S ∩ T",
        brief="some shared",
        beside="it and the {} each have others too",
        turned=3,
    ),
    RelationMark(
        *(1, "disjoint", DISJOINT, "dot", "no label in common"),
        symbol="S ∩ T = ∅",
        brief="none shared",
        beside="no label of the {}'s",
        turned=1,
    ),
)
RELATION_BY_CODE = {mark.code: mark for mark in RELATIONS}
RELATION_BY_NAME = {mark.name: mark for mark in RELATIONS}

LABEL_MARKS: tuple[Mark, ...] = (
    Mark(1, "with", SUPERSET, "circle", "items with the label"),
    Mark(0, "without", DISJOINT, "dot", "items without the label"),
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
    Mark(2, "test", EQUAL, "up", "items kept out of training and tuning"),
)

# Numbers, low to high: viridis without its ends, which are unreadable on a dark or a light page. Lightness rises
# evenly, also for colour-blind eyes.
STEPS = ("#414487", "#355F8D", "#2A788E", "#21918C", "#22A884", "#44BF70", "#7AD151", "#BDDF26")
# Classes without an order; those of one shape differ in colour for all eyes.
CLASSES = (
    (SUPERSET, "circle"),
    (OVERLAP, "diamond"),
    (EQUAL, "up"),
    (REPEL, "square"),
    (SUBSET, "down"),
    (METRIC, "circle"),
    (SUPERSET, "square"),
    (OVERLAP, "up"),
    (EQUAL, "diamond"),
    (REPEL, "down"),
    (SUBSET, "circle"),
    (METRIC, "down"),
)
