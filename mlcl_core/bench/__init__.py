"""The project's own measurements, each against its peers in one run.

To add one: its file with a function of its name (every argument has a default, ``quick`` among them, and it returns a
plain dict that goes into JSON as it is), its record here, its test. Listing is cheap: the libraries that a bench
measures are imported only when it runs.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_args, get_origin

from mlcl_core.errors import InputError
from mlcl_core.runs.posix import require_posix


@dataclass(frozen=True)
class Bench:
    """One measurement: the function ``name`` of the module ``mlcl_core.bench.name``.

    Attributes:
        name: Name on the command line.
        title: A few words for the list.
        summary: What is measured, in one or two sentences.
        posix: Whether it runs on Linux and macOS only.
    """

    name: str
    title: str
    summary: str
    posix: bool = False

    def run(self, **options: Any) -> dict[str, Any]:
        """Run the bench; ``quick=True`` takes small sizes, to see that it works, not to judge by.

        Raises:
            InputError: An unknown option, a value of another type, another system, or a library that is not installed.
        """
        if self.posix:
            require_posix(f"the bench {self.name} runs")
        try:
            module = import_module(f"mlcl_core.bench.{self.name}")
        except ModuleNotFoundError as error:
            raise InputError(f"the bench {self.name} needs {error.name}, of requirements-dev.txt") from None
        return _call(getattr(module, self.name), options)


def _call(bench: Callable[..., dict[str, Any]], options: Mapping[str, Any]) -> dict[str, Any]:
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


ALL = (
    Bench(
        name="loss",
        title="Loss step",
        summary="Forward and backward of weighted_supcon against dense, compiled, row-per-label and n x n x c forms, "
        "FlexAttention and pytorch-metric-learning; memory, launches, waits; share of the rate of matrix products.",
        posix=True,
    ),
    Bench(
        name="engine",
        title="Training steps",
        summary="Steps a second of the engine against bare PyTorch loops: icons, digits, vectors, coloured pictures, a "
        "text and a picture encoder; the price of watching; the seconds of a whole run, part by part.",
        posix=True,
    ),
    Bench(
        name="quality",
        title="Quality of the presets",
        summary="Linear probe on the trained against the untrained encoder: icons, digits, and vectors by path=FILE.",
    ),
    Bench(
        name="faults",
        title="Kills, damaged files and forged messages",
        summary="Workers killed at every kind of write and at random moments (kills=), ends of processes (ends=), "
        "edited runs (homes=), damaged files (files=), forged messages to a class (messages=); 0 leaves a part out.",
        posix=True,
    ),
    Bench(
        name="live",
        title="Cost of watching",
        summary="Training speed unwatched, watched with PCA, and with UMAP; seconds between maps; bytes a frame.",
        posix=True,
    ),
    Bench(
        name="encode",
        title="Pretrained encoders",
        summary="Texts a second, frozen and fine-tuned, against bare transformers loops of equal batches and padding.",
    ),
    Bench(
        name="study",
        title="Cost of a study",
        summary="100 cells of vectors on one data set (data=FILE) against the sum of their training times.",
    ),
    Bench(
        name="coverage",
        title="Coverage of intervals",
        summary="How often the intervals hold the true value of simulated predictions, and how often two equal methods "
        "are called different: cases=1000, items=400,150, effects=0,0.01,0.02, seeds=3.",
    ),
    Bench(
        name="maps",
        title="Price of a map",
        summary="Seconds of a first and of later UMAP maps, and how faithful: ours against umap-learn and TorchDR.",
        posix=True,
    ),
    Bench(
        name="probe",
        title="Price of the linear probe",
        summary="Seconds to fit the regressions of up to 4,000 labels, and their error: ours against scikit-learn.",
    ),
    Bench(
        name="tables",
        title="Price of a table",
        summary="Seconds and memory to read labels of Parquet, CSV, JSON lines, long tables: ours against pyarrow.",
        posix=True,
    ),
    Bench(
        name="pages",
        title="Pages and viewers",
        summary="First page, page to page, another anchor, 500 runs, against an empty page; what viewers cost; in "
        "Chromium, a toggle on Relations and the way from card to card (browser=false leaves them out).",
        posix=True,
    ),
    Bench(
        name="cloud",
        title="Speed of the point cloud",
        summary="Frames of pan and hover, picks, lassos at up to 100,000 points, with WebGL and without, against "
        "regl-scatterplot, which npm installs, in one Chromium; bytes and seconds of a tick of the Map page.",
        posix=True,
    ),
)

BENCHES: dict[str, Bench] = {bench.name: bench for bench in ALL}

__all__ = ["BENCHES", "Bench"]
