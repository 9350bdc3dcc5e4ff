"""Files of an anchor: all its pairs as a table, and its forces on the map."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from dashboard.export.pairs import pairs_table
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.pairs import AnchorPairs
from dashboard.figures.what_if import Edits
from dashboard.parts.cloud.downloads import map_sheet
from dashboard.parts.frame.downloads import downloads, offer_sheet, offer_table
from mlcl_core.runs.run import Run


def show_anchor_downloads(
    run: Run,
    step: int,
    pairs: AnchorPairs,
    frame: CloudFrame | None,
    items: Mapping[str, Any],
    *,
    among: str,
    edits: Edits = (),
) -> None:
    """The popover.

    Args:
        run: The run.
        step: The step.
        pairs: Of the anchor, prototypes behind the items.
        frame: The map as it is shown; None: there is none.
        items: ``ids`` of all items, negative for prototypes, their ``names`` and ``labels``, and ``label_names``.
        among: What the items are: watched items, or the batch.
        edits: The labels that were edited.
    """
    with downloads("anchor.download") as is_open:
        if not is_open:
            return
        ids = items["ids"]
        tried = [int(ids[row]) for row, _ in edits]
        more: dict[str, Any] = {"among": among, **({"labels tried out of items": tried} if tried else {})}
        stem = f"{run.id}-pairs-{ids[pairs.anchor]}-{pairs.role}-{step}"
        offer_table(
            f"**All {len(pairs.force) - 1:,} pairs** of this item as {pairs.role}: relation, factors, weight, cosine, "
            "force = dL/ds",
            partial(pairs_table, run, step, pairs, **items, **more),
            stem=stem,
            key="anchor.download.pairs",
        )
        if frame is not None:
            sheet = partial(map_sheet, run, frame)
            offer_sheet("**The map with its forces** for print", sheet, stem=f"{stem}-map", key="anchor.download.sheet")
