"""The project's own measurements, each against its peers in one run.

To add one: its file with a function of its name (every argument has a default, ``quick`` among them, and it returns a
plain dict that goes into JSON as it is), its two lines here, its test. Listing is cheap: what a bench measures is
imported only when it runs.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from mlcl_core.errors import InputError


@dataclass(frozen=True)
class Bench:
    """One measurement: ``run(quick=True)`` takes small sizes, to see that it works, not to judge by."""

    name: str
    title: str
    summary: str
    run: Callable[..., dict[str, Any]]


def _call(bench: Callable[..., dict[str, Any]], options: Mapping[str, Any]) -> dict[str, Any]:
    """Run a bench with options that people gave: an unknown one or one of another type is bad input, not a crash."""
    known = inspect.signature(bench).parameters
    for name, value in options.items():
        if name not in known:
            raise InputError(f"the bench {bench.__name__} has no option {name!r}; its options are: {', '.join(known)}")
        kinds = get_args(known[name].annotation) or (known[name].annotation,)
        if not any(_fits(value, kind) for kind in kinds):
            names = " or ".join(kind.__name__ for kind in kinds if kind is not type(None))
            raise InputError(f"{name} is {value!r}; it must be of type {names}")
    return bench(**options)


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float if kind is float else get_origin(kind) or kind)


def _loss(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.loss import loss

    return _call(loss, options)


def _quality(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.quality import quality

    return _call(quality, options)


def _faults(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.faults import faults

    return _call(faults, options)


def _live(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.live import live

    return _call(live, options)


def _encode(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.encode import encode

    return _call(encode, options)


def _methods(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.methods import methods

    return _call(methods, options)


def _maps(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.maps import maps

    return _call(maps, options)


def _pages(**options: Any) -> dict[str, Any]:
    from mlcl_core.bench.pages import pages

    return _call(pages, options)


BENCHES: dict[str, Bench] = {
    "loss": Bench(
        name="loss",
        title="Loss step",
        summary="Forward and backward of weighted_supcon against dense, row-per-label and n x n x c forms and "
        "pytorch-metric-learning; peak memory; share of the rate of matrix products.",
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
        title="Faults that are borne",
        summary="Workers killed at every kind of write and at random moments (kills=), ends of processes (ends=), "
        "edited runs (homes=), damaged files (files=), forged messages to a class (messages=); 0 leaves a part out.",
        run=_faults,
    ),
    "live": Bench(
        name="live",
        title="Cost of watching",
        summary="Training speed unwatched, watched with PCA, and with UMAP; seconds between maps; bytes a frame.",
        run=_live,
    ),
    "encode": Bench(
        name="encode",
        title="Pretrained encoders",
        summary="Texts a second, frozen and fine-tuned, against bare transformers loops of equal batches and padding.",
        run=_encode,
    ),
    "methods": Bench(
        name="methods",
        title="Methods on a data set",
        summary="Linear probe on test items for several rules and losses, 3 seeds: data=PRESET|FILE, methods=..., "
        "settings=key=value,...",
        run=_methods,
    ),
    "maps": Bench(
        name="maps",
        title="Price of a map",
        summary="CPU seconds of a first and of later UMAP maps, and their faithfulness: ours against umap-learn.",
        run=_maps,
    ),
    "pages": Bench(
        name="pages",
        title="Pages and viewers",
        summary="First page, page to page, another anchor, against an empty page; what 3 and 30 viewers cost.",
        run=_pages,
    ),
}

__all__ = ["BENCHES", "Bench"]
