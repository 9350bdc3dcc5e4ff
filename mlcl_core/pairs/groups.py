"""The groups in which forms and tables list rules and losses, by what makes a pair positive."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """A group of methods: its title in lists, and what its methods have in common."""

    title: str
    summary: str


# in the order of lists; a rule and a loss name theirs in their records
GROUPS: dict[str, Group] = {
    "equality": Group("equal sets", "Label sets count as wholes: two items belong together or they do not."),
    "overlap": Group("overlap", "Label sets are compared: what two items share makes the weight of the pair."),
    "by label": Group("by label", "Each label of the anchor hands out pull of its own to the items that carry it."),
    "own formula": Group("own formula", "You write the weight of a pair."),
    "own form": Group(
        "own form",
        "Losses that are more than weights in the softmax loss; where a weight stands is part of their definition.",
    ),
}

__all__ = ["GROUPS", "Group"]
