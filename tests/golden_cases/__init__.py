"""How each golden file is computed by ours: one module a file, with ``ours(variant, params, inputs) -> Outcome``."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from tests.golden_cases import audibert, supcon_hobbitlong
from tests.golden_cases.outcome import Outcome, UnknownVariant

OURS: dict[str, Callable[[str, Mapping[str, Any], Mapping[str, Tensor]], Outcome]] = {
    "audibert": audibert.ours,
    "supcon_hobbitlong": supcon_hobbitlong.ours,
}

__all__ = ["OURS", "Outcome", "UnknownVariant"]
