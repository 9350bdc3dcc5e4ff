"""Files of the matrices: all pairs as a table, and the figure for print."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dashboard.export.matrices import matrices_table
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.methods import method_title
from dashboard.figures.relations import Verdict, origin_words
from dashboard.parts.frame.downloads import downloads, offer_sheet, offer_table

if TYPE_CHECKING:
    from dashboard.figures.print_sheet import Sheet


def show_matrix_downloads(batch: HandBatch, verdicts: Mapping[str, Verdict], payload: Mapping[str, Any]) -> None:
    """The popover; ``payload``: what the matrices on the page show."""
    with downloads("relations.download") as is_open:
        if not is_open:
            return
        offer_table(
            f"**All {len(batch) * (len(batch) - 1):,} pairs** under both methods: relation, factors, cosine, weights, "
            "forces = dL/ds",
            partial(matrices_table, batch, verdicts),
            stem="matrices",
            key="relations.download.pairs",
        )
        sheet = partial(_sheet, batch, dict(verdicts), payload)
        offer_sheet("**The matrices** for print", sheet, stem="matrices", key="relations.download.sheet")


def _sheet(batch: HandBatch, verdicts: Mapping[str, Verdict], payload: Mapping[str, Any]) -> "Sheet":
    from dashboard.figures.print_matrices import matrices_sheet

    told = matrices_table(batch, verdicts).origin
    titles = [f"{letter}: {method_title(one.method.rule)}" for letter, one in verdicts.items()]
    method = verdicts["A"].method
    settings = f"temperature {method.temperature:g}, weight {method.placement}, normalised by {method.normalise}"
    versions = ", ".join(f"{name} {version}" for name, version in told["versions"].items())
    return matrices_sheet(payload, " against ".join(titles), [origin_words(batch), f"{settings}; {versions}"], told)
