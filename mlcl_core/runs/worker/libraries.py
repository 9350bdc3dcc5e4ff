"""Libraries that a run needs sooner or later, loaded while the process waits for something else.

Never two threads load at a time: modules of one package that import each other are incomplete for the second one.
"""

from collections.abc import Callable
from importlib import import_module
from threading import Event, Thread
from typing import Any

# What the scores of the linear probe need at the end of a run, and what opens a pretrained encoder.
PROBE = ("sklearn.metrics",)
ENCODER = ("transformers.models.auto.modeling_auto", "transformers.models.auto.tokenization_auto")
# A wait that has lasted this long is likely to last; loading cannot be interrupted, and what is waited for would wait.
PATIENCE = 0.25


def load() -> None:
    """Import the libraries of training."""
    import torch

    import mlcl_core.engine.loop
    import mlcl_core.runs.write  # noqa: F401

    torch.optim.SGD([torch.zeros(1)])  # the first optimiser of a process imports torch._dynamo


def load_while_waiting(over: Event, pretrained: bool) -> None:
    """Import the libraries of training, then those that are needed later, until the wait is over."""
    load()
    for name in (*(ENCODER if pretrained else ()), *PROBE):
        if over.wait(PATIENCE):
            return
        import_module(name)


def load_for_probe(device: Any) -> Callable[[], None]:
    """Import in a thread what the linear probe needs, while a GPU trains; returns what waits for it.

    On a CPU nothing is done: its cores train.
    """
    from mlcl_core.engine.host_copy import goes_on

    return _beside(lambda: [import_module(name) for name in PROBE]) if goes_on(device) else lambda: None


def open_device(device: str) -> Callable[[], None]:
    """Begin to use a CUDA device in a thread, which takes seconds, while data are read; returns what waits for it.

    Other devices need no preparation. What fails here fails again, and is told, where the device is needed.
    """
    return _beside(_open) if device == "cuda" else lambda: None


def _open() -> None:
    import torch

    # the driver's context, the library of matrix products and its workspace
    x = torch.zeros(8, 8, device="cuda")
    x @ x
    torch.cuda.synchronize()


def _beside(work: Callable[[], Any]) -> Callable[[], None]:
    thread = Thread(target=_quietly, args=(work,), name="libraries", daemon=True)
    thread.start()
    return thread.join


def _quietly(work: Callable[[], Any]) -> None:
    try:
        work()
    except Exception:
        return


__all__ = ["load", "load_for_probe", "load_while_waiting", "open_device"]
