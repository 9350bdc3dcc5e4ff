"""The options that give a column of a table another role."""

from collections.abc import Collection, Mapping
from typing import Any

# the option that names the one column of a role
OPTION_OF = {"text": "text", "picture": "picture", "name": "names", "split": "split", "group": "group"}
TOLD_BY = {**OPTION_OF, "label": "labels", "ignored": "ignore"}
ITEMS = ("text", "picture")
WORDS = {
    "label": "label",
    "feature": "item: a number",
    "text": "item: a text",
    "picture": "item: a picture",
    "name": "name of the item",
    "split": "train, validation, test",
    "group": "group, kept in one split",
    "ignored": "not used",
    "confidence": "confidence of the label",
    "annotator": "annotator",
    "annotated": "empty: never looked at",
}
# the roles that cells can have, by what they hold
POSSIBLE = {
    "empty": ("ignored",),
    "zero_one": ("label", "feature", "group", "ignored"),
    "number": ("feature", "label", "name", "split", "group", "ignored"),
    "embedding": ("feature", "label", "ignored"),
    "picture": ("picture", "name", "ignored"),
    "text": ("text", "label", "name", "group", "ignored"),
    "word": ("label", "text", "name", "split", "group", "ignored"),
    "lists": ("label", "ignored"),
    "other": ("label", "picture", "ignored"),
}


def possible_roles(role: str, holds: str, params: Collection[str]) -> tuple[str, ...]:
    """The roles that a column can have: its own, and those that its cells and the options of its format allow."""
    allowed = POSSIBLE.get(holds, ("label", "feature", "name", "ignored"))
    return tuple(dict.fromkeys((role, *(one for one in allowed if TOLD_BY.get(one, "labels") in params))))


def with_role(roles: Mapping[str, str], options: Mapping[str, Any], name: str, role: str) -> dict[str, Any]:
    """The options that change, so that a column has a role.

    Args:
        roles: The present role of each column, in the order of the file.
        options: What is told.
        name: The column.
        role: Its new role.

    Edge cases:
        A column that becomes a label stands beside the present labels. One that becomes a text or a picture takes the
        place of the one before. One that becomes a number makes numbers the items.
    """
    from mlcl_core.data.tables.draft import chosen
    from mlcl_core.data.tables.options import NOT_ONE, names_as_option

    if (was := roles[name]) == role:
        return {}
    changes: dict[str, Any] = {}
    labels = {column for column, its in roles.items() if its == "label"} - {name}
    left_out = chosen(list(roles), str(options.get("ignore", "")), "ignore", "the table")
    if was == "label":
        changes["labels"] = names_as_option(_in_order(roles, labels))
    elif was in OPTION_OF:
        # as a number it would be found again
        changes[OPTION_OF[was]] = NOT_ONE if role == "feature" else ""
    if name in left_out:
        changes["ignore"] = names_as_option([column for column in left_out if column != name])
    if role == "label":
        changes["labels"] = names_as_option(_in_order(roles, {*labels, name}))
    elif role == "ignored":
        changes["ignore"] = names_as_option(_in_order(roles, {*left_out, name}))
    elif role == "feature":
        changes |= dict.fromkeys(ITEMS, NOT_ONE) if any(its in ITEMS for its in roles.values()) else {}
    else:
        changes |= dict.fromkeys(ITEMS, "") if role in ITEMS else {}
        changes[OPTION_OF[role]] = name
    return changes


def _in_order(roles: Mapping[str, str], names: set[str]) -> list[str]:
    return [column for column in roles if column in names]
