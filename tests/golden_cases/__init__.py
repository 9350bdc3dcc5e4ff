"""How each golden file is computed by ours: one module a file, with ``ours(variant, params, inputs) -> Outcome``."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from tests.golden_cases import (
    asl,
    audibert,
    audibert_fork_keyqueue,
    bce_focal,
    distribution_balanced,
    herocon,
    lin2023_clmtc,
    mulcon,
    mulsupcon_official,
    multisupcon,
    simdis_thirdparty,
    supcon_hobbitlong,
    supcon_pml,
    zlpr_twoway,
)
from tests.golden_cases.outcome import Outcome, UnknownVariant

OURS: dict[str, Callable[[str, Mapping[str, Any], Mapping[str, Tensor]], Outcome]] = {
    "asl": asl.ours,
    "audibert": audibert.ours,
    "audibert_fork_keyqueue": audibert_fork_keyqueue.ours,
    "bce_focal": bce_focal.ours,
    "distribution_balanced": distribution_balanced.ours,
    "herocon": herocon.ours,
    "lin2023_clmtc": lin2023_clmtc.ours,
    "mulcon": mulcon.ours,
    "mulsupcon_official": mulsupcon_official.ours,
    "multisupcon": multisupcon.ours,
    "simdis_thirdparty": simdis_thirdparty.ours,
    "supcon_hobbitlong": supcon_hobbitlong.ours,
    "supcon_pml": supcon_pml.ours,
    "zlpr_twoway": zlpr_twoway.ours,
}

__all__ = ["OURS", "Outcome", "UnknownVariant"]
