"""Words in label cells that say "no label": No Finding, (no genres listed), none."""

import re

import numpy as np

from mlcl_core.data.tables.cells.record import LabelCells

WORD = re.compile(
    r"""[\[({]?\s*(?:
        no[\s_-]*(?:finding|label|tag|genre|class|category|topic|keyword|annotation|object|attribute|emotion|disease)e?s?
            (?:\s+(?:listed|found|given|assigned|available))?
      | no[\s_-]*(?:classes|categories)(?:\s+(?:listed|found|given|assigned|available))?
      | none | null | nan | n/?a | nil | nothing | not[\s_-]*label+ed | un-?label+ed | untagged | uncategori[sz]ed
      | none[\s_-]of[\s_-](?:these|the[\s_-]above)
    )?\s*[\])}]?""",
    re.IGNORECASE | re.VERBOSE,
)


def no_label_words(held: LabelCells) -> tuple[str, ...]:
    """The labels that may say "no label" by their name, and that never stand beside another label.

    Edge cases:
        A column whose only label has such a name: none, as no label would be left.
    """
    several = np.repeat(np.diff(held.y.indptr), np.diff(held.y.indptr)) > 1
    beside = np.bincount(held.y.indices[several], minlength=len(held.names)) > 0
    found = tuple(
        name for name, other in zip(held.names, beside, strict=True) if _says_none(name.strip()) and not other
    )
    return found if len(found) < len(held.names) else ()


def _says_none(name: str) -> bool:
    """Whether a name says so in words, or is an empty list as programs write it; other brackets are names."""
    return WORD.fullmatch(name) is not None and (any(map(str.isalpha, name)) or name in ("[]", "{}"))
