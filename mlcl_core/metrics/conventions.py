"""What metrics do where their definition leaves a choice, and the choice in words."""

from dataclasses import dataclass
from typing import Annotated, Literal

from mlcl_core.options import Param, declared_options

Absent = Literal["left_out", "scikit_learn", "torchmetrics"]
Ties = Literal["scikit_learn", "mean", "by_column"]


@dataclass(frozen=True)
class Conventions:
    """The choices that change numbers; those of MLCL Lab unless told otherwise.

    Attributes:
        absent: What a label that no test item carries does to means over labels (macro-F1, mAP, macro AUROC).
        zero_division: F1 where neither a label was there nor one predicted: 0 / 0.
        ties: What ranking metrics do with labels of one item that have the same score.

    Raises:
        InputError: A value that a switch does not have.
    """

    absent: Annotated[Absent, Param("Labels that no test item carries, in means over labels.")] = "left_out"
    zero_division: Annotated[int, Param("F1 where nothing was there and nothing predicted.", ge=0, le=1)] = 0
    ties: Annotated[Ties, Param("Labels of an item with the same score, in ranking metrics.")] = "scikit_learn"

    def __post_init__(self) -> None:
        """Refuse what is no convention."""
        for name, option in declared_options(type(self)).items():
            option.check(name, getattr(self, name))


LAB = Conventions()

ABSENT: dict[Absent, str] = {
    "left_out": "a label that no test item carries is left out of means over labels (macro-F1, mAP, macro AUROC)",
    "scikit_learn": (
        "a label that no test item carries counts in means over labels as in scikit-learn: F1 0, or 0 / 0 where it is "
        "not predicted either, average precision 0; for AUROC, which scikit-learn then refuses (NaN), it is left out"
    ),
    "torchmetrics": (
        "a label that no test item carries counts in means over labels as in torchmetrics: F1 0, or 0 / 0 where it is "
        "not predicted either, average precision 0, AUROC 0; AUROC 0 also for a label that each test item carries"
    ),
}
TIES: dict[Ties, str] = {
    "scikit_learn": (
        "labels with the same score: ranking loss, coverage error and LRAP count them against the item, precision@k "
        "and nDCG@k take the mean of all orders"
    ),
    "mean": "labels with the same score: ranking metrics take the mean of all orders",
    "by_column": "labels with the same score are ranked by their column, as torchmetrics does for its ranking loss",
}


def conventions_in_words(conventions: Conventions = LAB) -> tuple[str, ...]:
    """One sentence for each choice: absent labels, 0 / 0, ties, and what no switch changes."""
    zero = conventions.zero_division
    return (
        f"{_capital(ABSENT[conventions.absent])}.",
        f"F1 is {zero} where nothing was there and nothing was predicted (0 / 0).",
        f"{_capital(TIES[conventions.ties])}.",
        "Items with the same score for a label stand at one threshold in mAP, and count one half each in AUROC; "
        "AUROC leaves out labels that all or none of the items carry unless said otherwise.",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
