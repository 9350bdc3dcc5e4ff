"""The project's own measurements, each against its peers in one run.

To add one: its file with a function of its name (every argument has a default, ``quick`` among them, and it returns a
plain dict that goes into JSON as it is), its two lines here, its test. Listing is cheap: what a bench measures is
imported only when it runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bench:
    """One measurement: ``run(quick=True)`` takes small sizes, to see that it works, not to judge by."""

    name: str
    title: str
    summary: str
    run: Callable[..., dict[str, Any]]


def _loss(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.loss import loss

    return loss(**options)


def _quality(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.quality import quality

    return quality(**options)


def _faults(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.faults import faults

    return faults(**options)


def _live(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.live import live

    return live(**options)


def _maps(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.maps import maps

    return maps(**options)


BENCHES: dict[str, Bench] = {
    "loss": Bench(
        name="loss",
        title="Loss step",
        summary="Forward and backward of weighted_supcon against the published n x n x c forms of MSC and Base.",
        run=_loss,
    ),
    "quality": Bench(
        name="quality",
        title="Quality of the presets",
        summary="Linear probe on the trained against the untrained encoder: icons, digits, and vectors by path=FILE.",
        run=_quality,
    ),
    "faults": Bench(
        name="faults",
        title="Killed workers",
        summary="Workers killed at every kind of write and at random moments; resumed runs must equal, bit for bit.",
        run=_faults,
    ),
    "live": Bench(
        name="live",
        title="Cost of watching",
        summary="Training speed unwatched, watched with PCA, and with UMAP; seconds between maps; bytes a frame.",
        run=_live,
    ),
    "maps": Bench(
        name="maps",
        title="Price of a map",
        summary="CPU seconds of a first and of later UMAP maps, and their faithfulness: ours against umap-learn.",
        run=_maps,
    ),
}

__all__ = ["BENCHES", "Bench"]
